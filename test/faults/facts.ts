/** What a history shows beside its violations: how much was asked, how it was answered, and whether that proves anything. */
import type { CallRecord, HistoryRecord, RunRecord } from "./history.ts";

export interface Percentiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface ReplicaFacts {
  /** Answers to Verify. */
  readonly valid: number;
  readonly notFound: number;
  /** Calls of Verify without an answer, by what came instead. */
  readonly errors: Readonly<Record<string, number>>;
  /** From the end of the last fault until this replica had answered VALID, in milliseconds. */
  readonly recoveryMs: number | undefined;
}

export interface Facts {
  readonly run: RunRecord | undefined;
  readonly creates: number;
  /** Answered with OK or NOT_FOUND. */
  readonly deletes: number;
  /** Answers to Verify. */
  readonly verifies: number;
  /** Answers to calls that used a key as their credential. */
  readonly credentials: number;
  /** Asked about a key within a second after its Delete had been answered. */
  readonly asksSoonAfterDelete: number;
  /** Deletes, of those answered with a receipt, that had to wait for a fenced replica. */
  readonly deletesThatFenced: number;
  readonly deleteErrors: Readonly<Record<string, number>>;
  readonly deleteLatency: Percentiles | undefined;
  readonly verifyLatency: Percentiles | undefined;
  readonly replicas: readonly ReplicaFacts[];
  readonly faults: Readonly<Record<string, number>>;
  readonly faultCount: number;
}

const SOON_NS = 1e9;

class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    this.#counts.set(name, this.get(name) + 1);
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  get sum(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  toRecord(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort());
  }
}

class ReplicaCounter {
  readonly answers = new Tally();
  readonly errors = new Tally();
  /** When it first accepted a key that was asked about after the faults. */
  recoveredAt: number | undefined;
  deletesAfterHealing = 0;
}

/** What must be known of the whole history before its calls are counted. */
export interface Background {
  readonly healedAt: number | undefined;
  /** Which Delete of a key was answered first. */
  revocationOf(keyId: string): CallRecord | undefined;
}

export class FactsCounter {
  readonly #background: Background;
  readonly #replicas: ReplicaCounter[] = [];
  readonly #faults = new Tally();
  readonly #deleteErrors = new Tally();
  readonly #deleteNs: number[] = [];
  readonly #verifyNs: number[] = [];
  #run: RunRecord | undefined;
  #ended = false;
  #creates = 0;
  #credentials = 0;
  #soon = 0;
  #fencing = 0;

  constructor(background: Background) {
    this.#background = background;
  }

  add(record: HistoryRecord): void {
    if (record.type === "call") this.#addCall(record);
    else if (record.type === "fault") this.#faults.add(record.kind);
    else if (record.type === "end") this.#ended = true;
    else if (record.type === "run") this.#run = record;
  }

  #addCall(call: CallRecord): void {
    const isAnswered = call.answer !== undefined;
    if (call.method === "Create" && isAnswered) this.#creates++;
    if (call.method === "List" && isAnswered) this.#credentials++;
    if (call.method === "Delete") this.#addDelete(call);
    if (call.method === "Verify") this.#addVerify(call);
  }

  #addDelete(call: CallRecord): void {
    if (call.answer === undefined) {
      this.#deleteErrors.add(call.error ?? "");
      return;
    }
    this.#deleteNs.push(call.end - call.start);
    if ((call.fenced ?? 0) > 0) this.#fencing++;
    if (this.#isAfterHealing(call)) this.#replica(call.replica).deletesAfterHealing++;
  }

  #addVerify(call: CallRecord): void {
    const replica = this.#replica(call.replica);
    if (call.answer === undefined) {
      replica.errors.add(call.error ?? "");
      return;
    }
    replica.answers.add(call.answer);
    this.#verifyNs.push(call.end - call.start);
    const revoked = this.#background.revocationOf(call.keyId);
    if (revoked && call.start > revoked.end && call.start < revoked.end + SOON_NS) this.#soon++;
    if (call.answer === "VALID" && this.#isAfterHealing(call)) {
      replica.recoveredAt = Math.min(replica.recoveredAt ?? call.end, call.end);
    }
  }

  #isAfterHealing({ start }: CallRecord): boolean {
    return start > (this.#background.healedAt ?? Number.POSITIVE_INFINITY);
  }

  #replica(index: number): ReplicaCounter {
    this.#replicas[index] ??= new ReplicaCounter();
    return this.#replicas[index];
  }

  /** What is missing for the history to prove anything. */
  gaps(): string[] {
    const { verifies, deletes, asksSoonAfterDelete, faultCount } = this.result();
    const gaps = [
      ...(this.#ended ? [] : ["the history is cut off"]),
      ...(this.#background.healedAt !== undefined ? [] : ["the faults were never taken back"]),
      ...(faultCount > 0 ? [] : ["there were no faults"]),
      ...(deletes > 0 ? [] : ["no Delete was answered"]),
      ...(verifies > 0 ? [] : ["no Verify was answered"]),
      ...(asksSoonAfterDelete > 0 ? [] : ["nobody asked about a key soon after its Delete"]),
    ];
    const expected = this.#run?.replicas.length ?? 0;
    if (expected === 0) gaps.push("no replicas are named");
    for (let index = 0; index < expected; index++) gaps.push(...this.#gapsOf(index));
    return gaps;
  }

  #gapsOf(index: number): string[] {
    const { answers, recoveredAt, deletesAfterHealing } = this.#replica(index);
    return [
      ...(answers.get("VALID") > 0 ? [] : [`replica ${index} never answered VALID`]),
      ...(recoveredAt !== undefined
        ? []
        : [`replica ${index} did not answer VALID again after the last fault`]),
      ...(deletesAfterHealing > 0 ? [] : [`replica ${index} did not delete again after the last fault`]),
    ];
  }

  result(): Facts {
    return {
      run: this.#run,
      creates: this.#creates,
      deletes: this.#deleteNs.length,
      verifies: this.#verifyNs.length,
      credentials: this.#credentials,
      asksSoonAfterDelete: this.#soon,
      deletesThatFenced: this.#fencing,
      deleteErrors: this.#deleteErrors.toRecord(),
      deleteLatency: percentilesOf(this.#deleteNs),
      verifyLatency: percentilesOf(this.#verifyNs),
      replicas: Array.from(this.#replicas, (replica) => this.#factsOf(replica ?? new ReplicaCounter())),
      faults: this.#faults.toRecord(),
      faultCount: this.#faults.sum,
    };
  }

  #factsOf({ answers, errors, recoveredAt }: ReplicaCounter): ReplicaFacts {
    const healedAt = this.#background.healedAt ?? 0;
    return {
      valid: answers.get("VALID"),
      notFound: answers.get("NOT_FOUND"),
      errors: errors.toRecord(),
      recoveryMs: recoveredAt === undefined ? undefined : (recoveredAt - healedAt) / 1e6,
    };
  }
}

function percentilesOf(durationsNs: readonly number[]): Percentiles | undefined {
  if (durationsNs.length === 0) return undefined;
  const sorted = Float64Array.from(durationsNs).sort();
  const at = (share: number) => (sorted[Math.ceil(share * sorted.length) - 1] ?? 0) / 1e6;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
