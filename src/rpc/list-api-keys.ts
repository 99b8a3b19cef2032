import type { ListApiKeysRequest } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { Caller } from "../domain/caller.ts";
import { KeyfastError } from "../domain/errors.ts";
import type { PageTokens } from "../domain/page-token.ts";
import type { KeyPages } from "../store/key-pages.ts";
import { toApiKey } from "./convert.ts";
import { scopeOf } from "./scope.ts";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 500;

export function createListApiKeys(pages: KeyPages, tokens: PageTokens) {
  return async (request: ListApiKeysRequest, caller: Caller) => {
    const scope = scopeOf(caller, request.projectId);
    const view = { ...scope, creator: request.creator, query: request.query };
    const wanted = {
      scope,
      creator: request.creator || undefined,
      query: request.query,
      after: positionIn(request.pageToken, (token) => tokens.read(token, view)),
      size: Math.min(request.pageSize || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
    };
    const page = await pages.find(wanted);
    return {
      apiKeys: page.keys.map(toApiKey),
      nextPageToken: page.next === undefined ? "" : tokens.make(page.next, view),
      totalSize: page.total,
    };
  };
}

function positionIn(token: string, read: (token: string) => string | undefined): string | undefined {
  if (token === "") return undefined;
  const position = read(token);
  if (position === undefined) {
    throw new KeyfastError("PAGE_TOKEN_INVALID", "the page token is not one for this list", {
      violations: [{ field: "page_token", description: "must be a next_page_token of the same list" }],
    });
  }
  return position;
}
