/**
 * Judges a history. It knows nothing of the service but its promise: once a Delete of a key has been answered, no
 * Verify that starts afterwards answers VALID; and a key that nobody asked to delete is never refused.
 */
import { type Facts, FactsCounter } from "./facts.ts";
import type { CallRecord, HistoryRecord } from "./history.ts";

export interface Violation {
  readonly kind:
    | "accepted after Delete"
    | "refused without Delete"
    | "deleted through another project"
    | "unexpected answer"
    | "replica ended by itself";
  /** Nanoseconds since the start of the run. */
  readonly at: number;
  /** The whole story in one line. */
  readonly text: string;
}

export interface Judgement {
  /** At most `MAX_TOLD` of them. */
  readonly violations: readonly Violation[];
  readonly violationCount: number;
  /** Why the history would prove nothing though nothing in it is wrong. */
  readonly gaps: readonly string[];
  readonly facts: Facts;
}

export const MAX_TOLD = 50;

/** What a history can be read from; read twice, so that the order of its lines does not matter. */
export type HistorySource = () => AsyncIterable<HistoryRecord>;

/** What is known of one key from all that was asked about it. */
interface KeyLife {
  project?: string;
  /** When its Create was answered. */
  createdAt?: number;
  /** The Delete that was answered first. */
  revoked?: CallRecord;
  /** When each Delete was sent, answered or not. */
  readonly asks: number[];
}

const NOBODY: KeyLife = { asks: [] };

const ANSWERS: Readonly<Record<CallRecord["method"], readonly string[]>> = {
  Create: ["OK"],
  Delete: ["OK", "NOT_FOUND"],
  Verify: ["VALID", "NOT_FOUND"],
  List: ["ACCEPTED", "REFUSED"],
};
/** What a service that suffers may honestly say instead of an answer. */
const ERRORS = ["UNAVAILABLE", "DEADLINE_EXCEEDED", "TRANSPORT"];

const isAccepted = ({ answer }: CallRecord) => answer === "VALID" || answer === "ACCEPTED";
const isRefused = ({ answer }: CallRecord) => answer === "NOT_FOUND" || answer === "REFUSED";

export async function judge(source: HistorySource): Promise<Judgement> {
  const { lives, healedAt } = await survey(source());
  const facts = new FactsCounter({ healedAt, revocationOf: (keyId) => lives.get(keyId)?.revoked });
  const violations: Violation[] = [];
  let violationCount = 0;
  for await (const record of source()) {
    facts.add(record);
    const violation = violationIn(record, lives);
    if (!violation) continue;
    violationCount++;
    if (violations.length < MAX_TOLD) violations.push(violation);
  }
  return { violations, violationCount, gaps: facts.gaps(), facts: facts.result() };
}

interface Survey {
  readonly lives: Map<string, KeyLife>;
  readonly healedAt: number | undefined;
}

async function survey(records: AsyncIterable<HistoryRecord>): Promise<Survey> {
  const lives = new Map<string, KeyLife>();
  const deletes: CallRecord[] = [];
  let healedAt: number | undefined;
  for await (const record of records) {
    if (record.type === "healed") healedAt = record.at;
    if (record.type !== "call" || record.keyId === "") continue;
    if (record.method === "Delete") deletes.push(record);
    if (record.method === "Create" && record.project !== undefined) {
      lives.set(record.keyId, { project: record.project, createdAt: record.end, asks: [] });
    }
  }
  for (const record of deletes) addDelete(lives, record);
  return { lives, healedAt };
}

function addDelete(lives: Map<string, KeyLife>, call: CallRecord): void {
  const life = lives.get(call.keyId) ?? { asks: [] };
  lives.set(call.keyId, life);
  if (isForeign(call, life)) return;
  life.asks.push(call.start);
  if (call.answer !== undefined && call.end < (life.revoked?.end ?? Number.POSITIVE_INFINITY)) {
    life.revoked = call;
  }
}

/** Through another project a key cannot be deleted, and NOT_FOUND says nothing about it. */
const isForeign = ({ project }: CallRecord, life: KeyLife) =>
  life.project !== undefined && life.project !== project;

function violationIn(record: HistoryRecord, lives: Map<string, KeyLife>): Violation | undefined {
  if (record.type === "crash") {
    return { kind: "replica ended by itself", at: record.at, text: `replica ${record.replica}` };
  }
  if (record.type !== "call") return undefined;
  const life = lives.get(record.keyId) ?? NOBODY;
  const kind = kindOf(record, life);
  if (kind === undefined) return undefined;
  const { revoked } = life;
  const story = kind === "accepted after Delete" && revoked ? `, after: ${describe(revoked)}` : "";
  return { kind, at: record.end, text: describe(record) + story };
}

function kindOf(call: CallRecord, life: KeyLife): Violation["kind"] | undefined {
  const { method, answer, error } = call;
  const isExpected = answer === undefined ? ERRORS.includes(error ?? "") : ANSWERS[method].includes(answer);
  if (!isExpected) return "unexpected answer";
  if (isAccepted(call) && life.revoked && call.start > life.revoked.end) return "accepted after Delete";
  if (method === "Delete" && isForeign(call, life)) {
    return answer === "OK" ? "deleted through another project" : undefined;
  }
  return isRefused(call) && isLive(call, life) ? "refused without Delete" : undefined;
}

/** Created before the call was sent, and nobody else had sent a Delete by the time it was answered. */
function isLive(call: CallRecord, { createdAt, asks }: KeyLife): boolean {
  if (createdAt === undefined || createdAt >= call.start) return false;
  const own = call.method === "Delete" ? 1 : 0;
  return asks.filter((sentAt) => sentAt <= call.end).length <= own;
}

const inSeconds = (at: number) => `${(at / 1e9).toFixed(6)} s`;

const describe = ({ method, keyId, replica, start, end, answer, error }: CallRecord) =>
  `${method} of ${keyId} on replica ${replica}, ${inSeconds(start)} to ${inSeconds(end)}: ${answer ?? error}`;
