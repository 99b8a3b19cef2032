/** One unary gRPC call over HTTP/2 whose every part the test decides, and what it was answered in few words. */
import { once } from "node:events";
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from "node:http2";
import { fromBinary, fromJsonString } from "@bufbuild/protobuf";
import { onTestFinished } from "vitest";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { VerdictSchema } from "../../../gen/keyfast/v1/api_key_pb.ts";
import { ApiKeyService, VerifyApiKeyResponseSchema } from "../../../gen/keyfast/v1/api_key_service_pb.ts";
import { SERVICE_TOKEN } from "../../support/service.ts";
import { errorIn, pathOf, type RawAnswer } from "../../support/wire.ts";

export interface Unary {
  /** In place of the usual ones, or beside them; undefined: without it. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** A DATA frame each. */
  readonly body?: readonly Uint8Array[];
  /** What has to happen between the frames. */
  readonly pause?: () => Promise<unknown>;
  /** The request is left without its end. */
  readonly isOpen?: boolean;
  readonly trailers?: OutgoingHttpHeaders;
}

export interface Told {
  readonly status: number;
  /** The status of gRPC, where it is told. */
  readonly grpc?: string | undefined;
  /** Of the ErrorInfo. */
  readonly reason?: string | undefined;
  readonly verdict?: string | undefined;
}

export const VERIFY_PATH = pathOf(ApiKeyService.method.verifyApiKey);

export const usualHeaders = (authority: string) => ({
  ":method": "POST",
  ":scheme": "http",
  ":authority": authority,
  ":path": VERIFY_PATH,
  "content-type": "application/grpc",
  te: "trailers",
  authorization: `Bearer ${SERVICE_TOKEN}`,
});

/** A connection that goes with the test. */
export async function openSession(url: string): Promise<ClientHttp2Session> {
  const session = connect(url);
  onTestFinished(() => void session.destroy());
  session.on("error", () => {});
  await once(session, "remoteSettings");
  return session;
}

/** Sends a call, and gives what it was told; status 0 where its stream was closed without a word. */
export const ask = async (session: ClientHttp2Session, call: Unary): Promise<Told> =>
  tell(await askRaw(session, call));

export interface RawUnaryAnswer extends RawAnswer {
  /** What the stream was closed with. */
  readonly rstCode: number | undefined;
}

export async function askRaw(session: ClientHttp2Session, call: Unary): Promise<RawUnaryAnswer> {
  const { body = [], pause, isOpen, trailers } = call;
  const headers = { ...usualHeaders("localhost"), ...call.headers } as OutgoingHttpHeaders;
  for (const name of Object.keys(headers)) if (headers[name] === undefined) delete headers[name];
  const endStream = body.length === 0 && !isOpen && !trailers;
  const stream = session.request(headers, { endStream, waitForTrailers: trailers !== undefined });
  stream.on("wantTrailers", () => stream.sendTrailers(trailers ?? {}));
  const answer = { status: 0, headers: {}, trailers: {} };
  const chunks: Buffer[] = [];
  stream.on("error", () => {});
  stream.on("response", (head) => Object.assign(answer, { status: head[":status"], headers: flat(head) }));
  stream.on("trailers", (tail) => Object.assign(answer, { trailers: flat(tail) }));
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise((resolve) => stream.once("close", resolve));
  for (const [at, chunk] of body.entries()) {
    if (at > 0) await pause?.();
    await new Promise<void>((resolve) => stream.write(chunk, () => resolve()));
  }
  if (isOpen) stream.once("end", () => stream.close());
  else if (!endStream) stream.end();
  await closed;
  return { ...answer, body: Buffer.concat(chunks), rstCode: stream.rstCode };
}

/** Without the pseudo-headers, and what Node notes by symbols. */
const flat = (headers: object) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(":")));

function tell(answer: RawAnswer): Told {
  const { status, headers, trailers, body } = answer;
  if (status === 0) return { status };
  const grpc = headers["grpc-status"] ?? trailers["grpc-status"];
  const reason = errorIn(answer)?.findDetails(ErrorInfoSchema)[0]?.reason;
  if (grpc !== "0")
    return { status, ...(grpc !== undefined && { grpc }), ...(reason !== undefined && { reason }) };
  const message = body.subarray(5);
  const answered =
    headers["content-type"] === "application/grpc+json"
      ? fromJsonString(VerifyApiKeyResponseSchema, message.toString())
      : fromBinary(VerifyApiKeyResponseSchema, message);
  return { status, grpc, verdict: VerdictSchema.value[answered.verdict]?.name };
}
