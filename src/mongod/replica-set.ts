import { join } from "node:path";
import type { Document } from "mongodb";
import type { MongodCommand } from "./command.ts";
import { initiate, withDirectClient } from "./initiate.ts";
import { type MongodOptions, type MongodProcess, startMongod, startMongodOnFreePort } from "./process.ts";
import { until } from "./until.ts";

const NAME = "keyfast";

export interface ReplicaSetOptions {
  readonly mongod: MongodCommand;
  /** Holds one folder for each member. Made where it is missing, never removed. */
  readonly directory: string;
  readonly members: number;
  /** How long members do without a primary before they elect another, in milliseconds. By default 2000. */
  readonly electionTimeoutMillis?: number;
  /** WiredTiger's cache of each member in GB. By default the least that is possible, 0.25. */
  readonly cacheGb?: number;
  /** In MB, by default 64. */
  readonly oplogMb?: number;
  readonly setParameter?: MongodOptions["setParameter"];
  /**
   * Gives the `host:port` that clients and other members are told for a member that listens on `port` of 127.0.0.1, for
   * example that of a TCP proxy in front of it. The member itself connects there too, to know itself in the
   * configuration: it must answer when this resolves, and whenever the member is started again. What a proxy
   * cuts off is all that comes in for its member, but not what the member sends to others.
   */
  readonly advertise?: (member: {
    readonly index: number;
    readonly port: number;
  }) => Promise<string> | string;
}

/** One member of a replica set, to be hurt by tests. Each method resolves when it has taken effect. */
export interface Member {
  readonly index: number;
  /** Where it listens, which stays the same when it is started again. */
  readonly port: number;
  /** What the others and clients are told. */
  readonly host: string;
  /** Of the present process, or of the last one. */
  readonly pid: number;
  readonly running: boolean;
  /** Kills it without warning. */
  kill(): Promise<void>;
  /** Shuts it down cleanly. */
  stop(): Promise<void>;
  /** Freezes it: connections stay open, and nothing answers. */
  pause(): void;
  resume(): void;
  /** Starts it again on its data, until it listens (`ready` waits for more); stops it first where it runs. */
  restart(): Promise<void>;
}

export interface ReplicaSet {
  /** With all members, for a client that finds the primary itself. No credentials are needed. */
  readonly uri: string;
  readonly members: readonly Member[];
  /** The member that says it is primary, once there is one. Throws where there is none within a minute. */
  primary(): Promise<Member>;
  /** Waits until each running member is primary or a secondary that has all data. Throws after a minute. */
  ready(): Promise<void>;
  /** Shuts all members down, those that are paused too. */
  stop(): Promise<void>;
}

/** Starts a replica set on the loopback address without access control, and waits until every member is ready. */
export async function startReplicaSet(options: ReplicaSetOptions): Promise<ReplicaSet> {
  const members = await startMembers(options);
  const set: ReplicaSet = {
    uri: `mongodb://${members.map(({ host }) => host).join(",")}/?replicaSet=${NAME}`,
    members,
    primary: () => findPrimary(members),
    ready: () => untilReady(members),
    stop: async () => void (await Promise.all(members.map((member) => member.stop()))),
  };
  try {
    await withDirectClient(members[0]?.port ?? 0, {}, (client) =>
      initiate(client, {
        name: NAME,
        hosts: members.map(({ host }) => host),
        electionTimeoutMillis: options.electionTimeoutMillis ?? 2000,
      }),
    );
    await set.primary();
    // A member that still copies the data could not be elected, nor acknowledge a write.
    await set.ready();
    return set;
  } catch (error) {
    await set.stop();
    throw error;
  }
}

async function startMembers(options: ReplicaSetOptions): Promise<readonly StartedMember[]> {
  const indexes = Array.from({ length: options.members }, (_, index) => index);
  const results = await Promise.allSettled(indexes.map((index) => startMember(options, index)));
  const members = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failure = results.find((result) => result.status === "rejected");
  if (!failure) return members;
  await Promise.all(members.map((member) => member.stop()));
  throw failure.reason;
}

async function startMember(options: ReplicaSetOptions, index: number): Promise<StartedMember> {
  const settings: Omit<MongodOptions, "port"> = {
    directory: join(options.directory, `member-${index}`),
    replicaSet: NAME,
    cacheGb: options.cacheGb ?? 0.25,
    oplogMb: options.oplogMb ?? 64,
    ...(options.setParameter && { setParameter: options.setParameter }),
  };
  const started = await startMongodOnFreePort(options.mongod, settings);
  const { port } = started;
  try {
    const host = (await options.advertise?.({ index, port })) ?? `127.0.0.1:${port}`;
    return new StartedMember(options.mongod, { ...settings, port }, started, index, host);
  } catch (error) {
    await started.stop();
    throw error;
  }
}

class StartedMember implements Member {
  readonly index: number;
  readonly host: string;
  readonly #mongod: MongodCommand;
  readonly #options: MongodOptions;
  #process: MongodProcess;

  constructor(
    mongod: MongodCommand,
    options: MongodOptions,
    started: MongodProcess,
    index: number,
    host: string,
  ) {
    this.#mongod = mongod;
    this.#options = options;
    this.#process = started;
    this.index = index;
    this.host = host;
  }

  get port(): number {
    return this.#options.port;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process.running;
  }

  async kill(): Promise<void> {
    this.#process.signal("SIGKILL");
    await this.#process.exited;
  }

  async stop(): Promise<void> {
    // A frozen process sees a signal to end only once it goes on.
    this.resume();
    await this.#process.stop();
  }

  pause(): void {
    this.#process.signal("SIGSTOP");
  }

  resume(): void {
    this.#process.signal("SIGCONT");
  }

  async restart(): Promise<void> {
    await this.stop();
    this.#process = await startMongod(this.#mongod, this.#options);
  }
}

async function findPrimary(members: readonly Member[]): Promise<Member> {
  return until("the replica set has a primary", async () => {
    const elections = await Promise.all(members.map(wonElection));
    // One that was cut off may not know yet that it was replaced: the last election counts.
    const last = elections
      .filter((id) => id !== undefined)
      .toSorted()
      .at(-1);
    return last === undefined ? undefined : members[elections.indexOf(last)];
  });
}

async function untilReady(members: readonly Member[]): Promise<void> {
  await until("all members of the replica set are ready", async () => {
    const answers = await Promise.all(members.filter(({ running }) => running).map(hello));
    return answers.every((answer) => answer?.isWritablePrimary || answer?.secondary) ? true : undefined;
  });
}

/** The election that made this member primary, in an order that its text has too; undefined where it is none. */
async function wonElection(member: Member): Promise<string | undefined> {
  const answer = await hello(member);
  return answer?.isWritablePrimary === true ? String(answer.electionId) : undefined;
}

/** What the member says of itself; undefined where it is paused, dead, or does not answer soon. */
async function hello(member: Member): Promise<Document | undefined> {
  if (!member.running) return undefined;
  const limits = { serverSelectionTimeoutMS: 1000, connectTimeoutMS: 1000, socketTimeoutMS: 1000 };
  try {
    return await withDirectClient(member.port, limits, (client) => client.db("admin").command({ hello: 1 }));
  } catch {
    return undefined;
  }
}
