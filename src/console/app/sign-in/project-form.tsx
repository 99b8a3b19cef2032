/** Which project: one of those that a person administers, or, for an operator, any by its id. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { PROJECT_ID } from "../../../domain/project-id.ts";
import type { SignedIn } from "../api/session.ts";
import { openProject } from "../model/route.ts";
import { describedBy, Field } from "../parts/field.tsx";

export const PROJECT_RULE = "A project id is 1 to 64 letters, digits, dots, underscores or hyphens.";

interface ProjectFormProps {
  readonly session: SignedIn;
  readonly projectId: string;
  readonly onOpened: () => void;
  /** Beside the button that opens the project. */
  readonly children?: ComponentChildren;
}

/** Where the project at hand is none of the person's own, there is nothing to go back to there. */
const firstChoice = ({ projects }: SignedIn, projectId: string) =>
  projects === null || projects.includes(projectId) ? projectId : (projects[0] ?? "");

export function ProjectForm({ session, projectId, onOpened, children }: ProjectFormProps) {
  const [value, setValue] = useState(() => firstChoice(session, projectId));
  const [mistake, setMistake] = useState<string>();
  const open = (event: Event) => {
    event.preventDefault();
    const chosen = value.trim();
    if (!PROJECT_ID.test(chosen)) return setMistake(PROJECT_RULE);
    openProject(chosen);
    onOpened();
  };
  const control = { id: "project", value, "aria-describedby": describedBy("project", mistake) };
  return (
    <form onSubmit={open} noValidate>
      <Field id="project" label="Project" mistake={mistake}>
        {session.projects === null ? (
          <input
            {...control}
            type="text"
            autoComplete="off"
            spellcheck={false}
            aria-invalid={mistake !== undefined}
            onInput={(event) => setValue(event.currentTarget.value)}
          />
        ) : (
          <select {...control} onChange={(event) => setValue(event.currentTarget.value)}>
            {session.projects.map((id) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        )}
      </Field>
      <div class="actions end">
        {children}
        <button type="submit" class="primary">
          Open project
        </button>
      </div>
    </form>
  );
}
