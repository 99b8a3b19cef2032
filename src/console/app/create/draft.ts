/** What stands in the form, and the request that it makes. */
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type ApiKey, Environment } from "../../../../gen/keyfast/v1/api_key_pb.ts";
import {
  type CreateApiKeyRequest,
  CreateApiKeyRequestSchema,
} from "../../../../gen/keyfast/v1/api_key_service_pb.ts";
import { accessFrom, type Levels, levelsOf } from "../model/access.ts";
import { DAY, dateOf } from "../model/time.ts";

export interface Draft {
  readonly name: string;
  readonly environment: Environment;
  readonly expiry: Expiry;
  readonly isRestricted: boolean;
  readonly levels: Levels;
}

export type ExpiryChoice = "never" | "30" | "90" | "365" | "custom";

/** The moment is fixed when it is chosen, so that trying again sends the same request. */
export interface Expiry {
  readonly choice: ExpiryChoice;
  /** Undefined: the key does not expire, or no moment is chosen yet. */
  readonly at: Date | undefined;
}

export const EXPIRY_CHOICES: readonly { readonly choice: ExpiryChoice; readonly title: string }[] = [
  { choice: "never", title: "Does not expire" },
  { choice: "30", title: "In 30 days" },
  { choice: "90", title: "In 90 days" },
  { choice: "365", title: "In a year" },
  { choice: "custom", title: "At a time of your choice" },
];

export function expiryFrom(choice: ExpiryChoice, now: number): Expiry {
  const days = Number(choice);
  return { choice, at: Number.isNaN(days) ? undefined : new Date(now + days * DAY) };
}

const EMPTY: Draft = {
  name: "",
  environment: Environment.UNSPECIFIED,
  expiry: { choice: "never", at: undefined },
  isRestricted: true,
  levels: new Map(),
};

/** A new draft, or one with the settings of a key that is there. An expiry that has passed has to be chosen anew. */
export function newDraft(source: ApiKey | undefined, now: number): Draft {
  if (!source) return EMPTY;
  const expires = dateOf(source.expireTime);
  const isAhead = expires !== undefined && expires.getTime() > now;
  return {
    name: source.displayName,
    environment: source.environment,
    expiry: { choice: expires ? "custom" : "never", at: isAhead ? expires : undefined },
    isRestricted: source.access.case !== "unrestricted",
    levels: levelsOf(source.access),
  };
}

export function requestFrom(draft: Draft, projectId: string, requestId: string): CreateApiKeyRequest {
  const { at } = draft.expiry;
  return create(CreateApiKeyRequestSchema, {
    projectId,
    displayName: draft.name,
    environment: draft.environment,
    access: accessFrom(draft.isRestricted, draft.levels) as NonNullable<CreateApiKeyRequest["access"]>,
    requestId,
    ...(at ? { expireTime: timestampFromDate(at) } : {}),
  });
}
