/** A client of grpc-js that keeps calls in flight, and says how many a second were answered rightly. */
import { readFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import {
  type VerifyApiKeyRequest,
  VerifyApiKeyRequestSchema,
  type VerifyApiKeyResponse,
  VerifyApiKeyResponseSchema,
} from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { readCalls } from "../harness/calls-file.ts";
import { verifyDefinition } from "../servers/grpc-js-definition.ts";

const FRAME_HEADER = 5;
const DEADLINE_MS = 10_000;
const {
  BENCH_PORT,
  BENCH_CALLS = "",
  BENCH_TOKEN,
  BENCH_IN_FLIGHT,
  BENCH_RAMP_MS,
  BENCH_WINDOW_MS,
} = process.env;

const { path, requestSerialize, responseDeserialize } = verifyDefinition.verifyApiKey;
const client = new Client(`127.0.0.1:${BENCH_PORT}`, credentials.createInsecure());
const metadata = new Metadata();
metadata.set("authorization", `Bearer ${BENCH_TOKEN}`);

const questions = Array.from(readCalls(readFileSync(BENCH_CALLS)), ({ body, answer }) => {
  const expected = "exactly" in answer ? answer.exactly : answer.contains;
  return {
    request: fromBinary(VerifyApiKeyRequestSchema, body.subarray(FRAME_HEADER)),
    response: fromBinary(VerifyApiKeyResponseSchema, expected.subarray(FRAME_HEADER)),
  };
});

const ask = (request: VerifyApiKeyRequest) =>
  new Promise<VerifyApiKeyResponse>((resolve, reject) => {
    const options = { deadline: Date.now() + DEADLINE_MS };
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      metadata,
      options,
      (error, response) => (response ? resolve(response) : reject(error)),
    );
  });

let next = 0;
let right = 0;
const start = performance.now() + Number(BENCH_RAMP_MS);
const end = start + Number(BENCH_WINDOW_MS);

async function lane(): Promise<void> {
  while (performance.now() < end) {
    const question = questions[next++ % questions.length];
    if (!question) throw new Error("there are no calls");
    const { verdict, identity } = await ask(question.request);
    if (verdict !== question.response.verdict || identity?.keyId !== question.response.identity?.keyId) {
      throw new Error("a wrong answer");
    }
    const now = performance.now();
    if (now >= start && now < end) right++;
  }
}

await Promise.all(Array.from({ length: Number(BENCH_IN_FLIGHT) }, lane));
console.log(JSON.stringify({ callsPerSecond: right / (Number(BENCH_WINDOW_MS) / 1_000) }));
client.close();
