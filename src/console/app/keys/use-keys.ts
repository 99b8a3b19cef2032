/** One page of the list: asked for when the address changes, the last answer kept in view while the next is fetched. */
import { useCallback, useEffect, useState } from "preact/hooks";
import type { ListApiKeysResponse } from "../../../../gen/keyfast/v1/api_key_service_pb.ts";
import { client } from "../api/client.ts";
import { isAborted, type Problem, problemOf } from "../api/problem.ts";
import type { Route } from "../model/route.ts";

export const PAGE_SIZE = 50;

export interface KeyList {
  /** What came last, with the search that it was for. */
  readonly page: { readonly answer: ListApiKeysResponse; readonly query: string } | undefined;
  readonly problem: Problem | undefined;
  readonly isFetching: boolean;
  readonly reload: () => void;
}

type Shown = Pick<KeyList, "page" | "problem" | "isFetching">;

const NOTHING: Shown = { page: undefined, problem: undefined, isFetching: true };

export function useKeys(
  projectId: string,
  { query, pageToken }: Pick<Route, "query" | "pageToken">,
): KeyList {
  const [shown, setShown] = useState(NOTHING);
  const [round, setRound] = useState(0);
  // A new round is a reason to ask again.
  useEffect(() => {
    const stop = new AbortController();
    setShown(({ page }) => ({ page, problem: undefined, isFetching: true }));
    client.listApiKeys({ projectId, query, pageToken, pageSize: PAGE_SIZE }, { signal: stop.signal }).then(
      (answer) => setShown({ page: { answer, query }, problem: undefined, isFetching: false }),
      (error: unknown) => {
        if (stop.signal.aborted && isAborted(error)) return;
        setShown({ page: undefined, problem: problemOf(error), isFetching: false });
      },
    );
    return () => stop.abort();
  }, [projectId, query, pageToken, round]);
  const reload = useCallback(() => setRound((last) => last + 1), []);
  return { ...shown, reload };
}
