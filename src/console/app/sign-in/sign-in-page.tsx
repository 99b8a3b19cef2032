import { useEffect, useState } from "preact/hooks";
import type { SignInOutcome } from "../../sign-in-outcome.ts";
import type { SessionState, SignedOut } from "../api/session.ts";
import { addressOf, openProject, type Route, tidyAddress } from "../model/route.ts";
import { Logo } from "../parts/icons.tsx";
import { Notice } from "../parts/notice.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { TokenForm } from "./token-form.tsx";

interface SignInPageProps {
  readonly route: Route;
  readonly state: SignedOut;
  readonly onSignedIn: (session: SessionState) => void;
}

const OUTCOMES: Readonly<Record<SignInOutcome, string>> = {
  denied: "The sign-in provider did not sign you in. Try again, or ask its administrator.",
  failed: "Signing in did not work. Try again. If it happens again, tell whoever runs the service.",
  stale: "That sign-in was started too long ago, or in another browser. Try again.",
};

/** The address may hold any word. */
const outcomeWords = (word: string) =>
  Object.hasOwn(OUTCOMES, word) ? OUTCOMES[word as SignInOutcome] : undefined;

export function SignInPage({ route, state, onSignedIn }: SignInPageProps) {
  const [outcome] = useState(outcomeWords(route.signInOutcome));
  useEffect(() => {
    if (route.signInOutcome !== "") tidyAddress();
  }, [route.signInOutcome]);
  const { provider } = state.methods;
  return (
    <main class="page sign-in">
      <div class="card">
        <Logo />
        <PageTitle>Sign in to Keyfast</PageTitle>
        <p class="muted">Create and manage a project's API keys. Administrators only.</p>
        {state.hasEnded && (
          <Notice tone="warning">Your session has ended. Sign in again to go on where you were.</Notice>
        )}
        {outcome && <Notice tone="danger">{outcome}</Notice>}
        {provider && <ProviderLink returnTo={addressOf(route)} />}
        {provider && (
          <p class="divider">
            <span>or with a token</span>
          </p>
        )}
        <TokenForm
          projectId={route.projectId}
          methods={state.methods}
          onSignedIn={(session) => {
            if (session.signedIn && session.projectId !== route.projectId)
              openProject(session.projectId, "replace");
            onSignedIn(session);
          }}
        />
      </div>
    </main>
  );
}

/** A plain link: the server starts the way to the provider, and comes back here. */
const ProviderLink = ({ returnTo }: { returnTo: string }) => (
  <a class="button primary wide" href={`/console/sign-in?return=${encodeURIComponent(returnTo)}`}>
    Continue with single sign-on
  </a>
);
