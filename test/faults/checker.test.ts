/** The checker, on histories made by hand: it must see what is wrong and let pass what is right. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tempFolder } from "../mongod/support/temp-folder.ts";
import { judge } from "./checker.ts";
import { type CallRecord, HistoryError, type HistoryRecord, HistoryWriter, readHistory } from "./history.ts";
import { isKept, summaryLine } from "./summary.ts";

type Wish = Partial<CallRecord> & Pick<CallRecord, "method" | "start" | "end">;

/** Milliseconds in, nanoseconds out; answered well where nothing else is wished. */
function call({ start, end, ...wish }: Wish): CallRecord {
  const answers = { Create: "OK", Delete: "OK", Verify: "VALID", List: "ACCEPTED" };
  const answer = wish.error === undefined ? { answer: answers[wish.method] } : {};
  const project = wish.method === "Verify" ? {} : { project: "alpha" };
  const times = { start: start * 1e6, end: end * 1e6 };
  return { type: "call", replica: 0, keyId: "k", ...answer, ...project, ...wish, ...times };
}

const create = (start: number, end: number, wish: Partial<CallRecord> = {}) =>
  call({ method: "Create", ...wish, start, end });
const del = (start: number, end: number, wish: Partial<CallRecord> = {}) =>
  call({ method: "Delete", ...wish, start, end });
const verify = (start: number, end: number, wish: Partial<CallRecord> = {}) =>
  call({ method: "Verify", ...wish, start, end });
const list = (start: number, end: number, wish: Partial<CallRecord> = {}) =>
  call({ method: "List", ...wish, start, end });

const judgeAll = (records: readonly HistoryRecord[]) =>
  judge(async function* () {
    yield* records;
  });

async function violationsIn(...calls: readonly CallRecord[]): Promise<string[]> {
  const { violations, violationCount } = await judgeAll(calls);
  expect(violationCount).toBe(violations.length);
  return violations.map(({ kind }) => kind);
}

describe("a key that was deleted", () => {
  it.each(["OK", "NOT_FOUND"])(
    "may not be accepted by a Verify that starts after Delete answered %s",
    async (answer) => {
      expect(await violationsIn(del(10, 20, { answer }), verify(21, 22))).toEqual(["accepted after Delete"]);
    },
  );

  it("may not be accepted on another replica than the one that deleted it, however much later", async () => {
    expect(await violationsIn(del(10, 20), verify(90_000, 90_001, { replica: 2 }))).toEqual([
      "accepted after Delete",
    ]);
  });

  it("may not be accepted as a credential either", async () => {
    expect(await violationsIn(del(10, 20), list(21, 22))).toEqual(["accepted after Delete"]);
  });

  it("counts as deleted from the first of several answers on", async () => {
    const calls = [del(10, 60), del(12, 30, { answer: "NOT_FOUND" }), verify(31, 32), del(70, 80)];
    expect(await violationsIn(...calls)).toEqual(["accepted after Delete"]);
  });

  it("counts as deleted though an attempt before had failed", async () => {
    const calls = [create(0, 1), del(10, 20, { error: "UNAVAILABLE" }), del(30, 40), verify(41, 42)];
    expect(await violationsIn(...calls)).toEqual(["accepted after Delete"]);
  });

  it("is found out also where the Verify stands in the history before the Delete", async () => {
    expect(await violationsIn(verify(21, 22), del(10, 20))).toEqual(["accepted after Delete"]);
  });

  it("may be accepted by a Verify that started before Delete answered, even in the same nanosecond", async () => {
    const calls = [create(0, 1), verify(5, 300), del(10, 20), verify(15, 400), verify(20, 21)];
    expect(await violationsIn(...calls)).toEqual([]);
  });

  it("may be accepted while every Delete of it has failed", async () => {
    const calls = [
      del(10, 20, { error: "UNAVAILABLE" }),
      del(10, 21, { error: "TRANSPORT" }),
      verify(30, 31),
    ];
    expect(await violationsIn(...calls)).toEqual([]);
  });

  it("may be refused, or not answered for", async () => {
    const calls = [
      create(0, 1),
      del(10, 20),
      verify(21, 22, { answer: "NOT_FOUND" }),
      list(21, 22, { answer: "REFUSED" }),
      verify(21, 22, { error: "UNAVAILABLE" }),
      del(23, 24, { answer: "NOT_FOUND" }),
    ];
    expect(await violationsIn(...calls)).toEqual([]);
  });

  it("says nothing about other keys", async () => {
    expect(
      await violationsIn(create(0, 1, { keyId: "other" }), del(10, 20), verify(21, 22, { keyId: "other" })),
    ).toEqual([]);
  });
});

