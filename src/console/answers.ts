/** Small messages between the console's pages and the server, beside the rpcs. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Something that the person at the page can do something about. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: string;
  /** The form's field that it is about, where it is about one. */
  readonly field: string | undefined;

  constructor(status: number, code: string, message: string, field?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

/** A few words for whoever looks at the bare answer. */
export function answerText(response: ServerResponse, status: number, text: string): void {
  response.setHeader("cache-control", "no-store");
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.writeHead(status).end(`${text}\n`);
}

export function answerRedirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { location, "cache-control": "no-store" }).end();
}

export function answerWrongMethod(response: ServerResponse, allow: string): void {
  response.setHeader("allow", allow);
  answerText(response, 405, `only ${allow} are allowed here`);
}

export function answerJson(response: ServerResponse, status: number, body: object): void {
  response.setHeader("cache-control", "no-store");
  response.setHeader("content-type", "application/json");
  response.writeHead(status).end(JSON.stringify(body));
}

export function answerRefusal(response: ServerResponse, { status, code, field, message }: Refusal): void {
  answerJson(response, status, { error: { code, field, message } });
}

const MAX_BODY_BYTES = 65_536;

/** The fields of a JSON object. Throws Refusal. */
export async function readFields(request: IncomingMessage): Promise<Record<string, unknown>> {
  const unreadable = new Refusal(400, "unreadable", "The request cannot be read.");
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) throw unreadable;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new Refusal(413, "too_large", "The request is too large.");
    chunks.push(chunk);
  }
  return parseObject(Buffer.concat(chunks).toString("utf8")) ?? raise(unreadable);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Its text would repeat what was sent.
    return undefined;
  }
}

function raise(error: Error): never {
  throw error;
}
