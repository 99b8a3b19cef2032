/** The file from which the loader takes its calls; `load/calls.hpp` reads it. */
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";

export interface Call {
  /** The request's body as it goes over the wire. */
  readonly body: Uint8Array;
  readonly answer: Answer;
}

/** The whole of the response's body, or a piece that must be in it (an empty one asks for nothing but success). */
export type Answer = { readonly exactly: Uint8Array } | { readonly contains: Uint8Array };

const MAGIC = Buffer.from("KFCALLS1");
const CHUNK_BYTES = 1 << 20;

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function encodeCall({ body, answer }: Call): Buffer {
  const exact = "exactly" in answer;
  const expected = exact ? answer.exactly : answer.contains;
  const kind = Buffer.of(exact ? 0 : 1);
  return Buffer.concat([uint32(body.length), body, kind, uint32(expected.length), expected]);
}

/** Writes the calls, which may be made one by one as they are written. `count` must be how many there are. */
export async function writeCalls(path: string, count: number, calls: Iterable<Call>): Promise<void> {
  const file = createWriteStream(path);
  let pieces: Buffer[] = [MAGIC, uint32(count)];
  let size = 0;
  let written = 0;
  for (const call of calls) {
    const bytes = encodeCall(call);
    pieces.push(bytes);
    size += bytes.length;
    written++;
    if (size < CHUNK_BYTES) continue;
    await write(file, Buffer.concat(pieces));
    pieces = [];
    size = 0;
  }
  if (written !== count) throw new RangeError(`${count} calls were promised and ${written} given`);
  file.end(Buffer.concat(pieces));
  await finished(file);
}

const write = (file: NodeJS.WritableStream, bytes: Buffer) =>
  new Promise<void>((resolve, reject) => {
    file.write(bytes, (error) => (error ? reject(error) : resolve()));
  });

class Reader {
  readonly #bytes: Buffer;
  #at = MAGIC.length;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(length: number): Buffer {
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  number(): number {
    return this.take(4).readUInt32LE();
  }
}

/** The calls of a file, for clients in Node. */
export function* readCalls(bytes: Buffer): Generator<Call> {
  const reader = new Reader(bytes);
  for (let left = reader.number(); left > 0; left--) {
    const body = reader.take(reader.number());
    const exact = reader.take(1)[0] === 0;
    const expected = reader.take(reader.number());
    yield { body, answer: exact ? { exactly: expected } : { contains: expected } };
  }
}

/** A message as one uncompressed frame of gRPC. */
export function grpcFrame(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}
