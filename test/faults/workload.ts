/** The load of a fault run: creators, deleters, and clients that verify without pause what is being deleted. */
import { setTimeout as delay } from "node:timers/promises";
import { newKeyId } from "../../src/domain/key-text.ts";
import { pick, randomOf } from "../support/random.ts";
import type { Calls, Key } from "./calls.ts";
import { KeyPool } from "./key-pool.ts";

const CREATORS = 2;
const DELETERS = 3;
const VERIFIERS_OF_EACH_REPLICA = 3;
const PROBES_OF_EACH_REPLICA = 2;
const MAX_PROBES_OF_EACH_REPLICA = 150;
/** Keys that are never deleted: a share of all that are created, up to so many. */
const KEPT_SHARE = 0.15;
const MAX_KEPT = 200;
const PROJECTS = ["alpha", "beta"] as const;
/** Before a call that was not answered is made again, in milliseconds. */
const BACKOFF_MS = 50;
/** How long a deleter rests between two keys, in milliseconds, at most. */
const REST_MS = 60;

type Random = () => number;
type Project = (typeof PROJECTS)[number];
const otherThan = (project: string): Project => (project === "alpha" ? "beta" : "alpha");

export class Workload {
  readonly #calls: readonly Calls[];
  readonly #pool = new KeyPool();
  readonly #stop = new AbortController();
  /** Those under way, by replica. */
  readonly #probes: readonly Set<Promise<unknown>>[];
  readonly #clients: readonly Promise<void>[];

  /** Begins at once. */
  constructor(calls: readonly Calls[], seed: number) {
    this.#calls = calls;
    this.#probes = calls.map(() => new Set());
    const clients: ((random: Random) => Promise<void>)[] = [
      ...Array.from({ length: CREATORS }, () => (random: Random) => this.#create(random)),
      ...Array.from({ length: DELETERS }, () => (random: Random) => this.#delete(random)),
      ...calls.flatMap((own) =>
        Array.from(
          { length: VERIFIERS_OF_EACH_REPLICA },
          () => (random: Random) => this.#verify(own, random),
        ),
      ),
    ];
    this.#clients = clients.map((client, index) => client(randomOf(seed + index)));
  }

  /** Lets every call that is under way end. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#pool.close();
    await Promise.all(this.#clients);
    await Promise.all(this.#probes.flatMap((probes) => [...probes]));
  }

  get #running(): boolean {
    return !this.#stop.signal.aborted;
  }

  async #create(random: Random): Promise<void> {
    while (this.#running) {
      const key = await pick(random, this.#calls).create(pick(random, PROJECTS));
      if (!key) await delay(BACKOFF_MS);
      else if (random() < KEPT_SHARE && this.#pool.kept.length < MAX_KEPT) {
        this.#pool.kept.push(key);
        // What one replica has created, all accept at once.
        await Promise.all(this.#calls.map((calls) => calls.verify(key)));
      } else await this.#pool.offer(key);
    }
  }

  async #verify(calls: Calls, random: Random): Promise<void> {
    while (this.#running) {
      const key = this.#pool.choose(random);
      const outcome = key && (await calls.verify(key));
      if (outcome?.answer === undefined) await delay(BACKOFF_MS);
    }
  }

  async #delete(random: Random): Promise<void> {
    while (this.#running) {
      const key = await this.#pool.take();
      if (!key) return;
      await this.#erase(key, random);
      this.#pool.bury(key);
      await delay(random() * REST_MS);
    }
  }

  /** One key's end, in one of several ways. */
  async #erase(key: Key, random: Random): Promise<void> {
    const chance = random();
    if (chance < 0.1) await this.#deleteUnknown(key, random);
    if (chance > 0.9) await pick(random, this.#calls).delete({ ...key, projectId: otherThan(key.projectId) });
    // Reads that are on their way while the key is being deleted.
    if (random() < 0.3) this.#probe(key);
    if (random() < 0.25) {
      await Promise.all([this.#deleteUntilAnswered(key, random), this.#deleteUntilAnswered(key, random)]);
    } else await this.#deleteUntilAnswered(key, random);
    if (random() < 0.15) await this.#deleteUntilAnswered(key, random);
  }

  async #deleteUnknown({ projectId }: Key, random: Random): Promise<void> {
    await pick(random, this.#calls).delete({ projectId, keyId: newKeyId() });
  }

  /** Tries again, mostly on another replica; sometimes leaves it at an unknown outcome. */
  async #deleteUntilAnswered(key: Key, random: Random): Promise<void> {
    while (this.#running) {
      const { answer } = await pick(random, this.#calls).delete(key);
      // In the same tick in which the answer was written down: the earliest that anybody can ask.
      this.#probe(key);
      if (answer !== undefined || random() < 0.1) return;
      await delay(BACKOFF_MS);
    }
  }

  #probe(key: Key): void {
    for (const [index, probes] of this.#probes.entries()) {
      const calls = this.#calls[index];
      // A replica that is paused answers later, but not any number of calls.
      if (!calls || probes.size >= MAX_PROBES_OF_EACH_REPLICA) continue;
      const made = Array.from({ length: PROBES_OF_EACH_REPLICA }, () => calls.verify(key));
      for (const call of [...made, calls.list(key)]) {
        probes.add(call);
        void call.finally(() => probes.delete(call));
      }
    }
  }
}

/** Until the replica has created, accepted, deleted and refused a key. False where it did not before the signal. */
export async function isAlive(calls: Calls, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const key = await calls.create(PROJECTS[0]);
    const accepted = key && (await calls.verify(key)).answer === "VALID";
    const deleted = key && (await calls.delete(key)).answer === "OK";
    if (accepted && deleted) return true;
    await delay(BACKOFF_MS);
  }
  return false;
}
