/** A replica set of three whose members reach each other through links of ours, so that they can be parted. */
import { MongoServerError } from "mongodb";
import type { MongodCommand } from "../../src/mongod/command.ts";
import { withDirectClient } from "../../src/mongod/initiate.ts";
import { type Member, type ReplicaSet, startReplicaSet } from "../../src/mongod/replica-set.ts";
import { type Heal, Link, type LinkState } from "./link.ts";

const MEMBERS = 3;

/** With test commands on, a member that connects to another names its own port. */
const OWN_PORT = /hostInfo\0.{4}[^\0]*:(\d+)\0/s;
const memberPortOf = (first: Buffer) => OWN_PORT.exec(first.toString("latin1"))?.[1] ?? "";

const running = new Set<Database>();
process.on("exit", () => {
  for (const { members } of running) {
    for (const member of members) if (member.running) process.kill(member.pid, "SIGKILL");
  }
});

export class Database {
  readonly set: ReplicaSet;
  /** In front of each member; what the set's configuration names. */
  readonly #links: readonly Link[];

  private constructor(set: ReplicaSet, links: readonly Link[]) {
    this.set = set;
    this.#links = links;
    running.add(this);
  }

  static async start(mongod: MongodCommand, directory: string): Promise<Database> {
    const links: Link[] = [];
    const advertise = async ({ index, port }: { index: number; port: number }) => {
      const link = await Link.open(port, memberPortOf);
      links[index] = link;
      return `127.0.0.1:${link.port}`;
    };
    try {
      const setParameter = { enableTestCommands: true };
      const set = await startReplicaSet({ mongod, directory, members: MEMBERS, advertise, setParameter });
      return new Database(set, links);
    } catch (error) {
      await Promise.all(links.map((link) => link.close()));
      throw error;
    }
  }

  get members(): readonly Member[] {
    return this.set.members;
  }

  /** The port under which clients are told to find a member. */
  advertisedPort(member: Member): number {
    return Number(member.host.split(":")[1]);
  }

  /** Parts one member from the others, both ways. Clients still reach it. */
  part(member: Member, state: LinkState): Heal {
    const heals = this.members.flatMap((other) => {
      if (other === member) return [];
      return [this.#hurt(member, other, state), this.#hurt(other, member, state)];
    });
    return (underWay) => {
      for (const heal of heals) heal(underWay);
    };
  }

  #hurt(from: Member, to: Member, state: LinkState): Heal {
    const link = this.#links[to.index];
    if (!link) throw new RangeError(`there is no member ${to.index}`);
    return link.hurt(state, `${from.port}`);
  }

  /** Makes the primary give its place up for so long, in seconds. False where it is none any more. */
  async stepDown(member: Member, seconds: number): Promise<boolean> {
    const command = { replSetStepDown: seconds, secondaryCatchUpPeriodSecs: 1, force: true };
    try {
      await this.#command(member, command);
      return true;
    } catch (error) {
      // The connection is closed by some versions when they step down; others are refused.
      return !(error instanceof MongoServerError);
    }
  }

  /** Whether the member, though another was elected, goes on in the belief that it is primary. */
  async believesItself(member: Member, believes: boolean): Promise<void> {
    const mode = believes ? "alwaysOn" : "off";
    await this.#command(member, { configureFailPoint: "blockHeartbeatStepdown", mode });
  }

  async #command(member: Member, command: Record<string, unknown>): Promise<void> {
    const limits = { serverSelectionTimeoutMS: 10_000, socketTimeoutMS: 15_000 };
    await withDirectClient(member.port, limits, (client) => client.db("admin").command(command));
  }

  /** Kills every member at once: its data is thrown away. */
  async close(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
    running.delete(this);
    await Promise.all(this.#links.map((link) => link.close()));
  }
}
