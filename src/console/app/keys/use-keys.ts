/** One page of the list: asked for when the address changes, the last answer kept in view while the next is fetched. */
import { useCallback, useEffect, useState } from "preact/hooks";
import type { ApiKey } from "../../../../gen/keyfast/v1/api_key_pb.ts";
import { client } from "../api/client.ts";
import { isAborted, type Problem, problemOf } from "../api/problem.ts";
import type { Route } from "../model/route.ts";

export const PAGE_SIZE = 50;

export interface KeyPage {
  readonly apiKeys: readonly ApiKey[];
  /** Empty at the end of the list. */
  readonly nextPageToken: string;
  /** Exact up to 10,000, and 10,000 where there are more. */
  readonly totalSize: number;
  /** The search that it is for. */
  readonly query: string;
  /** False: more of it is still looked for. */
  readonly isWhole: boolean;
}

export interface KeyList {
  /** What came last. */
  readonly page: KeyPage | undefined;
  readonly problem: Problem | undefined;
  readonly isFetching: boolean;
  readonly reload: () => void;
}

type Wanted = Pick<Route, "projectId" | "query" | "pageToken">;
type Shown = Omit<KeyList, "reload">;

const NOTHING: Shown = { page: undefined, problem: undefined, isFetching: true };

/** The service may answer less than was asked for, or nothing, before the end: only a full page or the end is whole. */
async function* fill({ projectId, query, pageToken }: Wanted, signal: AbortSignal): AsyncGenerator<KeyPage> {
  let apiKeys: readonly ApiKey[] = [];
  let token = pageToken;
  do {
    const pageSize = PAGE_SIZE - apiKeys.length;
    const answer = await client.listApiKeys({ projectId, query, pageToken: token, pageSize }, { signal });
    apiKeys = [...apiKeys, ...answer.apiKeys];
    token = answer.nextPageToken;
    const isWhole = token === "" || apiKeys.length >= PAGE_SIZE;
    yield { apiKeys, nextPageToken: token, totalSize: answer.totalSize, query, isWhole };
    if (isWhole) return;
  } while (!signal.aborted);
}

export function useKeys({ projectId, query, pageToken }: Wanted): KeyList {
  const [shown, setShown] = useState(NOTHING);
  const [round, setRound] = useState(0);
  // A new round is a reason to ask again.
  useEffect(() => {
    const stop = new AbortController();
    const show = async () => {
      setShown(({ page }) => ({ page, problem: undefined, isFetching: true }));
      for await (const page of fill({ projectId, query, pageToken }, stop.signal)) {
        if (stop.signal.aborted) return;
        const isWorthwhile = page.isWhole || page.apiKeys.length > 0;
        if (isWorthwhile) setShown({ page, problem: undefined, isFetching: !page.isWhole });
      }
    };
    show().catch((error: unknown) => {
      if (stop.signal.aborted && isAborted(error)) return;
      setShown({ page: undefined, problem: problemOf(error), isFetching: false });
    });
    return () => stop.abort();
  }, [projectId, query, pageToken, round]);
  const reload = useCallback(() => setRound((last) => last + 1), []);
  return { ...shown, reload };
}
