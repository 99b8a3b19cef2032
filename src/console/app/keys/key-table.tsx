/** The table. On a narrow screen each row becomes a card. */

import type { Ref } from "preact";
import type { ApiKey } from "../../../../gen/keyfast/v1/api_key_pb.ts";
import { accessSummary } from "../model/access.ts";
import { ageInDays, dateOf, isDueForRotation, isPast } from "../model/time.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { EnvironmentTag } from "../parts/environment-tag.tsx";
import { Icon } from "../parts/icons.tsx";
import { Menu } from "../parts/menu.tsx";
import { Time } from "../parts/time.tsx";
import { useNow } from "../parts/use-now.ts";
import { PAGE_STATUS_ID } from "./pager.tsx";

interface Actions {
  readonly onDetails: (apiKey: ApiKey) => void;
  readonly onCopy: (apiKey: ApiKey) => void;
  readonly onDelete: (apiKey: ApiKey) => void;
}

interface KeyTableProps extends Actions {
  readonly apiKeys: readonly ApiKey[];
  readonly tableRef: Ref<HTMLTableElement>;
  /** What is shown is about to be replaced. */
  readonly isStale: boolean;
  /** A key that was just created. */
  readonly newKeyId: string | undefined;
}

const COLUMNS = ["Name", "Key ID", "Key", "Created", "Permissions", "Environment", "Expires"];

export function KeyTable({ apiKeys, tableRef, isStale, newKeyId, ...actions }: KeyTableProps) {
  const now = useNow();
  return (
    <div class={`table-frame ${isStale ? "stale" : ""}`}>
      <table
        ref={tableRef}
        tabIndex={-1}
        aria-label="API keys"
        aria-describedby={PAGE_STATUS_ID}
        aria-busy={isStale}
      >
        <Head />
        <tbody>
          {apiKeys.map((apiKey) => (
            <Row
              key={apiKey.keyId}
              apiKey={apiKey}
              now={now}
              isNew={apiKey.keyId === newKeyId}
              {...actions}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Head = () => (
  <thead>
    <tr>
      {COLUMNS.map((title) => (
        <th key={title} scope="col">
          {title}
        </th>
      ))}
      <th scope="col">
        <span class="visually-hidden">Actions</span>
      </th>
    </tr>
  </thead>
);

interface RowProps extends Actions {
  readonly apiKey: ApiKey;
  readonly now: number;
  readonly isNew: boolean;
}

function Row({ apiKey, now, isNew, onDetails, onCopy, onDelete }: RowProps) {
  const { keyId, displayName, obfuscatedKey, environment } = apiKey;
  return (
    <tr class={isNew ? "new" : ""}>
      <th scope="row" class="name">
        <bdi>{displayName}</bdi>
        {isNew && <span class="tag new-tag">New</span>}
      </th>
      <td data-label="Key ID">
        <span class="with-copy">
          <code>{keyId}</code>
          <CopyButton text={keyId} label={`Copy the key ID of ${displayName}`} />
        </span>
      </td>
      <td data-label="Key">
        <code>{obfuscatedKey}</code>
      </td>
      <td data-label="Created">
        <Created date={dateOf(apiKey.createTime)} expires={dateOf(apiKey.expireTime)} now={now} />
      </td>
      <td data-label="Permissions">
        <AccessButton apiKey={apiKey} onDetails={onDetails} />
      </td>
      <td data-label="Environment">
        <EnvironmentTag environment={environment} />
      </td>
      <td data-label="Expires">
        <Expires date={dateOf(apiKey.expireTime)} now={now} />
      </td>
      <td class="row-actions">
        <Menu
          label={`Actions for ${displayName}`}
          items={[
            { label: "View details", icon: "info", onChoose: () => onDetails(apiKey) },
            { label: "Create a copy", icon: "copy", onChoose: () => onCopy(apiKey) },
            { label: "Delete", icon: "trash", isDangerous: true, onChoose: () => onDelete(apiKey) },
          ]}
        />
      </td>
    </tr>
  );
}

interface CreatedProps {
  readonly date: Date | undefined;
  readonly expires: Date | undefined;
  readonly now: number;
}

function Created({ date, expires, now }: CreatedProps) {
  if (!date) return null;
  const days = ageInDays(date, now);
  // What nobody can use any more need not be replaced.
  const isDue = isDueForRotation(date, now) && !isPast(expires, now);
  return (
    <span class="stack">
      <Time date={date} now={now} />
      {isDue && (
        <span class="tag old" title={`This key is ${days} days old. Create a copy, then delete this one.`}>
          Rotate: {days} days old
        </span>
      )}
    </span>
  );
}

function Expires({ date, now }: { date: Date | undefined; now: number }) {
  if (!date) return <span class="muted">Never</span>;
  if (!isPast(date, now)) return <Time date={date} now={now} />;
  return (
    <span class="stack">
      <span class="tag expired">Expired</span>
      <Time date={date} now={now} />
    </span>
  );
}

function AccessButton({ apiKey, onDetails }: { apiKey: ApiKey; onDetails: (apiKey: ApiKey) => void }) {
  const isOpen = apiKey.access.case === "unrestricted";
  return (
    <button
      type="button"
      class={`access-button ${isOpen ? "unrestricted" : ""}`}
      aria-haspopup="dialog"
      onClick={() => onDetails(apiKey)}
    >
      {isOpen && <Icon name="warning" />}
      <span class="stack">
        <span>{isOpen ? "Unrestricted" : "Restricted"}</span>
        <span class="muted small">{accessSummary(apiKey.access)}</span>
      </span>
    </button>
  );
}

const PLACEHOLDERS = Array.from({ length: 6 }, (_, index) => index);

export const LoadingTable = () => (
  <div class="table-frame loading" role="status" aria-label="Loading keys">
    {PLACEHOLDERS.map((index) => (
      <div key={index} class="placeholder" />
    ))}
  </div>
);
