/** Look-ups against a store whose reads are answered when a test says so. */
import { setImmediate } from "node:timers/promises";
import { Timestamp } from "mongodb";
import { describe, expect, it } from "vitest";
import type { KeyRecord } from "../../src/domain/key.ts";
import { Lease } from "../../src/verify/lease.ts";
import { LeasedFinder } from "../../src/verify/leased-finder.ts";
import type { Peppers } from "../../src/verify/match.ts";
import { Memory } from "../../src/verify/memory.ts";
import { HeldClock } from "../support/held-clock.ts";
import { aKey, PEPPER } from "../support/made-keys.ts";

const at = (t: number) => new Timestamp({ t, i: 1 });

/** Counts what is asked of the store, and holds the answers back until they are given. */
class HeldKeys {
  readonly #reads: PromiseWithResolvers<KeyRecord | undefined>[] = [];
  reads = 0;
  confirmed = 0;

  getAfter(): Promise<KeyRecord | undefined> {
    const read = Promise.withResolvers<KeyRecord | undefined>();
    this.#reads.push(read);
    this.reads++;
    return read.promise;
  }

  async getLinearizable(): Promise<undefined> {
    this.confirmed++;
    return undefined;
  }

  /** Answers the oldest read that has been sent, or the next one that is. */
  async answer(record: KeyRecord | undefined): Promise<void> {
    while (this.#reads.length === 0) await setImmediate();
    this.#reads.shift()?.resolve(record);
  }
}

/** How often the HMAC of a presented key is computed: each time its pepper is looked up. */
class CountedPeppers extends Map<string, typeof PEPPER> {
  uses = 0;

  override get(id: string) {
    this.uses++;
    return super.get(id);
  }
}

function aFinder(maxKeys = 10) {
  const clock = new HeldClock();
  const lease = new Lease(clock, 3_000);
  lease.renewed(clock.monotonic());
  const memory = new Memory(lease, maxKeys, at(100));
  const holder: { memory: Memory | undefined; registeredAt: Timestamp } = { memory, registeredAt: at(100) };
  const keys = new HeldKeys();
  const peppers = new CountedPeppers([[PEPPER.id, PEPPER]]);
  return { finder: new LeasedFinder(holder, keys, peppers as Peppers), keys, memory, holder, clock, peppers };
}

const microtasks = async (count: number) => {
  for (let index = 0; index < count; index++) await Promise.resolve();
};

describe("a deletion that is applied while a read of the key is answered", () => {
  // However many turns of the queue lie between the answer and the deletion.
  it.each(Array.from({ length: 25 }, (_, turns) => turns))(
    "leaves nothing of the key in memory, %i turns after the answer",
    async (turns) => {
      const { finder, keys, memory } = aFinder();
      const key = aKey();
      const { keyId } = key.record;
      const found = finder.find(key.text, keyId);
      await keys.answer(key.record);
      await microtasks(turns);
      memory.apply([keyId], [], at(101));
      await setImmediate();
      expect(memory.get(keyId, key.text)).toBeUndefined();
      // Where it came before the answer was judged, the key is read again, and is gone.
      if (keys.reads > 1) await keys.answer(undefined);
      expect(await found).toBe(keys.reads > 1 ? undefined : key.record);
    },
  );
});

describe("looking keys up", () => {
  it("reads once for all who ask for one key at the same time", async () => {
    const { finder, keys, memory } = aFinder();
    const key = aKey();
    const asked = Array.from({ length: 50 }, () => finder.find(key.text, key.record.keyId));
    await keys.answer(key.record);
    expect(await Promise.all(asked)).toEqual(asked.map(() => key.record));
    expect(keys.reads).toBe(1);
    expect(keys.confirmed).toBe(0);
    expect(memory.size).toBe(1);
  });

  it("of a key in memory reads nothing, computes no HMAC and answers at once", async () => {
    const { finder, keys, peppers } = aFinder();
    const key = aKey();
    const first = finder.find(key.text, key.record.keyId);
    await keys.answer(key.record);
    await first;
    const uses = peppers.uses;
    expect(finder.find(key.text, key.record.keyId)).toMatchObject({ keyId: key.record.keyId });
    expect(peppers.uses).toBe(uses);
    expect(keys.reads).toBe(1);
  });

  it("by unknown ids or with forged secrets, in any number, pushes no key out of memory", async () => {
    const { finder, keys, memory } = aFinder(2);
    const [known, other] = [aKey(), aKey()];
    for (const key of [known, other]) {
      const found = finder.find(key.text, key.record.keyId);
      await keys.answer(key.record);
      await found;
    }
    for (let index = 0; index < 100; index++) {
      const forged = aKey();
      const existing = index % 2 === 0;
      const found = finder.find(`${forged.text.slice(0, -1)}!`, forged.record.keyId);
      await keys.answer(existing ? forged.record : undefined);
      expect(await found).toBeUndefined();
    }
    expect(memory.size).toBe(2);
    for (const key of [known, other])
      expect(finder.find(key.text, key.record.keyId)).toMatchObject({ keyId: key.record.keyId });
  });

  it("uses and keeps nothing that was read under an earlier registration", async () => {
    const { finder, keys, memory, holder, clock } = aFinder();
    const key = aKey();
    const found = finder.find(key.text, key.record.keyId);
    memory.discard();
    const lease = new Lease(clock, 3_000);
    lease.renewed(clock.monotonic());
    holder.memory = new Memory(lease, 10, at(200));
    await keys.answer(key.record);
    await keys.answer(undefined);
    expect(await found).toBeUndefined();
    expect(holder.memory.size).toBe(0);
  });

  it("when the lease ran out while the read was under way asks a true primary", async () => {
    const { finder, keys, clock, memory } = aFinder();
    const key = aKey();
    const found = finder.find(key.text, key.record.keyId);
    clock.advance(3_000);
    await keys.answer(key.record);
    expect(await found).toBeUndefined();
    expect(keys.confirmed).toBe(1);
    expect(memory.size).toBe(0);
  });
});

describe("what is recalled", () => {
  it("is the key that memory holds under the presented text, and nothing else", async () => {
    const { finder, keys, memory } = aFinder();
    const key = aKey();
    const { keyId } = key.record;
    expect(finder.recall(key.text)).toBeUndefined();
    memory.put(key.record, key.text);
    expect(finder.recall(key.text)).toMatchObject({ keyId });
    const anotherSecret = aKey().text.replace(/_[0-9A-Za-z]{16}/, `_${keyId}`);
    expect(finder.recall(anotherSecret)).toBeUndefined();
    for (const text of ["", keyId, key.text.slice(1), `${key.text}0`, "\u{10ffff}".repeat(40)]) {
      expect(finder.recall(text), text).toBeUndefined();
    }
    expect(keys.reads).toBe(0);
  });

  it("is nothing once the key was deleted, and nothing once the lease is over", () => {
    const { finder, memory, clock } = aFinder();
    const [deleted, kept] = [aKey(), aKey()];
    for (const { record, text } of [deleted, kept]) memory.put(record, text);
    memory.apply([deleted.record.keyId], [deleted.record.keyId], at(101));
    expect(finder.recall(deleted.text)).toBeUndefined();
    expect(finder.recall(kept.text)).toBeDefined();
    clock.advance(3_001);
    expect(finder.recall(kept.text)).toBeUndefined();
  });
});
