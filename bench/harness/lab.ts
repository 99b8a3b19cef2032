/** Everything that parts measure on: MongoDB, keys, servers. Made when first asked for, and all gone at the end. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pepper } from "../../src/domain/digest.ts";
import type { NewKey } from "../../src/domain/new-key.ts";
import type { Store } from "../../src/store/store.ts";
import { openStore } from "../../src/store/store.ts";
import { storeKeys } from "../data/keys.ts";
import { type Cpus, pin } from "./cpus.ts";
import { type Database, startDatabase } from "./database.ts";
import type { Watched } from "./measure.ts";
import { type Secrets, type Service, type ServiceOptions, startService } from "./service.ts";
import type { Settings } from "./settings.ts";

const PROJECTS = 100;
export const LARGE_PROJECT = "large";

export type LabServiceOptions = Partial<Omit<ServiceOptions, "uri" | "secrets">>;

export class Lab implements AsyncDisposable {
  readonly settings: Settings;
  readonly cpus: Cpus;
  readonly say: (line: string) => void;
  readonly secrets: Secrets = newSecrets();
  readonly #stack = new AsyncDisposableStack();
  readonly #made = new Map<string, Promise<unknown>>();
  /** A checkout of another state of the project, measured beside this one. */
  readonly against: string | undefined;

  constructor(settings: Settings, cpus: Cpus, against: string | undefined, say: (line: string) => void) {
    this.settings = settings;
    this.cpus = cpus;
    this.against = against;
    this.say = say;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  /** Runs `end` when the lab is closed, last come first served. */
  defer(end: () => Promise<unknown> | unknown): void {
    this.#stack.defer(async () => void (await end()));
  }

  directory(): Promise<string> {
    return this.once("directory", async () => {
      const path = await mkdtemp(join(tmpdir(), "keyfast-bench-"));
      this.defer(() => rm(path, { recursive: true, force: true }));
      return path;
    });
  }

  database(): Promise<Database> {
    return this.once("database", async () => {
      const database = await startDatabase(
        join(await this.directory(), "mongod"),
        this.cpus.database,
        this.say,
      );
      this.defer(() => database.stop());
      return database;
    });
  }

  /** The service's own store, on the database that it uses or on another one of the same MongoDB. */
  store(name = "keyfast"): Promise<Store> {
    return this.once(`store ${name}`, async () => {
      const store = await openStore((await this.database()).uri, name, [this.secrets.pepper]);
      this.defer(() => store.close());
      return store;
    });
  }

  /** The keys that are verified, spread over a hundred projects. */
  keys(): Promise<readonly NewKey[]> {
    return this.once("keys", () =>
      this.storeKeys(this.settings.keys, (index) => `project-${index % PROJECTS}`),
    );
  }

  async storeKeys(count: number, project: (index: number) => string, database?: string): Promise<NewKey[]> {
    this.say(`storing ${count.toLocaleString("en")} keys`);
    return storeKeys(await this.store(database), { count, project, pepper: this.secrets.pepper });
  }

  /** A project of its own with very many keys; undefined in runs that leave it out. */
  largeProject(): Promise<readonly NewKey[] | undefined> {
    return this.once("large project", async () => {
      const { largeProject: count } = this.settings;
      if (count === undefined) return undefined;
      const { keys } = await this.store();
      return this.#onAllProcessors(async () => {
        // Its index holds a score of entries for each key, and is far sooner built at the end.
        await keys.collection.dropIndex("search");
        const stored = await this.storeKeys(count, () => LARGE_PROJECT);
        this.say("building the index of names");
        await keys.createIndexes();
        return stored;
      });
    });
  }

  /** While nothing is measured, MongoDB need not leave the server's processor alone. */
  async #onAllProcessors<T>(work: () => Promise<T>): Promise<T> {
    const { pid } = await this.database();
    pin(this.cpus.all, pid);
    try {
      return await work();
    } finally {
      pin(this.cpus.database, pid);
    }
  }

  /** How many queries MongoDB has been sent so far. */
  async databaseQueries(): Promise<number> {
    const status = await (await this.store()).db.admin().serverStatus();
    return Number(status.opcounters.query);
  }

  async file(name: string): Promise<string> {
    return join(await this.directory(), `${name}.calls`);
  }

  /** A service of its own for one part, on the server's processor where nothing else is said. */
  async startService(options: LabServiceOptions = {}): Promise<Service> {
    const { uri } = await this.database();
    await this.store();
    const service = await startService({ cpus: this.cpus.server, ...options, uri, secrets: this.secrets });
    this.defer(() => service.stop());
    return service;
  }

  async watched(): Promise<Watched> {
    return { cpus: this.cpus, databasePid: (await this.database()).pid };
  }

  /** Makes what several parts share. What failed is tried anew by the next part that needs it. */
  async once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const made = this.#made.get(name) ?? make();
    this.#made.set(name, made);
    try {
      return (await made) as T;
    } catch (error) {
      this.#made.delete(name);
      throw error;
    }
  }
}

function newSecrets(): Secrets {
  const pepper: Pepper = { id: "bench", secret: randomBytes(32) };
  const token = () => randomBytes(32).toString("base64url");
  return { pepper, operatorToken: token(), serviceToken: token() };
}