describe("a key that nobody asked to delete", () => {
  it.each([verify(10, 11, { answer: "NOT_FOUND" }), list(10, 11, { answer: "REFUSED" })])(
    "may not be refused by $method once its Create was answered",
    async (refused) => {
      expect(await violationsIn(create(0, 1), refused)).toEqual(["refused without Delete"]);
    },
  );

  it("may not be refused by its first Delete", async () => {
    const calls = [create(0, 1), del(10, 11, { answer: "NOT_FOUND" })];
    expect(await violationsIn(...calls)).toEqual(["refused without Delete"]);
  });

  it("may be refused by a Delete that another one overtook", async () => {
    const calls = [create(0, 1), del(10, 30, { answer: "NOT_FOUND" }), del(12, 20)];
    expect(await violationsIn(...calls)).toEqual([]);
  });

  it("may not be refused before the first Delete is sent", async () => {
    const calls = [create(0, 1), verify(2, 9, { answer: "NOT_FOUND" }), del(10, 20)];
    expect(await violationsIn(...calls)).toEqual(["refused without Delete"]);
  });

  it("may be refused from when a Delete is sent on, whatever comes of that", async () => {
    const calls = [
      create(0, 1),
      del(10, 20, { error: "DEADLINE_EXCEEDED" }),
      verify(5, 11, { answer: "NOT_FOUND" }),
      verify(30, 31, { answer: "NOT_FOUND" }),
    ];
    expect(await violationsIn(...calls)).toEqual([]);
  });

  it("may be refused while its Create is not answered yet", async () => {
    expect(await violationsIn(create(0, 10), verify(9, 12, { answer: "NOT_FOUND" }))).toEqual([]);
  });

  it("may not be deleted through another project, whose NOT_FOUND says nothing about it", async () => {
    const foreign = { project: "beta" };
    const calls = [create(0, 1), del(10, 20, { ...foreign, answer: "NOT_FOUND" }), verify(21, 22)];
    expect(await violationsIn(...calls)).toEqual([]);
    expect(await violationsIn(...calls, verify(30, 31, { answer: "NOT_FOUND" }))).toEqual([
      "refused without Delete",
    ]);
    expect(await violationsIn(create(0, 1), del(10, 20, foreign))).toEqual([
      "deleted through another project",
    ]);
  });
});

describe("an answer that the contract does not know", () => {
  it.each([
    verify(1, 2, { error: "INTERNAL" }),
    verify(1, 2, { answer: "VERDICT_UNSPECIFIED" }),
    verify(1, 2, { answer: "MALFORMED" }),
    del(1, 2, { error: "UNKNOWN" }),
    create(1, 2, { error: "RESOURCE_EXHAUSTED" }),
    list(1, 2, { error: "PERMISSION_DENIED" }),
  ])("is a violation: $method $answer $error", async (strange) => {
    expect(await violationsIn(strange)).toEqual(["unexpected answer"]);
  });
});

const RUN = {
  type: "run",
  seed: 1,
  seconds: 1,
  barrier: true,
  replicas: [{ leaseMs: 1, cacheKeys: 1 }],
} as const;
const FAULT = { type: "fault", kind: "link cut", target: "replica 0", start: 25e6, end: 26e6 } as const;
/** The shortest history that proves something. */
const WHOLE: readonly HistoryRecord[] = [
  RUN,
  create(0, 1),
  verify(2, 3),
  del(10, 20),
  verify(21, 22, { answer: "NOT_FOUND" }),
  FAULT,
  { type: "healed", at: 30e6 },
  create(31, 32, { keyId: "l" }),
  verify(33, 36, { keyId: "l" }),
  del(37, 38, { keyId: "l", fenced: 1, acknowledged: 2 }),
  { type: "end", at: 40e6 },
];

