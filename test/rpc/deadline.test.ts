import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { collect } from "../server/support/collect.ts";
import { expectError } from "../support/errors.ts";
import { AUDIENCE, startIssuer } from "../support/issuer.ts";
import { createKey } from "../support/keys.ts";
import { expectRefusal } from "../support/refusals.ts";
import { OPERATOR_TOKEN, startService, type TestService } from "../support/service.ts";
import { pathOf } from "../support/wire.ts";

/** Takes every connection and never answers. */
const silent = createServer(() => {});
let issuer: Awaited<ReturnType<typeof startIssuer>>;
let service: TestService;
beforeAll(async () => {
  issuer = await startIssuer();
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  service = await startService({
    KEYFAST_OIDC_ISSUER: issuer.url,
    KEYFAST_OIDC_AUDIENCE: AUDIENCE,
    KEYFAST_OIDC_JWKS_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/keys`,
  });
});
afterAll(async () => {
  await service.stop();
  await issuer.stop();
  silent.closeAllConnections();
  silent.close();
});

it("is kept while it is found out who calls", async () => {
  const client = service.connect(await issuer.person("ada", ["demo"]));
  const call = client.listApiKeys({ projectId: "demo" }, { headers: { "connect-timeout-ms": "100" } });
  await expectError(call, Code.DeadlineExceeded, "DEADLINE_EXCEEDED");
});

it.each([
  ["Connect", { "content-type": "application/json", "connect-timeout-ms": "100" }],
  ["gRPC-Web", { "content-type": "application/grpc-web+proto", "grpc-timeout": "100m" }],
])("is kept while the body does not come, by %s over HTTP/1.1", async (_, headers) => {
  const url = `${service.httpUrl}${pathOf(ApiKeyService.method.listApiKeys)}`;
  const call = request(url, {
    method: "POST",
    headers: { ...headers, authorization: `Bearer ${OPERATOR_TOKEN}`, "content-length": "100" },
  });
  call.on("error", () => {});
  call.write("half");
  const [response] = (await once(call, "response")) as [IncomingMessage];
  const answer = {
    status: response.statusCode ?? 0,
    headers: response.headers as Record<string, string>,
    trailers: {},
    body: Buffer.concat(await collect<Buffer>(response)),
  };
  expectRefusal(answer, { code: Code.DeadlineExceeded, reason: "DEADLINE_EXCEEDED" });
  call.destroy();
});

it.each(["9999999999", "2147483648"])("of %s ms, longer than any timer, has not passed", async (timeout) => {
  const headers = { "connect-timeout-ms": timeout };
  await service.connect(OPERATOR_TOKEN).listApiKeys({ projectId: "demo" }, { headers });
});

it.each(["99999999H", "600H"])("of %s, longer than any timer, has not passed by gRPC", async (timeout) => {
  const headers = { "grpc-timeout": timeout };
  await service.grpc(OPERATOR_TOKEN).listApiKeys({ projectId: "demo" }, { headers });
});

it("a name is kept as it was judged, whatever stands around it", async () => {
  const { apiKey } = await createKey(service.grpc(OPERATOR_TOKEN), { displayName: "\u0085 a\u0085" });
  expect(apiKey.displayName).toBe("a");
});
