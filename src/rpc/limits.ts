/** The largest message, as sent and as decompressed, in bytes. */
export const MAX_MESSAGE_BYTES = 64 * 1024;
