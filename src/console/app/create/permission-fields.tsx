/** What the key may do: everything, or resource by resource, as the contract lists and describes them. */
import type { Resource } from "../../../../gen/keyfast/v1/resource_pb.ts";
import { LEVELS, type Level, type Levels, levelOf, withLevel } from "../model/access.ts";
import { RESOURCE_GROUPS, type ResourceEntry, type ResourceGroup } from "../model/resources.ts";
import { Choice } from "../parts/choice.tsx";
import { describedBy, Mistake } from "../parts/field.tsx";
import { Notice } from "../parts/notice.tsx";
import type { DraftProps } from "./key-fields.tsx";

const OPTIONS = LEVELS.map(({ level, title, tone }) => ({ value: level, title, tone }));

export function PermissionFields({ draft, mistakes, onChange }: DraftProps) {
  const { isRestricted, levels } = draft;
  const set = (resources: readonly Resource[], level: Level) =>
    onChange({ ...draft, levels: withLevel(levels, resources, level) });
  return (
    <section class="permissions" aria-labelledby="permissions-title">
      <h3 id="permissions-title">Permissions</h3>
      <label class="switch">
        <input
          id="restrict"
          type="checkbox"
          role="switch"
          checked={isRestricted}
          aria-checked={isRestricted}
          aria-invalid={mistakes.permissions !== undefined}
          aria-describedby={describedBy("key-permissions", mistakes.permissions)}
          onChange={(event) => onChange({ ...draft, isRestricted: event.currentTarget.checked })}
        />
        <span>Restrict key</span>
      </label>
      <p id="key-permissions-hint" class="hint">
        Give it only what it needs. Permissions cannot be changed later.
      </p>
      <Mistake id="key-permissions" text={mistakes.permissions} />
      {isRestricted ? (
        RESOURCE_GROUPS.map((group) => <Group key={group.title} group={group} levels={levels} onSet={set} />)
      ) : (
        <Notice tone="warning" title="An unrestricted key is a security risk">
          Whoever has it can read and change everything in this project, also resources that are added later.
          Restrict it unless there is no other way.
        </Notice>
      )}
    </section>
  );
}

interface GroupProps {
  readonly group: ResourceGroup;
  readonly levels: Levels;
  readonly onSet: (resources: readonly Resource[], level: Level) => void;
}

/** The level that all of them have, or undefined. */
function commonLevel(levels: Levels, resources: readonly ResourceEntry[]): Level | undefined {
  const all = new Set(resources.map(({ resource }) => levelOf(levels, resource)));
  return all.size === 1 ? [...all][0] : undefined;
}

const Group = ({ group: { title, resources }, levels, onSet }: GroupProps) => (
  <fieldset class="group">
    <legend class="visually-hidden">{title}</legend>
    <div class="group-head">
      <span class="group-title" aria-hidden="true">
        {title}
      </span>
      <span class="all" aria-hidden="true">
        All
      </span>
      <Choice
        name={`all-${title}`}
        label={`All of ${title}`}
        options={OPTIONS}
        value={commonLevel(levels, resources)}
        onChange={(level) =>
          onSet(
            resources.map(({ resource }) => resource),
            level,
          )
        }
      />
    </div>
    {resources.map(({ resource, title: name, description }) => (
      <div key={resource} class="resource">
        <div>
          <span class="resource-title">{name}</span>
          <span id={`resource-${resource}`} class="hint">
            {description}
          </span>
        </div>
        <Choice
          name={`resource-${resource}`}
          label={name}
          describedBy={`resource-${resource}`}
          options={OPTIONS}
          value={levelOf(levels, resource)}
          onChange={(level) => onSet([resource], level)}
        />
      </div>
    ))}
  </fieldset>
);
