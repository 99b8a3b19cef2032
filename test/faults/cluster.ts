/** Everything that a fault run hurts: a replica set, replicas of the service, and a link from each of these to each member. */
import { randomBytes } from "node:crypto";
import { devNull } from "node:os";
import { basename } from "node:path";
import type { MongodCommand } from "../../src/mongod/command.ts";
import { freePort } from "../../src/mongod/free-port.ts";
import { Database } from "./database.ts";
import { type Heal, Link, type LinkState } from "./link.ts";
import { LINKS_VARIABLE } from "./links-variable.ts";
import { ReplicaProcess } from "./replica-process.ts";

export interface ReplicaSettings {
  readonly leaseMs: number;
  readonly cacheKeys: number;
}

export interface ClusterOptions {
  readonly mongod: MongodCommand;
  readonly directory: string;
  readonly barrier: boolean;
  /** Where each replica writes its log. */
  readonly logPaths: readonly string[];
  readonly replicas: readonly ReplicaSettings[];
  readonly onCrash: (replica: number) => void;
}

const FENCE_AFTER_MS = 400;
const SHUTDOWN_MS = 2_000;

const secret = () => randomBytes(32).toString("hex");

export class Cluster implements AsyncDisposable {
  readonly operatorToken = secret();
  readonly serviceToken = secret();
  readonly database: Database;
  readonly #pepper = `faults:${randomBytes(32).toString("base64")}`;
  readonly #replicas: ReplicaProcess[] = [];
  /** By replica, then by member. */
  readonly #links: Link[][] = [];

  private constructor(database: Database) {
    this.database = database;
  }

  /** Resolves when every replica takes calls. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(await Database.start(options.mongod, options.directory));
    try {
      for (const [index, settings] of options.replicas.entries()) {
        await cluster.#addReplica(index, settings, options);
      }
      await Promise.all(cluster.replicas.map((replica) => replica.start()));
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get replicas(): readonly ReplicaProcess[] {
    return this.#replicas;
  }

  /** Hurts the way of these replicas to these members, by their indexes. */
  hurtLinks(replicas: readonly number[], members: readonly number[], state: LinkState): Heal {
    const heals = replicas.flatMap((r) => members.map((m) => this.#link(r, m).hurt(state)));
    return (underWay) => {
      for (const heal of heals) heal(underWay);
    };
  }

  #link(replica: number, member: number): Link {
    const link = this.#links[replica]?.[member];
    if (!link) throw new RangeError(`there is no link from replica ${replica} to member ${member}`);
    return link;
  }

  async #addReplica(index: number, settings: ReplicaSettings, options: ClusterOptions): Promise<void> {
    const links: Link[] = [];
    this.#links.push(links);
    const ports: Record<string, number> = {};
    for (const member of this.database.members) {
      const link = await Link.open(member.port);
      links.push(link);
      ports[this.database.advertisedPort(member)] = link.port;
    }
    const grpcPort = await freePort();
    const replica = new ReplicaProcess({
      index,
      grpcPort,
      barrier: options.barrier,
      environment: { ...this.#environment(grpcPort, settings), [LINKS_VARIABLE]: JSON.stringify(ports) },
      logPath: options.logPaths[index] ?? devNull,
      title: `keyfast-replica-${index}-of-${basename(options.directory)}`,
      onCrash: () => options.onCrash(index),
    });
    this.#replicas.push(replica);
  }

  #environment(grpcPort: number, { leaseMs, cacheKeys }: ReplicaSettings): Record<string, string> {
    const service = { name: "fault-run", token: this.serviceToken };
    return {
      KEYFAST_HTTP_PORT: "0",
      KEYFAST_GRPC_PORT: `${grpcPort}`,
      KEYFAST_MONGODB_URI: this.database.set.uri,
      KEYFAST_PEPPER: this.#pepper,
      KEYFAST_OPERATOR_TOKENS: this.operatorToken,
      KEYFAST_SERVICE_TOKENS: JSON.stringify([service]),
      KEYFAST_LEASE_MS: `${leaseMs}`,
      KEYFAST_FENCE_AFTER_MS: `${FENCE_AFTER_MS}`,
      KEYFAST_SHUTDOWN_TIMEOUT_MS: `${SHUTDOWN_MS}`,
      KEYFAST_CACHE_KEYS: `${cacheKeys}`,
      KEYFAST_LOG_LEVEL: "warn",
    };
  }

  /** Kills everything: its data is thrown away. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.close()));
    await this.database.close();
    await Promise.all(this.#links.flat().map((link) => link.close()));
  }
}
