/**
 * What several workers tell, as one page. What they count of calls is added up, and stays counted when a worker is late or
 * has ended: a sum that falls would look to Prometheus like a start from 0. The rest is of one process, and told of each that
 * answered.
 */
import { AggregatorRegistry } from "prom-client";
import { counter, type Family, gauge } from "./families.ts";

export class TeamPage {
  /** What each worker had counted when it answered last. */
  readonly #counts = new Map<number, readonly Family[]>();
  /** What those had counted that have ended since. */
  #ended: readonly Family[] = [];
  #silences = 0;

  /** To be told at once, before the worker can have ended. */
  note(worker: number, families: readonly Family[]): void {
    this.#counts.set(
      worker,
      families.filter(({ addsUp }) => addsUp),
    );
  }

  /** Another one may come under its number. */
  ended(worker: number): void {
    this.#ended = addUp([this.#ended, this.#counts.get(worker) ?? []]);
    this.#counts.delete(worker);
  }

  /** `answers`: of all workers that serve, by their numbers; undefined of those that were too late. */
  of(answers: ReadonlyMap<number, readonly Family[] | undefined>): readonly Family[] {
    const answered = [...answers].flatMap(([worker, families]) => (families ? [{ worker, families }] : []));
    this.#silences += answers.size - answered.length;
    const own = answered.map(({ worker, families }) => ofWorker(worker, families));
    return [
      gauge("keyfast_workers", "Workers whose processes this page tells of.", answered.length),
      counter("keyfast_workers_late_total", "Answers for this page that came too late.", this.#silences),
      ...addUp([this.#ended, ...this.#counts.values(), ...own]),
    ];
  }
}

/** Samples of one name and the same labels become one. */
function addUp(pages: readonly (readonly Family[])[]): readonly Family[] {
  const summed = pages.map((families) => families.map((family) => ({ ...family, aggregator: "sum" })));
  // Of what it takes and gives the library's types tell less than its description does.
  const registry = AggregatorRegistry.aggregate(summed as unknown as object[]);
  return registry.getMetricsAsArray() as unknown as Family[];
}

const ofWorker = (worker: number, families: readonly Family[]): Family[] =>
  families
    .filter(({ addsUp }) => !addsUp)
    .map((family) => ({
      ...family,
      values: family.values.map((sample) => ({ ...sample, labels: { worker, ...sample.labels } })),
    }));
