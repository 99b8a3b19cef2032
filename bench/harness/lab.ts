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
import { constantAnswer, constantCalls, verifyCalls } from "../data/verify-calls.ts";
import { writeCalls } from "./calls-file.ts";
import { startServer } from "./children.ts";
import { type Cpus, pin } from "./cpus.ts";
import { type Database, startDatabase } from "./database.ts";
import { runLoader } from "./loader.ts";
import type { Contender, Watched } from "./measure.ts";
import { type Secrets, type Service, startService, verifyTarget } from "./service.ts";
import { FILLING_LOAD, PEAK_LOAD, type Settings } from "./settings.ts";

const SERVERS = join(import.meta.dirname, "../servers");
const PROJECTS = 100;
export const LARGE_PROJECT = "large";

export interface Started {
  readonly contender: Contender;
  readonly stop: () => Promise<void>;
}

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
    return this.#once("directory", async () => {
      const path = await mkdtemp(join(tmpdir(), "keyfast-bench-"));
      this.defer(() => rm(path, { recursive: true, force: true }));
      return path;
    });
  }

  database(): Promise<Database> {
    return this.#once("database", async () => {
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
    return this.#once(`store ${name}`, async () => {
      const store = await openStore((await this.database()).uri, name, [this.secrets.pepper]);
      this.defer(() => store.close());
      return store;
    });
  }

  /** The keys that are verified, spread over a hundred projects. */
  keys(): Promise<readonly NewKey[]> {
    return this.#once("keys", () =>
      this.storeKeys(this.settings.keys, (index) => `project-${index % PROJECTS}`),
    );
  }

  async storeKeys(count: number, project: (index: number) => string, database?: string): Promise<NewKey[]> {
    this.say(`storing ${count.toLocaleString("en")} keys`);
    return storeKeys(await this.store(database), { count, project, pepper: this.secrets.pepper });
  }

  /** A project of its own with very many keys; undefined in runs that leave it out. */
  largeProject(): Promise<readonly NewKey[] | undefined> {
    return this.#once("large project", async () => {
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

  verifyFile(): Promise<string> {
    return this.#once("verify file", async () => {
      const keys = await this.keys();
      const path = await this.file("verify");
      await writeCalls(path, keys.length, verifyCalls(keys));
      return path;
    });
  }

  #constantFile(): Promise<string> {
    return this.#once("constant file", async () => {
      const keys = await this.keys();
      const path = await this.file("constant");
      await writeCalls(path, keys.length, constantCalls(verifyCalls(keys), constantAnswer(keys)));
      return path;
    });
  }

  floor(): Promise<Contender> {
    return this.#once("floor", async () => (await this.startFloor()).contender);
  }

  connectNode(): Promise<Contender> {
    return this.#once("connect-node", async () => (await this.#startOther("connect-node")).contender);
  }

  grpcJs(): Promise<Contender> {
    return this.#once("grpc-js", async () => (await this.#startOther("grpc-js")).contender);
  }

  startFloor(nodeOptions: readonly string[] = []): Promise<Started> {
    return this.#startOther("floor", nodeOptions);
  }

  /** One of the servers that always give the same answer, warm. */
  async #startOther(name: string, nodeOptions: readonly string[] = []): Promise<Started> {
    const answer = Buffer.from(constantAnswer(await this.keys())).toString("base64");
    const { child, port } = await startServer({
      cpus: this.cpus.server,
      command: process.execPath,
      args: [...nodeOptions, join(SERVERS, `${name}.ts`)],
      env: { BENCH_ANSWER: answer },
    });
    const stop = () => child.stop();
    this.defer(stop);
    const target = verifyTarget(port, this.secrets, await this.#constantFile());
    return { contender: await this.warm({ name, pid: child.pid, ...target }), stop };
  }

  /** The service as a user starts it, with all keys in memory. */
  keyfast(): Promise<Contender> {
    return this.#once("keyfast", async () => (await this.startWarmService()).contender);
  }

  /** The service from the other checkout. */
  keyfastAgainst(root: string): Promise<Contender> {
    return this.#once("keyfast against", async () => {
      const { contender } = await this.startWarmService({ root });
      return { ...contender, name: "keyfast (against)" };
    });
  }

  async startWarmService(options: Parameters<Lab["startService"]>[0] = {}): Promise<Started> {
    const calls = await this.verifyFile();
    const service = await this.startService(options);
    const target = verifyTarget(service.grpcPort, this.secrets, calls);
    const contender = { name: "keyfast", pid: service.pid, ...target };
    const stop = () => service.stop();
    try {
      await this.callEach(contender);
      return { contender: await this.warm(contender), stop };
    } catch (error) {
      await stop();
      throw error;
    }
  }

  /** A service of its own for one part, on the server's processor where nothing else is said. */
  async startService(options: {
    readonly root?: string;
    readonly cpus?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly nodeOptions?: readonly string[];
    readonly onLine?: (line: string) => void;
  }): Promise<Service> {
    const { uri } = await this.database();
    await this.store();
    const service = await startService({ cpus: this.cpus.server, ...options, uri, secrets: this.secrets });
    this.defer(() => service.stop());
    return service;
  }

  /** Makes each call of the file once; how many queries MongoDB got for each. */
  async callEach(contender: Contender): Promise<number> {
    const before = await this.databaseQueries();
    const { calls } = await runLoader(this.cpus.load, contender, FILLING_LOAD);
    return ((await this.databaseQueries()) - before) / calls;
  }

  /** Loads it for as long as the settings say: young code is slow code. */
  async warm(contender: Contender): Promise<Contender> {
    this.say(`warming up ${contender.name}`);
    await runLoader(this.cpus.load, contender, { ...PEAK_LOAD, durationMs: this.settings.warmUpMs });
    return contender;
  }

  async watched(): Promise<Watched> {
    return { cpus: this.cpus, databasePid: (await this.database()).pid };
  }

  /** What failed is tried anew by the next part that needs it. */
  async #once<T>(name: string, make: () => Promise<T>): Promise<T> {
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
