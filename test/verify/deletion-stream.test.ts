/** The change stream's cursor, whose id the driver hands over as a Long or, where it is small enough, as a number. */
import { type Db, type Document, Long } from "mongodb";
import { expect, it } from "vitest";
import { DeletionStream, StreamBroken, timeOfToken } from "../../src/store/deletion-stream.ts";

const TOKEN = { _data: "8265F0C0DE0000000129295A1004" };

/** Answers with these cursor ids, one after the other, and remembers what it was asked. */
function aDatabase(...ids: unknown[]) {
  const commands: Document[] = [];
  const command = async (asked: Document) => {
    commands.push(asked);
    return { cursor: { id: ids.shift(), nextBatch: [], postBatchResumeToken: TOKEN } };
  };
  const client = { startSession: () => ({ endSession: async () => {} }) };
  return { db: { client, command } as unknown as Db, commands };
}

const signal = new AbortController().signal;

it.each([
  ["a Long", Long.fromString("7011969380960871513")],
  ["a number", 42],
])("a cursor whose id is %s is read on, and closed", async (_, id) => {
  const { db, commands } = aDatabase(id, id);
  const stream = await DeletionStream.open(db, timeOfToken(TOKEN));
  expect((await stream.next(signal)).upTo.equals(timeOfToken(TOKEN))).toBe(true);
  await stream.close();
  expect(commands.slice(1)).toMatchObject([
    { getMore: Long.fromValue(id) },
    { killCursors: "$cmd.aggregate", cursors: [Long.fromValue(id)] },
  ]);
});

it.each([
  ["a Long", Long.ZERO],
  ["a number", 0],
])(
  "a cursor that the server has ended, by %s, breaks the stream and is not closed again",
  async (_, zero) => {
    const { db, commands } = aDatabase(Long.fromNumber(7), zero);
    const stream = await DeletionStream.open(db, timeOfToken(TOKEN));
    await stream.next(signal);
    await expect(stream.next(signal)).rejects.toThrow(StreamBroken);
    await stream.close();
    expect(commands).toHaveLength(2);
  },
);
