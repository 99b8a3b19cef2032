import { currentRoute, openFirstPage, openNextPage, openPreviousPage, type Route } from "../model/route.ts";
import { Icon } from "../parts/icons.tsx";
import { isAnswerTo, type KeyPage } from "./use-keys.ts";

/** How many there are, and which page of them is shown. */
export const PAGE_STATUS_ID = "page-status";

interface PagerProps {
  readonly route: Route;
  readonly page: KeyPage;
  /** The page is about to be replaced: there is no way on from it. */
  readonly isFetching: boolean;
  /** Another page is on its way. */
  readonly onTurn: () => void;
}

const COUNTED_TO = 10_000;
/** Matches of longer queries may not all be counted. */
const COUNTED_QUERY = 32;

/** At least as many characters as the service compares: `ß` is two to it, and an accent none. */
const lengthOf = (query: string) => query.normalize("NFKD").toUpperCase().length;

function countOf({ apiKeys, totalSize, wanted: { query } }: KeyPage, isOnly: boolean): string {
  const count = isOnly ? apiKeys.length : totalSize;
  const mayBeMore = !isOnly && (count >= COUNTED_TO || lengthOf(query) > COUNTED_QUERY);
  const thing = query !== "" ? (count === 1 ? "match" : "matches") : count === 1 ? "key" : "keys";
  return `${count.toLocaleString("en")}${mayBeMore ? " or more" : ""} ${thing}`;
}

export function Pager({ route, page, isFetching, onTurn }: PagerProps) {
  if (!page.isWhole) return <Searching />;
  const { nextPageToken, wanted } = page;
  const isOnly = wanted.pageToken === "" && nextPageToken === "";
  // A second press may come before the first is drawn. With aria-disabled, focus stays where it is.
  const leave = (go: () => void) => () => {
    if (isFetching || !isAnswerTo(page, currentRoute())) return;
    onTurn();
    go();
  };
  return (
    <nav class="pager" aria-label="Pages">
      <p id={PAGE_STATUS_ID} role="status">
        {countOf(page, isOnly)}, newest first{isOnly ? "" : ` · page ${wanted.pageNumber}`}
      </p>
      {!isOnly && (
        <div class="actions">
          {wanted.pageNumber > 2 && (
            <button
              type="button"
              class="quiet"
              aria-disabled={isFetching}
              onClick={leave(() => openFirstPage())}
            >
              First page
            </button>
          )}
          <button
            type="button"
            disabled={!isFetching && !hasPrevious(route)}
            aria-disabled={isFetching}
            onClick={leave(openPreviousPage)}
          >
            <Icon name="left" />
            Previous
          </button>
          <button
            type="button"
            disabled={nextPageToken === ""}
            aria-disabled={isFetching}
            onClick={leave(() => openNextPage(nextPageToken))}
          >
            Next
            <Icon name="right" />
          </button>
        </div>
      )}
    </nav>
  );
}

const Searching = () => (
  <div class="pager">
    <p id={PAGE_STATUS_ID} role="status">
      Looking for more…
    </p>
  </div>
);

/** From a page that a link led to, the way back is known only where the first page is next. */
const hasPrevious = ({ pageToken, pageNumber, trail }: Route) =>
  pageToken !== "" && (trail.length > 0 || pageNumber === 2);
