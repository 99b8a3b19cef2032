/** One page of the list: asked for when the address changes, the last answer kept in view while the next is fetched. */
import { useCallback, useEffect, useState } from "preact/hooks";
import type { ApiKey } from "../../../../gen/keyfast/v1/api_key_pb.ts";
import { client } from "../api/client.ts";
import { type Problem, problemOf } from "../api/problem.ts";
import type { Route } from "../model/route.ts";

export const PAGE_SIZE = 50;

export interface KeyPage {
  readonly apiKeys: readonly ApiKey[];
  /** Empty at the end of the list. */
  readonly nextPageToken: string;
  /** Exact up to 10,000, and 10,000 where there are more; for a long query it may be less than there are. */
  readonly totalSize: number;
  /** What it is the answer to. The address may have changed since. */
  readonly wanted: Wanted;
  /** False: more of it is still looked for. */
  readonly isWhole: boolean;
}

export interface KeyList {
  /** What came last. */
  readonly page: KeyPage | undefined;
  readonly problem: Problem | undefined;
  /** What came last is not, or not all of, what the address says. */
  readonly isFetching: boolean;
  readonly reload: () => void;
  /** Takes a key out of view that is deleted, and asks anew. */
  readonly drop: (keyId: string) => void;
}

type Wanted = Pick<Route, "projectId" | "query" | "pageToken" | "pageNumber">;
type Shown = Omit<KeyList, "reload" | "drop">;

const NOTHING: Shown = { page: undefined, problem: undefined, isFetching: true };

/** The service may answer less than was asked for, or nothing, before the end: only a full page or the end is whole. */
async function* fill(wanted: Wanted, signal: AbortSignal): AsyncGenerator<KeyPage> {
  const { projectId, query, pageToken } = wanted;
  let apiKeys: readonly ApiKey[] = [];
  let token = pageToken;
  do {
    const pageSize = PAGE_SIZE - apiKeys.length;
    const answer = await client.listApiKeys({ projectId, query, pageToken: token, pageSize }, { signal });
    apiKeys = [...apiKeys, ...answer.apiKeys];
    token = answer.nextPageToken;
    const isWhole = token === "" || apiKeys.length >= PAGE_SIZE;
    yield { apiKeys, nextPageToken: token, totalSize: answer.totalSize, wanted, isWhole };
    if (isWhole) return;
  } while (!signal.aborted);
}

/** Whether the page is what is wanted now: false from the moment on at which the address changes. */
export const isAnswerTo = ({ wanted }: KeyPage, { query, pageToken }: Pick<Wanted, "query" | "pageToken">) =>
  wanted.query === query && wanted.pageToken === pageToken;

const without = (page: KeyPage, keyId: string): KeyPage => ({
  ...page,
  apiKeys: page.apiKeys.filter((apiKey) => apiKey.keyId !== keyId),
});

export function useKeys({ projectId, query, pageToken, pageNumber }: Wanted): KeyList {
  const [shown, setShown] = useState(NOTHING);
  const [round, setRound] = useState(0);
  // A new round is a reason to ask again.
  useEffect(() => {
    const stop = new AbortController();
    const show = async () => {
      setShown(({ page }) => ({ page, problem: undefined, isFetching: true }));
      for await (const page of fill({ projectId, query, pageToken, pageNumber }, stop.signal)) {
        if (stop.signal.aborted) return;
        const isWorthwhile = page.isWhole || page.apiKeys.length > 0;
        if (isWorthwhile) setShown({ page, problem: undefined, isFetching: !page.isWhole });
      }
    };
    show().catch((error: unknown) => {
      if (stop.signal.aborted) return;
      setShown({ page: undefined, problem: problemOf(error), isFetching: false });
    });
    return () => stop.abort();
  }, [projectId, query, pageToken, pageNumber, round]);
  const reload = useCallback(() => setRound((last) => last + 1), []);
  const drop = useCallback(
    (keyId: string) => {
      setShown((last) => ({ ...last, page: last.page && without(last.page, keyId) }));
      reload();
    },
    [reload],
  );
  const isOld = shown.page !== undefined && !isAnswerTo(shown.page, { query, pageToken });
  return { ...shown, isFetching: shown.isFetching || isOld, reload, drop };
}
