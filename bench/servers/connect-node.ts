/** connect-node with a handler that always answers the same, on node:http2. */
import { createServer } from "node:http2";
import { fromBinary } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { ApiKeyService, VerifyApiKeyResponseSchema } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { constantMessage, listen } from "./support.ts";

const response = fromBinary(VerifyApiKeyResponseSchema, constantMessage());

listen(
  createServer(
    connectNodeAdapter({
      routes: (router) => router.service(ApiKeyService, { verifyApiKey: () => response }),
    }),
  ),
);