describe("a whole history", () => {
  it("keeps the promise, and the summary counts what was asked", async () => {
    const judgement = await judgeAll(WHOLE);
    expect(judgement.gaps).toEqual([]);
    expect(isKept(judgement)).toBe(true);
    expect(summaryLine(judgement)).toBe("promise kept: 2 deletes, 3 verifies, 1 faults, 0 violations");
    expect(judgement.facts).toMatchObject({
      creates: 2,
      asksSoonAfterDelete: 1,
      deletesThatFenced: 1,
      deleteLatency: { p50Ms: 1, p99Ms: 10, maxMs: 10 },
      faults: { "link cut": 1 },
      replicas: [{ valid: 2, notFound: 1, errors: {}, recoveryMs: 6 }],
    });
  });

  it("breaks it by one answer too many", async () => {
    const judgement = await judgeAll([...WHOLE, verify(39, 40)]);
    expect(isKept(judgement)).toBe(false);
    expect(summaryLine(judgement)).toBe("promise broken: 2 deletes, 4 verifies, 1 faults, 1 violations");
  });

  it("breaks it by a replica that ends by itself", async () => {
    const { violations } = await judgeAll([...WHOLE, { type: "crash", replica: 0, at: 5 }]);
    expect(violations.map(({ kind }) => kind)).toEqual(["replica ended by itself"]);
  });
});

describe("a history that lacks something proves nothing", () => {
  const without = (isLeftOut: (record: HistoryRecord) => boolean) =>
    WHOLE.filter((record) => !isLeftOut(record));
  const isCall = (record: HistoryRecord, method: string, after = -1) =>
    record.type === "call" && record.method === method && record.start > after;

  it.each([
    ["its end", without(({ type }) => type === "end"), "the history is cut off"],
    ["a recovery", without(({ type }) => type === "healed"), "the faults were never taken back"],
    ["faults", without(({ type }) => type === "fault"), "there were no faults"],
    ["the names of its replicas", without(({ type }) => type === "run"), "no replicas are named"],
    [
      "deletes",
      without(
        (record) => isCall(record, "Delete") || (record.type === "call" && record.answer === "NOT_FOUND"),
      ),
      "no Delete was answered",
    ],
    ["verifies", without((record) => isCall(record, "Verify")), "no Verify was answered"],
    [
      "verifies soon after a Delete",
      without((record) => record.type === "call" && record.answer === "NOT_FOUND"),
      "nobody asked about a key soon after its Delete",
    ],
    [
      "a VALID after the faults",
      without((record) => isCall(record, "Verify", 30e6)),
      "replica 0 did not answer VALID again after the last fault",
    ],
    [
      "a Delete after the faults",
      without((record) => isCall(record, "Delete", 30e6)),
      "replica 0 did not delete again after the last fault",
    ],
  ])("%s", async (_, records, gap) => {
    const judgement = await judgeAll(records);
    expect(judgement.violationCount).toBe(0);
    expect(judgement.gaps).toContain(gap);
    expect(isKept(judgement)).toBe(false);
    expect(summaryLine(judgement)).toMatch(/^nothing proven: /);
  });
});

describe("a history in a file", () => {
  it("is judged as it was written", async () => {
    const path = join(await tempFolder(), "history.jsonl");
    const writer = new HistoryWriter(path);
    for (const record of WHOLE) writer.write(record);
    await writer.close();
    expect(await judge(() => readHistory(path))).toEqual(await judgeAll(WHOLE));
  });

  it.each([
    ["half a line", '{"type":"call","method":"Ver'],
    ["an unknown type", '{"type":"note"}'],
    ["a call without a time", JSON.stringify({ ...verify(1, 2), end: undefined })],
    ["a call that ends before it starts", JSON.stringify(verify(2, 1))],
    ["a call with neither answer nor error", JSON.stringify({ ...verify(1, 2), answer: undefined })],
    ["an unknown method", JSON.stringify({ ...verify(1, 2), method: "Get" })],
  ])("is refused at %s", async (_, line) => {
    const path = join(await tempFolder(), "history.jsonl");
    await writeFile(path, `${JSON.stringify(RUN)}\n${line}\n`);
    const judged = judge(() => readHistory(path));
    await expect(judged).rejects.toThrow(HistoryError);
    await expect(judged).rejects.toThrow("line 2");
  });
});
