import { describe, expect, it } from "vitest";
import { restrictedTo, UNRESTRICTED } from "../../src/domain/access.ts";
import type { LiveKey } from "../../src/domain/key.ts";
import { newKeyId } from "../../src/domain/key-text.ts";
import type { NewKey } from "../../src/domain/new-key.ts";
import { KeyCache } from "../../src/verify/key-cache.ts";
import { SharedTexts } from "../../src/verify/shared-texts.ts";
import { SlotIndex } from "../../src/verify/slot-index.ts";
import { aKey } from "../support/made-keys.ts";
import { pick, randomOf, seedOf } from "../support/random.ts";

const everyResource = restrictedTo(Array.from({ length: 19 }, (_, i) => ({ resource: i + 1, level: 2 })));

/** What the cache should give back of a key. */
function liveKeyOf({ record }: NewKey): LiveKey {
  const { keyId, projectId, displayName, access, environment, expireTime } = record;
  return { keyId, projectId, displayName, access, environment, expireTime };
}

describe("the cache", () => {
  it("lets the least recently used key go first", () => {
    const cache = new KeyCache(2);
    const [a, b, c] = [aKey(), aKey(), aKey()];
    cache.put(a.record, a.text);
    cache.put(b.record, b.text);
    cache.get(a.record.keyId, a.text);
    cache.put(c.record, c.text);
    expect(cache.size).toBe(2);
    expect(cache.get(b.record.keyId, b.text)).toBeUndefined();
    expect(cache.get(a.record.keyId, a.text)).toEqual({ record: liveKeyOf(a) });
  });

  it("knows a wrong secret for a right id without telling the key", () => {
    const cache = new KeyCache(2);
    const key = aKey();
    cache.put(key.record, key.text);
    const wrong = [`${key.text}x`, key.text.replace(/.$/, (last) => (last === "0" ? "1" : "0")), ""];
    for (const text of wrong) expect(cache.get(key.record.keyId, text)).toEqual({ record: undefined });
  });

  it.each([
    ["a key that may do everything", aKey()],
    ["a key that may do nothing", aKey({ access: restrictedTo([]) })],
    [
      "all that a key may do",
      aKey({
        access: restrictedTo([
          { resource: 1, level: 2 },
          { resource: 19, level: 3 },
        ]),
      }),
    ],
    ["resources that are added later", aKey({ access: restrictedTo([{ resource: 16_383, level: 3 }]) })],
    ["when a key expires", aKey({ expireTime: new Date("2099-01-02T03:04:05.678Z") })],
    ["a name in any script", aKey({ displayName: "ключ 鍵 🗝️" })],
    ["the longest name", aKey({ displayName: "🗝".repeat(100) })],
    ["a grant on every resource", aKey({ access: everyResource })],
  ])("gives back %s as it was put in", (_, key) => {
    const cache = new KeyCache(1);
    cache.put(key.record, key.text);
    expect(cache.get(key.record.keyId, key.text)).toEqual({ record: liveKeyOf(key) });
  });

  it("knows nothing any more once it was cleared", () => {
    const cache = new KeyCache(2);
    const [a, b] = [aKey(), aKey()];
    cache.put(a.record, a.text);
    cache.clear();
    expect(cache.size).toBe(0);
    expect(cache.get(a.record.keyId, a.text)).toBeUndefined();
    cache.put(b.record, b.text);
    expect(cache.get(b.record.keyId, b.text)).toEqual({ record: liveKeyOf(b) });
  });

  it("behaves like a map in the order of use, whatever is done to it", () => {
    const random = randomOf(seedOf("key cache"));
    const most = 20;
    const keys = Array.from({ length: 60 }, (_, i) =>
      aKey({
        displayName: `Key ${"long ".repeat(i % 20)}${i}`,
        projectId: `p-${i % 7}`,
        access: i % 3 === 0 ? everyResource : UNRESTRICTED,
      }),
    );
    const cache = new KeyCache(most);
    const model = new Map<string, NewKey>();
    for (let step = 0; step < 6_000; step++) {
      const key = pick(random, keys);
      const { keyId } = key.record;
      const act = random();
      if (act < 0.5) {
        const known = model.delete(keyId);
        if (known) model.set(keyId, key);
        expect(cache.get(keyId, key.text)).toEqual(known ? { record: liveKeyOf(key) } : undefined);
      } else if (act < 0.85) {
        cache.put(key.record, key.text);
        model.delete(keyId);
        model.set(keyId, key);
        const oldest = model.keys().next().value;
        if (model.size > most && oldest !== undefined) model.delete(oldest);
      } else {
        cache.drop(keyId);
        model.delete(keyId);
      }
      expect(cache.size).toBe(model.size);
    }
  });
});

describe("texts that are shared", () => {
  it("are kept once, as long as somebody uses them", () => {
    const texts = new SharedTexts();
    const [a, again, b] = [texts.take("a"), texts.take("a"), texts.take("b")];
    expect([again, texts.get(a), texts.get(b), texts.size]).toEqual([a, "a", "b", 2]);
    texts.release(a);
    expect(texts.get(a)).toBe("a");
    texts.release(a);
    expect(texts.size).toBe(1);
    expect([texts.take("c"), texts.get(a), texts.get(b)]).toEqual([a, "c", "b"]);
  });
});

describe("the index of slots", () => {
  it("finds what is in it and nothing else while it is filled, emptied and filled again", () => {
    const random = randomOf(seedOf("slot index"));
    const slots = 500;
    const index = new SlotIndex(slots);
    const held: (string | undefined)[] = Array.from({ length: slots });
    for (let step = 0; step < 6_000; step++) {
      const slot = Math.floor(random() * slots);
      const id = held[slot];
      if (id === undefined) {
        const fresh = newKeyId();
        expect(index.find(fresh)).toBeUndefined();
        index.add(fresh, slot);
        held[slot] = fresh;
      } else {
        expect(index.find(id)).toBe(slot);
        index.remove(slot);
        expect(index.find(id)).toBeUndefined();
        held[slot] = undefined;
      }
    }
    held.forEach((id, slot) => {
      if (id !== undefined) expect(index.find(id)).toBe(slot);
    });
  });

  it("takes no text that cannot be the id of a key", () => {
    const index = new SlotIndex(2);
    expect(index.find("")).toBeUndefined();
    expect(index.find("x".repeat(17))).toBeUndefined();
    expect(() => index.add("short", 0)).toThrow(RangeError);
  });
});
