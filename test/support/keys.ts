import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Environment, PermissionLevel } from "../../gen/keyfast/v1/api_key_pb.ts";
import {
  type CreateApiKeyRequest,
  CreateApiKeyRequestSchema,
} from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { Resource } from "../../gen/keyfast/v1/resource_pb.ts";
import type { ApiKeyClient } from "./service.ts";

type Init = Exclude<MessageInitShape<typeof CreateApiKeyRequestSchema>, CreateApiKeyRequest>;
export type Wish = Omit<Init, "$typeName">;

export const unrestricted = { case: "unrestricted", value: {} } as const;

export const restricted = (...permissions: [Resource, PermissionLevel][]) =>
  ({
    case: "restricted",
    value: { permissions: permissions.map(([resource, level]) => ({ resource, level })) },
  }) as const;

export const aWish = (wish: Wish = {}): CreateApiKeyRequest =>
  create(CreateApiKeyRequestSchema, {
    projectId: "demo",
    displayName: "A key",
    access: unrestricted,
    environment: Environment.PRODUCTION,
    ...wish,
  } as Init);

/** Creates a key that must succeed. */
export async function createKey(client: ApiKeyClient, wish: Wish = {}) {
  const { apiKey, key } = await client.createApiKey(aWish(wish));
  if (!apiKey || !key) throw new Error("Create answered without a key");
  return { apiKey, key, keyId: apiKey.keyId };
}

export { Environment, PermissionLevel, Resource };
