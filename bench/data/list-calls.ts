/** List calls of several kinds, whose answers were looked at once by what they mean and are then compared byte by byte. */
import { create, toBinary } from "@bufbuild/protobuf";
import type { ApiKey } from "../../gen/keyfast/v1/api_key_pb.ts";
import {
  type ListApiKeysRequest,
  ListApiKeysRequestSchema,
  type ListApiKeysResponse,
  ListApiKeysResponseSchema,
} from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { type Call, grpcFrame } from "../harness/calls-file.ts";
import { FREQUENT, KEYS_PER_RARE_WORD, LONG_ENDING, RARE_WORDS } from "./names.ts";

const PAGE = 50;
const WALKED_PAGE = 25;
const MOST_DEEP_PAGES = 200;

export const LIST_KINDS = [
  "first page",
  "deep page",
  "search, few",
  "search, many",
  "search, many of one creator",
  "search, long",
] as const;
export type ListKind = (typeof LIST_KINDS)[number];

export interface Project {
  readonly id: string;
  /** How many keys it has. */
  readonly keys: number;
  /** Asks the service. */
  readonly list: (request: ListApiKeysRequest) => Promise<ListApiKeysResponse>;
}

const FREQUENT_WORDS = [...FREQUENT.teams, ...FREQUENT.uses];
/** Who made all keys of the bench. */
const CREATOR = "operator";
/** No part of them is rarer than the whole. */
const LONG_QUERIES = [LONG_ENDING, LONG_ENDING.slice(4), LONG_ENDING.slice(0, -4), LONG_ENDING.slice(8)];

type Wish = Partial<Pick<ListApiKeysRequest, "pageSize" | "pageToken" | "query" | "creator">>;

const requestFor = (project: Project, wish: Wish) =>
  create(ListApiKeysRequestSchema, { projectId: project.id, pageSize: PAGE, ...wish });

/** Tokens of pages behind the middle of the project, all of which have a whole page behind them. */
async function deepTokens(project: Project): Promise<string[]> {
  const pageSize = Math.max(WALKED_PAGE, Math.min(500, project.keys / 100));
  const tokens: string[] = [];
  let pageToken = "";
  for (
    let passed = pageSize;
    passed <= project.keys - PAGE && tokens.length < MOST_DEEP_PAGES;
    passed += pageSize
  ) {
    pageToken = (await project.list(requestFor(project, { pageSize, pageToken }))).nextPageToken;
    if (pageToken === "") throw new Error("the list ended before its time");
    if (passed >= project.keys / 2) tokens.push(pageToken);
  }
  return tokens;
}

async function wishes(project: Project, kind: ListKind): Promise<Wish[]> {
  switch (kind) {
    case "first page":
      return [{}];
    case "deep page":
      return (await deepTokens(project)).map((pageToken) => ({ pageToken }));
    case "search, few":
      return RARE_WORDS.map((query) => ({ query }));
    case "search, many":
      return FREQUENT_WORDS.map((query) => ({ query }));
    case "search, many of one creator":
      return FREQUENT_WORDS.map((query) => ({ query, creator: CREATOR }));
    case "search, long":
      return LONG_QUERIES.map((query) => ({ query }));
  }
}

/** How many keys the answer must have at least and at most. */
const SIZES: Readonly<Record<ListKind, readonly [number, number]>> = {
  "first page": [PAGE, PAGE],
  "deep page": [PAGE, PAGE],
  "search, few": [KEYS_PER_RARE_WORD, KEYS_PER_RARE_WORD],
  // A page may be short where the service stops looking.
  "search, many": [1, PAGE],
  "search, many of one creator": [1, PAGE],
  "search, long": [1, PAGE],
};

function requireRight(
  kind: ListKind,
  { projectId, query, creator }: ListApiKeysRequest,
  { apiKeys }: ListApiKeysResponse,
): void {
  const [least, most] = SIZES[kind];
  const isMatch = (key: ApiKey) =>
    key.projectId === projectId &&
    key.displayName.toLowerCase().includes(query.toLowerCase()) &&
    (creator === "" || key.creator === creator);
  const right =
    apiKeys.length >= least &&
    apiKeys.length <= most &&
    apiKeys.every(isMatch) &&
    new Set(apiKeys.map((key) => key.keyId)).size === apiKeys.length;
  if (!right)
    throw new Error(`the service answers a ${kind} of ${projectId} wrongly: ${apiKeys.length} keys`);
}

export async function listCalls(project: Project, kind: ListKind): Promise<Call[]> {
  const calls: Call[] = [];
  for (const wish of await wishes(project, kind)) {
    const request = requestFor(project, wish);
    const response = await project.list(request);
    requireRight(kind, request, response);
    calls.push({
      body: grpcFrame(toBinary(ListApiKeysRequestSchema, request)),
      answer: { exactly: grpcFrame(toBinary(ListApiKeysResponseSchema, response)) },
    });
  }
  return calls;
}
