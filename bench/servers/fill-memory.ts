/**
 * Runs inside the service (`node --import`), for the part `memory`: brings keys into its memory in seconds, where a million
 * calls would take many minutes. Reads them from MongoDB in batches, checks each against its text, and keeps it, as
 * Verify does. One file of `BENCH_FILL` (a JSON list of paths, a key's text a line) for each SIGUSR2; says `{"filled":N}`.
 */
import { open } from "node:fs/promises";
import { parseKeyText } from "../../src/domain/key-text.ts";
import { RECORD_PROJECTION, toRecord } from "../../src/store/keys.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { matchesKey, type Peppers } from "../../src/verify/match.ts";
import type { Memory } from "../../src/verify/memory.ts";
import { Replica } from "../../src/verify/replica.ts";

const BATCH = 500;
const { BENCH_FILL = "[]", KEYFAST_MONGODB_URI = "", KEYFAST_PEPPER = "" } = process.env;
const files: string[] = JSON.parse(BENCH_FILL);

const [pepperId = "", pepperSecret = ""] = KEYFAST_PEPPER.split(":");
const pepper = { id: pepperId, secret: Buffer.from(pepperSecret, "base64") };
const peppers: Peppers = new Map([[pepper.id, pepper]]);

/** The service makes one; this is how to get at its memory. */
let replica: Replica | undefined;
const start = Replica.prototype.start;
Replica.prototype.start = function (this: Replica) {
  replica = this;
  return start.call(this);
};

async function keep(store: Store, memory: Memory, texts: ReadonlyMap<string, string>): Promise<void> {
  const documents = await store.keys.collection
    .find({ _id: { $in: [...texts.keys()] } }, { projection: RECORD_PROJECTION, batchSize: BATCH })
    .toArray();
  for (const document of documents) {
    const record = toRecord(document);
    const text = texts.get(record.keyId) ?? "";
    if (!matchesKey(peppers, record, text)) throw new Error("a text is not that of its key");
    memory.put(record, text);
  }
}

/** Line by line, so that this program's own memory adds little to what is measured. */
async function fill(path: string): Promise<void> {
  const memory = replica?.memory;
  if (!memory) throw new Error("the service has no memory");
  const store = await openStore(KEYFAST_MONGODB_URI, "keyfast", [pepper]);
  const file = await open(path);
  const batch = new Map<string, string>();
  for await (const text of file.readLines()) {
    batch.set(parseKeyText(text) ?? "", text);
    if (batch.size < BATCH) continue;
    await keep(store, memory, batch);
    batch.clear();
  }
  await keep(store, memory, batch);
  await store.close();
  if (replica?.memory !== memory || !memory.lease.isGood()) throw new Error("memory was lost meanwhile");
  console.log(JSON.stringify({ filled: memory.size }));
}

process.on("SIGUSR2", () => {
  const path = files.shift();
  if (path !== undefined) void fill(path);
});
