/** HTTP/2 frame by frame (RFC 9113), for what no client's library would send. */

import type { Socket } from "node:net";

const DATA = 0x0;
export const HEADERS = 0x1;
const RST_STREAM = 0x3;
const SETTINGS = 0x4;
export const PING = 0x6;
export const GOAWAY = 0x7;
const END_STREAM = 0x1;
const END_HEADERS = 0x4;
const INITIAL_WINDOW_SIZE = 0x4;

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.byteLength, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** How a client begins; `window`: how many bytes the server may send on each stream. */
export function opening(window = 65_535): Buffer {
  const setting = Buffer.alloc(6);
  setting.writeUInt16BE(INITIAL_WINDOW_SIZE, 0);
  setting.writeUInt32BE(window, 2);
  return Buffer.concat([PREFACE, frame(SETTINGS, 0, 0, setting)]);
}

/** The length of a text in HPACK: seven bits, and what is more in bytes of seven bits each. */
function hpackLength(length: number): number[] {
  if (length < 0x7f) return [length];
  const bytes = [0x7f];
  let rest = length - 0x7f;
  for (; rest > 0x7f; rest >>= 7) bytes.push(0x80 | (rest & 0x7f));
  return [...bytes, rest];
}

function hpackText(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  return Buffer.concat([Buffer.from(hpackLength(bytes.length)), bytes]);
}

/** Headers, or trailers; in their order, and a name may stand there twice. */
export function headers(stream: number, pairs: readonly (readonly [string, string])[], end = false): Buffer {
  const literals = pairs.flatMap(([name, value]) => [Buffer.from([0]), hpackText(name), hpackText(value)]);
  return frame(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, Buffer.concat(literals));
}

export const data = (stream: number, bytes: Uint8Array, end = false) =>
  frame(DATA, end ? END_STREAM : 0, stream, bytes);

export function reset(stream: number, code: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frame(RST_STREAM, 0, stream, payload);
}

export const ping = () => frame(PING, 0, 0, Buffer.alloc(8));

/** "I make no more streams", with NO_ERROR. */
export const goaway = () => frame(GOAWAY, 0, 0, Buffer.alloc(8));

export interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

/** What arrives, until the other side closes. Fails where it resets the connection. */
export async function* framesFrom(socket: Socket): AsyncGenerator<Frame, void> {
  let rest = Buffer.alloc(0);
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = frameEnd(rest); end <= rest.length; end = frameEnd(rest)) {
      yield { type: rest.readUInt8(3), payload: rest.subarray(9, end) };
      rest = rest.subarray(end);
    }
  }
}

/** Where the first frame ends; beyond all bytes where that is not known yet. */
const frameEnd = (bytes: Buffer) =>
  bytes.length < 9 ? Number.POSITIVE_INFINITY : 9 + bytes.readUIntBE(0, 3);
