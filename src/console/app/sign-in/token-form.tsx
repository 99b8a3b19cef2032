import { useRef, useState } from "preact/hooks";
import { PROJECT_ID } from "../../../domain/project-id.ts";
import { type SessionError, type SessionState, type SignInMethods, signIn } from "../api/session.ts";
import { describedBy, Field } from "../parts/field.tsx";
import { Notice } from "../parts/notice.tsx";
import { PROJECT_RULE } from "./project-form.tsx";

interface TokenFormProps {
  readonly projectId: string;
  readonly methods: SignInMethods;
  readonly onSignedIn: (session: SessionState) => void;
}

interface Failure {
  readonly field: string | undefined;
  readonly message: string;
}

function tokenHint({ jwt, operator }: SignInMethods): string {
  if (jwt && operator)
    return "A JWT of yours, or the operator token that the service keeps in its data folder.";
  if (operator)
    return "The operator token. A local service keeps it in its data folder, in the file operator-token.";
  return jwt
    ? "A JWT from your organization's sign-in provider."
    : "No kind of token is accepted at this address.";
}

export function TokenForm({ projectId, methods, onSignedIn }: TokenFormProps) {
  const [project, setProject] = useState(projectId);
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);
  const token = useRef<HTMLInputElement>(null);
  const fail = (next: Failure) => {
    setFailure(next);
    if (next.field) document.getElementById(next.field)?.focus();
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    const credential = token.current?.value.trim() ?? "";
    if (!PROJECT_ID.test(project.trim())) return fail({ field: "projectId", message: PROJECT_RULE });
    if (credential === "") return fail({ field: "credential", message: "Paste your token." });
    setBusy(true);
    try {
      onSignedIn(await signIn(project.trim(), credential));
    } catch (error) {
      setBusy(false);
      fail({ field: (error as SessionError).field, message: (error as SessionError).message });
    }
  };
  const mistake = (field: string) => (failure?.field === field ? failure.message : undefined);
  return (
    <form onSubmit={submit} noValidate>
      <Field id="projectId" label="Project" mistake={mistake("projectId")}>
        <input
          id="projectId"
          type="text"
          autoComplete="off"
          autoCapitalize="none"
          spellcheck={false}
          placeholder="demo"
          value={project}
          aria-invalid={mistake("projectId") !== undefined}
          aria-describedby={describedBy("projectId", mistake("projectId"))}
          onInput={(event) => setProject(event.currentTarget.value)}
        />
      </Field>
      <Field id="credential" label="Token" mistake={mistake("credential")} hint={tokenHint(methods)}>
        <input
          id="credential"
          ref={token}
          type="password"
          autoComplete="off"
          spellcheck={false}
          aria-invalid={mistake("credential") !== undefined}
          aria-describedby={describedBy("credential", mistake("credential"))}
        />
      </Field>
      {failure && failure.field === undefined && <Notice tone="danger">{failure.message}</Notice>}
      <button type="submit" class="primary wide" aria-disabled={isBusy}>
        {isBusy ? "Signing in…" : "Sign in"}
      </button>
    </form>
  );
}
