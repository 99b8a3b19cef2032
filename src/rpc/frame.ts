/** The body of a unary gRPC request, as long as it is the usual one: one frame, not compressed. */

/** One byte of flags and four of length stand before each message. */
export const FRAME_HEADER_BYTES = 5;

/** Whether what was received may be the beginning, or the whole, of one plain frame with a message of at most `maxBytes`. */
export function mayBePlainFrame(received: Buffer, maxBytes: number): boolean {
  if (received[0] !== 0) return false;
  if (received.length < FRAME_HEADER_BYTES) return true;
  const length = received.readUInt32BE(1);
  return length <= maxBytes && received.length <= FRAME_HEADER_BYTES + length;
}

/** Whether a plain frame is all there; its message begins behind the header. */
export const isWholeFrame = (received: Buffer): boolean =>
  received.length >= FRAME_HEADER_BYTES && received.length === FRAME_HEADER_BYTES + received.readUInt32BE(1);

/** A message as the one frame of an answer, not compressed. */
export function toFrame(message: Uint8Array): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}
