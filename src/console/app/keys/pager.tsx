import { openFirstPage, openNextPage, openPreviousPage, type Route } from "../model/route.ts";
import { Icon } from "../parts/icons.tsx";
import type { KeyPage } from "./use-keys.ts";

interface PagerProps {
  readonly route: Route;
  readonly page: KeyPage;
}

const COUNTED_TO = 10_000;

function countOf(totalSize: number, isSearch: boolean): string {
  const thing = isSearch ? (totalSize === 1 ? "match" : "matches") : totalSize === 1 ? "key" : "keys";
  return `${totalSize.toLocaleString("en")}${totalSize >= COUNTED_TO ? " or more" : ""} ${thing}`;
}

export function Pager({ route, page: { totalSize, nextPageToken, query, isWhole } }: PagerProps) {
  if (!isWhole) return <Searching />;
  const isOnly = route.pageToken === "" && nextPageToken === "";
  return (
    <nav class="pager" aria-label="Pages">
      <p role="status">
        {countOf(totalSize, query !== "")}, newest first{isOnly ? "" : ` · page ${route.pageNumber}`}
      </p>
      {!isOnly && (
        <div class="actions">
          {route.pageNumber > 2 && (
            <button type="button" class="quiet" onClick={() => openFirstPage()}>
              First page
            </button>
          )}
          <button type="button" disabled={!hasPrevious(route)} onClick={openPreviousPage}>
            <Icon name="left" />
            Previous
          </button>
          <button type="button" disabled={nextPageToken === ""} onClick={() => openNextPage(nextPageToken)}>
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
    <p role="status">Looking for more…</p>
  </div>
);

/** From a page that a link led to, the way back is known only where the first page is next. */
const hasPrevious = ({ pageToken, pageNumber, trail }: Route) =>
  pageToken !== "" && (trail.length > 0 || pageNumber === 2);
