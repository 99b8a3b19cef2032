/** Between the contract's messages and the domain's plain values. */
import { create } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type ApiKey,
  ApiKeySchema,
  type Environment,
  type Identity,
  IdentitySchema,
  type PermissionLevel,
  PermissionSchema,
  type Restricted,
  RestrictedSchema,
  UnrestrictedSchema,
} from "../../gen/keyfast/v1/api_key_pb.ts";
import type { CreateApiKeyRequest } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { Resource } from "../../gen/keyfast/v1/resource_pb.ts";
import { type Access, restrictedTo, UNRESTRICTED } from "../domain/access.ts";
import { invalidField } from "../domain/errors.ts";
import type { KeyRecord, LiveKey } from "../domain/key.ts";

function toAccessMessage(access: Access): ApiKey["access"] & Identity["access"] {
  if (access.kind === "unrestricted") return { case: "unrestricted", value: create(UnrestrictedSchema) };
  return { case: "restricted", value: toRestricted(access.permissions) };
}

const toRestricted = (permissions: readonly { resource: number; level: number }[]): Restricted =>
  create(RestrictedSchema, { permissions: permissions.map(toPermission) });

export const toPermission = ({ resource, level }: { resource: number; level: number }) =>
  create(PermissionSchema, { resource: resource as Resource, level: level as PermissionLevel });

const toTimestamp = (date: Date | undefined) => (date ? { expireTime: timestampFromDate(date) } : {});

export function toApiKey(key: KeyRecord): ApiKey {
  return create(ApiKeySchema, {
    keyId: key.keyId,
    projectId: key.projectId,
    displayName: key.displayName,
    obfuscatedKey: key.obfuscatedKey,
    access: toAccessMessage(key.access),
    environment: key.environment as Environment,
    createTime: timestampFromDate(key.createTime),
    creator: key.creator,
    ...toTimestamp(key.expireTime),
  });
}

export function toIdentity(key: LiveKey): Identity {
  return create(IdentitySchema, {
    keyId: key.keyId,
    projectId: key.projectId,
    displayName: key.displayName,
    access: toAccessMessage(key.access),
    environment: key.environment as Environment,
    ...toTimestamp(key.expireTime),
  });
}

/** The access that a validated Create asks for. */
export function toAccess(access: CreateApiKeyRequest["access"]): Access {
  if (access.case === "unrestricted") return UNRESTRICTED;
  const permissions = access.value?.permissions ?? [];
  return restrictedTo(permissions.map(({ resource, level }) => ({ resource, level })));
}

const MAX_SECONDS = 253_402_300_799n; // 9999-12-31T23:59:59Z, the last second of a protobuf timestamp
const MIN_SECONDS = -62_135_596_800n; // 0001-01-01T00:00:00Z

/** The time cut to milliseconds; FIELD_INVALID where it is outside what a protobuf timestamp may be. */
export function toDate(time: Timestamp | undefined, field: string): Date | undefined {
  if (time === undefined) return undefined;
  const inRange = time.seconds >= MIN_SECONDS && time.seconds <= MAX_SECONDS;
  if (!inRange || time.nanos < 0 || time.nanos > 999_999_999) {
    throw invalidField(field, "must be between the years 1 and 9999");
  }
  return new Date(Number(time.seconds) * 1_000 + Math.floor(time.nanos / 1_000_000));
}
