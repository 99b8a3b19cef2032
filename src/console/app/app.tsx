/** Who is here, and what they get to see. */
import { useCallback, useEffect, useErrorBoundary, useState } from "preact/hooks";
import { identityOf } from "./api/other-person.ts";
import {
  onToldByOthers,
  readAndTell,
  readSession,
  type SessionState,
  type SignedIn,
  signOut,
} from "./api/session.ts";
import { KeysPage } from "./keys/keys-page.tsx";
import { openProject, type Route, useRoute } from "./model/route.ts";
import { whenFree, withdraw } from "./parts/leaving.ts";
import { Notice } from "./parts/notice.tsx";
import { PageTitle, usePage } from "./parts/page-title.tsx";
import { StatePanel } from "./parts/state-panel.tsx";
import { TopBar } from "./parts/top-bar.tsx";
import { NO_PROJECT, ProjectPage } from "./sign-in/project-page.tsx";
import { SignInPage } from "./sign-in/sign-in-page.tsx";

type Known = { readonly session: SessionState } | { readonly failure: string } | undefined;

/** A fault of the page's own leaves words and a way on, not an empty window. */
export function App() {
  const [fault] = useErrorBoundary();
  return fault === undefined ? <Console /> : <Broken />;
}

function Broken() {
  usePage("broken", "This page has failed");
  return (
    <main class="page">
      <StatePanel
        icon="warning"
        title="This page has failed"
        advice="Reload it to go on. If that does not help, start anew without the search and page in the address. If it happens again, tell whoever runs the service what led to it."
        isAlert
      >
        <button type="button" class="primary" onClick={() => location.reload()}>
          Reload
        </button>
        <a class="button" href="/">
          Start anew
        </a>
      </StatePanel>
    </main>
  );
}

function Console() {
  const route = useRoute();
  const [known, setKnown] = useState<Known>(undefined);
  const show = useCallback((reading: Promise<SessionState>) => {
    reading.then(
      (session) => setKnown({ session }),
      (error: Error) => setKnown({ failure: error.message }),
    );
  }, []);
  const read = useCallback(() => show(readSession()), [show]);
  useEffect(() => show(readAndTell()), [show]);
  useEffect(() => {
    const hear = (told: SessionState) => {
      if (!told.signedIn) whenFree("key", () => setKnown({ session: told }));
      else if (!isKnown(known, told)) whenFree("entries", read);
      // Whoever is shown is signed in after all, whatever was told before.
      else withdraw();
    };
    return onToldByOthers(hear);
  }, [known, read]);
  // Above what it names, so that a page that takes the place of another is seen to do so.
  usePage(...pageOf(route, known));
  if (known === undefined) return <Loading />;
  if ("failure" in known) return <Unreachable advice={known.failure} onRetry={read} />;
  return (
    <View route={route} session={known.session} onSession={(session) => setKnown({ session })} onEnd={read} />
  );
}

const isKnown = (known: Known, told: SignedIn) =>
  known !== undefined &&
  "session" in known &&
  known.session.signedIn &&
  identityOf(known.session) === identityOf(told);

const Loading = () => (
  <main class="page" aria-busy="true">
    <PageTitle look="visually-hidden">Loading</PageTitle>
  </main>
);

const UNREACHABLE = "The console cannot be shown";

const Unreachable = ({ advice, onRetry }: { advice: string; onRetry: () => void }) => (
  <main class="page">
    <StatePanel icon="warning" title={UNREACHABLE} advice={advice} isAlert>
      <button type="button" class="primary" onClick={onRetry}>
        Try again
      </button>
    </StatePanel>
  </main>
);

interface ViewProps {
  readonly route: Route;
  readonly session: SessionState;
  readonly onSession: (session: SessionState) => void;
  /** The session turned out to be over. */
  readonly onEnd: () => void;
}

function View({ route, session, onSession, onEnd }: ViewProps) {
  const project = projectOf(route, session);
  // Why signing out did not work.
  const [stillIn, setStillIn] = useState<string>();
  useEffect(() => setStillIn(undefined), [session]);
  useEffect(() => {
    if (project !== "" && route.projectId === "") openProject(project, "replace");
  }, [project, route.projectId]);
  if (!session.signedIn) return <SignInPage route={route} state={session} onSignedIn={onSession} />;
  // What was said before stays until there is an answer: the focus is in it.
  const leave = () => void signOut().then(onSession, (error: Error) => setStillIn(error.message));
  return (
    <>
      <TopBar session={session} projectId={project} onSignOut={leave} />
      {stillIn !== undefined && <StillSignedIn advice={stillIn} onRetry={leave} />}
      {project === "" ? (
        <ProjectPage session={session} />
      ) : (
        <KeysPage
          // Of somebody else nothing stays.
          key={project + identityOf(session)}
          session={session}
          projectId={project}
          route={route}
          onSignedOut={onEnd}
        />
      )}
    </>
  );
}

const StillSignedIn = ({ advice, onRetry }: { advice: string; onRetry: () => void }) => (
  <div class="page-notice">
    <Notice tone="danger" title="You may still be signed in">
      {advice}{" "}
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </Notice>
  </div>
);

/** Its kind and its name, which says first what tells it from others. */
function pageOf(route: Route, known: Known): [string | undefined, string] {
  if (known === undefined) return [undefined, ""];
  if ("failure" in known) return ["unreachable", UNREACHABLE];
  const { session } = known;
  if (!session.signedIn) return ["sign-in", "Sign in"];
  const project = projectOf(route, session);
  if (project === "" && session.projects?.length === 0) return ["no-project", NO_PROJECT];
  if (project === "") return ["project", "Choose a project"];
  const { query, pageNumber } = route;
  const parts = [query && `“${query}”`, pageNumber > 1 && `Page ${pageNumber}`, "API keys", project];
  return ["keys", parts.filter(Boolean).join(" · ")];
}

/** The address says which project; without it, the one signed in to, or the only one there is. */
function projectOf({ projectId }: Route, session: SessionState): string {
  if (!session.signedIn) return "";
  if (projectId !== "") return projectId;
  if (session.projectId !== "") return session.projectId;
  return session.projects?.length === 1 ? (session.projects[0] ?? "") : "";
}
