/** Counts calls in flat arrays, at next to no cost: they are made into text only when somebody asks. Pure. */
import { VerdictSchema } from "../../gen/keyfast/v1/api_key_pb.ts";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { ErrorReasonSchema } from "../../gen/keyfast/v1/error_reason_pb.ts";
import type { Reason } from "../domain/errors.ts";
import { Histogram } from "./histogram.ts";

/** How a call ended. */
export type Outcome = Reason | "OK";

const numbered = ({ values }: typeof VerdictSchema | typeof ErrorReasonSchema, prefix: string) =>
  values.map(({ name }) => name.replace(prefix, ""));

/** By their numbers in the contract; 0 is no verdict. */
export const VERDICTS: readonly string[] = numbered(VerdictSchema, "VERDICT_");
/** The reasons by their numbers in the contract, and in the place of none OK. */
export const OUTCOMES: readonly string[] = ["OK", ...numbered(ErrorReasonSchema, "ERROR_REASON_").slice(1)];
/** What counts calls of methods that there are not. */
export const UNKNOWN_METHOD = "unknown";

const outcomeIndex = new Map(OUTCOMES.map((outcome, index) => [outcome, index]));

class MethodMetrics {
  /** By the index in OUTCOMES. */
  readonly outcomes = new Float64Array(OUTCOMES.length);
  readonly duration = new Histogram();
}

export class CallMetrics {
  /** By the index in VERDICTS. */
  readonly verdicts = new Float64Array(VERDICTS.length);
  readonly methods: ReadonlyMap<string, MethodMetrics>;
  readonly #unknown = new MethodMetrics();

  constructor() {
    const known = ApiKeyService.methods.map(({ name }) => [name, new MethodMetrics()] as const);
    this.methods = new Map([...known, [UNKNOWN_METHOD, this.#unknown]]);
  }

  /** `method`: one that is not ours counts as unknown. `verdict`: 0 where there is none. `seconds`: how long it took. */
  record(method: string, outcome: Outcome, verdict: number, seconds: number): void {
    const { outcomes, duration } = this.methods.get(method) ?? this.#unknown;
    increment(outcomes, outcomeIndex.get(outcome));
    if (verdict > 0) increment(this.verdicts, verdict);
    duration.observe(seconds);
  }
}

/** What is written outside of a typed array is dropped, so that nothing unforeseen can fail a call. */
function increment(counts: Float64Array, index = counts.length): void {
  counts[index] = (counts[index] ?? 0) + 1;
}
