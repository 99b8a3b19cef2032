import { Timestamp } from "mongodb";
import { describe, expect, it } from "vitest";
import { Lease } from "../../src/verify/lease.ts";
import { Memory } from "../../src/verify/memory.ts";
import { HeldClock } from "../support/held-clock.ts";
import { aKey } from "../support/made-keys.ts";

const at = (t: number) => new Timestamp({ t, i: 1 });

function aMemory() {
  const clock = new HeldClock();
  const lease = new Lease(clock, 3_000);
  lease.renewed(clock.monotonic());
  return new Memory(lease, 10, at(100));
}

describe("a deletion", () => {
  it("drops the key, marks its read as dirty and moves on in one step", async () => {
    const memory = aMemory();
    const key = aKey();
    memory.put(key.record, key.text);
    const load = memory.load(key.record.keyId, async () => key.record);
    memory.apply([key.record.keyId], [], at(101));
    expect(memory.get(key.record.keyId, key.text)).toBeUndefined();
    expect(memory.applied.equals(at(101))).toBe(true);
    await load.result;
    expect(memory.finish(load)).toBe(false);
  });

  it("reaches a read that has been answered, until each who awaits it has judged it", async () => {
    const memory = aMemory();
    const key = aKey();
    const read = async () => key.record;
    const [first, second] = [memory.load(key.record.keyId, read), memory.load(key.record.keyId, read)];
    await first.result;
    expect(memory.finish(first)).toBe(true);
    memory.apply([key.record.keyId], [], at(101));
    expect(memory.finish(second)).toBe(false);
  });

  it("of a document is remembered, so that the key is not read again", () => {
    const memory = aMemory();
    const key = aKey();
    memory.apply([key.record.keyId], [key.record.keyId], at(101));
    expect(memory.get(key.record.keyId, key.text)).toEqual({ record: undefined });
  });

  it("never moves the applied time back", () => {
    const memory = aMemory();
    memory.apply([], [], at(50));
    expect(memory.applied.equals(at(100))).toBe(true);
  });

  it("makes a later asker read anew instead of sharing the dirty read", async () => {
    const memory = aMemory();
    let reads = 0;
    const read = async () => {
      reads++;
      return undefined;
    };
    const first = memory.load("id", read);
    memory.apply(["id"], [], at(101));
    const second = memory.load("id", read);
    await Promise.all([first.result, second.result]);
    expect(second).not.toBe(first);
    expect(reads).toBe(2);
  });
});

it("concurrent askers for one key share one read", async () => {
  const memory = aMemory();
  let reads = 0;
  const loads = Array.from({ length: 20 }, () =>
    memory.load("id", async () => {
      reads++;
      return undefined;
    }),
  );
  await Promise.all(loads.map((load) => load.result));
  expect(reads).toBe(1);
  expect(loads.map((load) => memory.finish(load))).toEqual(loads.map(() => true));
  await memory.load("id", async () => void reads++).result;
  expect(reads).toBe(2);
});

it("a read that was sent under an earlier registration is not usable after it was given up", async () => {
  const memory = aMemory();
  const key = aKey();
  const load = memory.load(key.record.keyId, async () => key.record);
  await load.result;
  memory.discard();
  expect(memory.finish(load)).toBe(false);
  expect(memory.lease.isGood()).toBe(false);
});
