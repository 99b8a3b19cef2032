/** In place of a table: nothing yet, nothing found, nothing allowed, nothing reachable. */
import type { Problem } from "../api/problem.ts";
import type { SignedIn } from "../api/session.ts";
import { openFirstPage, type Route, search } from "../model/route.ts";
import { Icon } from "../parts/icons.tsx";
import { StatePanel } from "../parts/state-panel.tsx";

interface NotThereProps {
  readonly problem: Problem | undefined;
  readonly route: Route;
  readonly session: SignedIn;
  readonly onRetry: () => void;
  readonly onCreate: () => void;
}

export function NotThere({ problem, route, session, onRetry, onCreate }: NotThereProps) {
  if (problem) return <Failed problem={problem} session={session} onRetry={onRetry} />;
  if (route.query !== "") return <NoMatch query={route.query} />;
  if (route.pageToken !== "") return <PastTheEnd />;
  return (
    <StatePanel icon="key" title="No API keys yet" advice="Create the first one for an application of yours.">
      <button type="button" class="primary" onClick={onCreate}>
        <Icon name="plus" />
        Create API Key
      </button>
    </StatePanel>
  );
}

const NoMatch = ({ query }: { query: string }) => (
  <StatePanel
    icon="search"
    title="No key matches"
    advice={`No key's name contains “${query}”. Capitals and accents make no difference.`}
  >
    <button type="button" onClick={() => search("")}>
      Clear the search
    </button>
  </StatePanel>
);

const FirstPageButton = () => (
  <button type="button" class="primary" onClick={() => openFirstPage()}>
    Go to the first page
  </button>
);

const PastTheEnd = () => (
  <StatePanel icon="key" title="No keys on this page" advice="The keys that were on it have been deleted.">
    <FirstPageButton />
  </StatePanel>
);

function Failed({
  problem,
  session,
  onRetry,
}: Pick<NotThereProps, "session" | "onRetry"> & { problem: Problem }) {
  const { kind, title, advice, fields } = problem;
  if (kind === "not-administrator") {
    return (
      <StatePanel
        icon="info"
        title={title}
        advice={`You are signed in as ${session.label}. ${advice}`}
        isAlert
      />
    );
  }
  const rules = fields.map(({ field, message }) => `${field} ${message}.`).join(" ");
  return (
    <StatePanel icon="warning" title={title} advice={advice || rules} isAlert>
      {kind === "page-token" ? (
        <FirstPageButton />
      ) : (
        <button type="button" class="primary" onClick={onRetry}>
          Try again
        </button>
      )}
    </StatePanel>
  );
}
