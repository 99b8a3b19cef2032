/** Everything that is known of a key. */
import type { ApiKey } from "../../../../gen/keyfast/v1/api_key_pb.ts";
import { LEVELS, type Level, levelOf, levelsOf } from "../model/access.ts";
import { RESOURCE_GROUPS } from "../model/resources.ts";
import { dateOf, exactTime } from "../model/time.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { EnvironmentTag } from "../parts/environment-tag.tsx";
import { Notice } from "../parts/notice.tsx";

interface DetailsDialogProps {
  readonly apiKey: ApiKey;
  readonly onClose: () => void;
  readonly onCopy: () => void;
}

export function DetailsDialog({ apiKey, onClose, onCopy }: DetailsDialogProps) {
  const created = dateOf(apiKey.createTime);
  const expires = dateOf(apiKey.expireTime);
  return (
    <Dialog title={apiKey.displayName} onEscape={onClose}>
      <div class="dialog-body">
        <dl class="facts">
          <dt>Key ID</dt>
          <dd class="with-copy">
            <code>{apiKey.keyId}</code>
            <CopyButton text={apiKey.keyId} label="Copy the key ID" />
          </dd>
          <dt>Key</dt>
          <dd>
            <code>{apiKey.obfuscatedKey}</code>
          </dd>
          <dt>Environment</dt>
          <dd>
            <EnvironmentTag environment={apiKey.environment} />
          </dd>
          <dt>Created</dt>
          <dd>
            {created && exactTime(created)}
            <br />
            <span class="muted">by {apiKey.creator}</span>
          </dd>
          <dt>Expires</dt>
          <dd>{expires ? exactTime(expires) : "Never"}</dd>
        </dl>
        <h3>Permissions</h3>
        <Permissions apiKey={apiKey} />
        <p class="hint">Permissions never change. For others, create a copy and delete this key.</p>
      </div>
      <div class="dialog-foot actions end">
        <button type="button" onClick={onCopy}>
          Create a copy
        </button>
        <button type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

function Permissions({ apiKey }: { apiKey: ApiKey }) {
  if (apiKey.access.case === "unrestricted") {
    return (
      <Notice tone="warning" title="Unrestricted">
        Full access to every resource, also to those added later.
      </Notice>
    );
  }
  const levels = levelsOf(apiKey.access);
  if (levels.size === 0) return <Notice tone="info">This key has no access to anything.</Notice>;
  const groups = RESOURCE_GROUPS.map(({ title, resources }) => ({
    title,
    resources: resources.filter(({ resource }) => levels.has(resource)),
  })).filter(({ resources }) => resources.length > 0);
  return (
    <>
      {groups.map(({ title, resources }) => (
        <section key={title} class="granted">
          <h4>{title}</h4>
          <ul>
            {resources.map((entry) => (
              <li key={entry.resource}>
                <span>{entry.title}</span>
                <span class="level">{levelTitle(levelOf(levels, entry.resource))}</span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

const levelTitle = (level: Level) => LEVELS.find((entry) => entry.level === level)?.title;
