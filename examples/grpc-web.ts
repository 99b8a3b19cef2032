/** gRPC-Web, as a page in a browser would: list all keys of a project, and read why a call failed. */
import { readFileSync } from "node:fs";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.ts";
import { ApiKeyService } from "../gen/keyfast/v1/api_key_service_pb.ts";

const { BASE_URL = "http://127.0.0.1:8080", TOKEN_FILE = ".keyfast/operator-token" } = process.env;
const headers = { authorization: `Bearer ${readFileSync(TOKEN_FILE, "utf8").trim()}` };
const client = createClient(ApiKeyService, createGrpcWebTransport({ baseUrl: BASE_URL }));

let pageToken = "";
do {
  const page = await client.listApiKeys({ projectId: "demo", pageSize: 100, pageToken }, { headers });
  for (const { obfuscatedKey, displayName } of page.apiKeys) console.log(obfuscatedKey, displayName);
  pageToken = page.nextPageToken;
} while (pageToken !== "");

try {
  await client.getApiKey({ projectId: "demo", keyId: "0000000000000000" }, { headers });
} catch (error) {
  const failure = ConnectError.from(error);
  const [info] = failure.findDetails(ErrorInfoSchema);
  console.log(Code[failure.code], info?.reason);
}
