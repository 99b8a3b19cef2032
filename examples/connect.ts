/** Connect, as one who administers keys: create one, ask about it, delete it, ask again. */
import { readFileSync } from "node:fs";
import { enumToJson } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { Environment, PermissionLevel, VerdictSchema } from "../gen/keyfast/v1/api_key_pb.ts";
import { ApiKeyService } from "../gen/keyfast/v1/api_key_service_pb.ts";
import { Resource } from "../gen/keyfast/v1/resource_pb.ts";

const { BASE_URL = "http://127.0.0.1:8080", TOKEN_FILE = ".keyfast/operator-token" } = process.env;
const headers = { authorization: `Bearer ${readFileSync(TOKEN_FILE, "utf8").trim()}` };
const transport = createConnectTransport({ baseUrl: BASE_URL, httpVersion: "1.1" });
const client = createClient(ApiKeyService, transport);

const readCalls = { resource: Resource.CALLS, level: PermissionLevel.READ };
const { apiKey, key } = await client.createApiKey(
  {
    projectId: "demo",
    displayName: "Call reader",
    environment: Environment.PRODUCTION,
    access: { case: "restricted", value: { permissions: [readCalls] } },
    requestId: crypto.randomUUID(), // send the same one with a retry
  },
  { headers },
);

const ask = async (level: PermissionLevel) => {
  const required = [{ resource: Resource.CALLS, level }];
  const { verdict } = await client.verifyApiKey({ key, required }, { headers });
  return enumToJson(VerdictSchema, verdict);
};

console.log("read:   ", await ask(PermissionLevel.READ));
console.log("write:  ", await ask(PermissionLevel.WRITE));
await client.deleteApiKey({ projectId: "demo", keyId: apiKey?.keyId ?? "" }, { headers });
console.log("deleted:", await ask(PermissionLevel.READ));
