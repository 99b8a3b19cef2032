/** Every call of the contract, by clients that others wrote, over every protocol that they speak. */
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { type Call, FOREIGN_CLIENTS, type ForeignClient } from "../support/clients.ts";
import { expectError, fieldsOf } from "../support/errors.ts";
import { aWish, Environment, PermissionLevel, Resource, restricted } from "../support/keys.ts";
import {
  OPERATOR_TOKEN,
  SERVICE_TOKEN,
  startService,
  TESTED_DOOR,
  type TestService,
} from "../support/service.ts";
import { pathOf } from "../support/wire.ts";

const { listApiKeys, getApiKey, createApiKey, deleteApiKey, verifyApiKey } = ApiKeyService.method;

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

/** Clients of the gRPC port by the door that answers their Verify, unless the run is for the general door alone. */
const DOORS: Readonly<Record<string, "short" | "general">> = {
  "connect-node, gRPC": "short",
  "grpc-js": "short",
  "buf curl, gRPC, by reflection": "short",
  "connect-node, gRPC, compressed": "general",
  "grpc-js, compressed": "general",
  "connect-node, Connect over HTTP/2": "general",
  "connect-node, gRPC-Web over HTTP/2": "general",
  "buf curl, gRPC-Web, by reflection": "general",
  "buf curl, Connect, by reflection": "general",
};

describe.each(FOREIGN_CLIENTS)("$name", (client: ForeignClient) => {
  const projectId = client.name.replaceAll(/[^A-Za-z0-9]+/g, "-");
  const displayName = `Schlüssel für ${client.name} 🗝`;
  const expireTime = timestampFromDate(new Date(Date.now() + 3_600_000));
  let open: ReturnType<ForeignClient["open"]>;
  let call: Call;
  beforeAll(() => {
    open = client.open(service);
    call = open.call;
  });
  afterAll(() => open.close());

  it("creates, lists, gets, verifies and deletes a key", async () => {
    const access = restricted([Resource.CALLS, PermissionLevel.READ]);
    const wish = aWish({ projectId, displayName, access, expireTime, environment: Environment.STAGING });
    const { apiKey, key } = await call(createApiKey, wish, OPERATOR_TOKEN);
    service.secrets.add(key);
    const keyId = apiKey?.keyId ?? "";
    expect(apiKey).toMatchObject({ projectId, displayName, creator: "operator" });
    expect(apiKey?.expireTime).toEqual(expireTime);

    const listed = await call(listApiKeys, { projectId, query: "SCHLUSSEL" }, OPERATOR_TOKEN);
    expect(listed).toMatchObject({ apiKeys: [apiKey], nextPageToken: "", totalSize: 1 });
    expect((await call(getApiKey, { projectId, keyId }, OPERATOR_TOKEN)).apiKey).toEqual(apiKey);

    const verify = (level: PermissionLevel) =>
      call(verifyApiKey, { key, required: [{ resource: Resource.CALLS, level }] }, SERVICE_TOKEN);
    expect((await verify(PermissionLevel.READ)).verdict).toBe(Verdict.VALID);
    const lacking = await verify(PermissionLevel.WRITE);
    expect(lacking.verdict).toBe(Verdict.INSUFFICIENT_PERMISSIONS);
    expect(lacking.missing).toMatchObject([{ resource: Resource.CALLS, level: PermissionLevel.WRITE }]);
    expect(lacking.identity).toMatchObject({ keyId, projectId, environment: Environment.STAGING });

    const { receipt } = await call(deleteApiKey, { projectId, keyId }, OPERATOR_TOKEN);
    expect(receipt?.revokeTime?.seconds).toBeGreaterThan(0n);
    expect((await verify(PermissionLevel.READ)).verdict).toBe(Verdict.NOT_FOUND);
  });

  it("has its Verify answered on the short path where it speaks plain gRPC, and nowhere else", async () => {
    const before = service.generalDoor.length;
    const { verdict } = await call(verifyApiKey, { key: "no key" }, SERVICE_TOKEN);
    expect(verdict).toBe(Verdict.MALFORMED);
    const toGeneralDoor = service.generalDoor.slice(before).filter((path) => path === pathOf(verifyApiKey));
    const door = DOORS[client.name] && (TESTED_DOOR === "general" ? "general" : DOORS[client.name]);
    expect(toGeneralDoor).toHaveLength(door === "general" ? 1 : 0);
  });

  it("is told the status, the reason and the fields of an error", async () => {
    const refused = call(createApiKey, { projectId: "a/b" }, OPERATOR_TOKEN);
    const error: ConnectError = await expectError(refused, Code.InvalidArgument, "FIELD_INVALID");
    expect(fieldsOf(error).toSorted()).toEqual(["access", "display_name", "environment", "project_id"]);
    expect(error.findDetails(BadRequestSchema)).toHaveLength(1);
    expect(error.rawMessage).toBe("fields of the message break their rules");
  });

  it("is told UNAUTHENTICATED without a credential", async () => {
    const error = await expectError(
      call(listApiKeys, { projectId }),
      Code.Unauthenticated,
      "CREDENTIAL_MISSING",
    );
    expect(error.findDetails(ErrorInfoSchema)).toHaveLength(1);
  });
});
