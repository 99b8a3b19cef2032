/** In place of a table: nothing yet, nothing found, nothing allowed, nothing reachable. */
import type { Problem, ProblemKind } from "../api/problem.ts";
import type { SignedIn } from "../api/session.ts";
import { openFirstPage, type Route, search } from "../model/route.ts";
import { Icon } from "../parts/icons.tsx";
import { focusPageTitle } from "../parts/page-title.tsx";
import { StatePanel, type StatePanelProps } from "../parts/state-panel.tsx";
import { focusSearch } from "./search-box.tsx";

interface NotThereProps {
  readonly problem: Problem | undefined;
  readonly route: Route;
  readonly session: SignedIn;
  readonly onRetry: () => void;
  readonly onCreate: () => void;
}

const Panel = (props: Omit<StatePanelProps, "isPart">) => <StatePanel {...props} isPart />;

export function NotThere({ problem, route, session, onRetry, onCreate }: NotThereProps) {
  if (problem) return <Failed problem={problem} session={session} onRetry={onRetry} />;
  // Before the search: other pages of it may have matches.
  if (route.pageToken !== "") return <PastTheEnd />;
  if (route.query !== "") return <NoMatch query={route.query} />;
  return (
    <Panel icon="key" title="No API keys yet" advice="Create the first one for an application of yours.">
      <button type="button" class="primary" onClick={onCreate}>
        <Icon name="plus" />
        Create API Key
      </button>
    </Panel>
  );
}

const NoMatch = ({ query }: { query: string }) => (
  <Panel
    icon="search"
    title="No key matches"
    advice={`No key's name contains “${query}”. Capitals and accents make no difference.`}
  >
    <button
      type="button"
      onClick={() => {
        search("");
        focusSearch();
      }}
    >
      Clear the search
    </button>
  </Panel>
);

interface WayOn {
  readonly label: string;
  readonly go: () => void;
}

const WayOnButton = ({ label, go }: WayOn) => (
  <button
    type="button"
    class="primary"
    onClick={() => {
      go();
      // The button goes with the panel.
      focusPageTitle();
    }}
  >
    {label}
  </button>
);

const TO_FIRST_PAGE: WayOn = { label: "Go to the first page", go: () => openFirstPage() };

/** Where asking once more would be of no use. */
const WAYS_ON: Partial<Record<ProblemKind, WayOn>> = {
  "page-token": TO_FIRST_PAGE,
  // The entries are the address's.
  fields: { label: "Show all keys", go: () => search("") },
  outdated: { label: "Reload", go: () => location.reload() },
};

/** Where it lasts: the session is good, and all the same the list is refused. */
const STILL_REFUSED = "Try again. If that does not help, sign out, and sign in again.";

const PastTheEnd = () => (
  <Panel icon="key" title="No keys on this page" advice="The keys that were on it have been deleted.">
    <WayOnButton {...TO_FIRST_PAGE} />
  </Panel>
);

function Failed({
  problem,
  session,
  onRetry,
}: Pick<NotThereProps, "session" | "onRetry"> & { problem: Problem }) {
  const { kind, title, advice, fields } = problem;
  if (kind === "not-administrator") {
    return (
      <Panel icon="info" title={title} advice={`You are signed in as ${session.label}. ${advice}`} isAlert />
    );
  }
  const way = kind === "signed-out" ? STILL_REFUSED : advice;
  const rules = fields.map(({ field, message }) => `${field} ${message}.`);
  return (
    <Panel icon="warning" title={title} advice={[...rules, way].join(" ")} isAlert>
      <WayOnButton {...(WAYS_ON[kind] ?? { label: "Try again", go: onRetry })} />
    </Panel>
  );
}
