/** How each planned fault is done to a cluster, and how it is taken back. */
import type { Member } from "../../src/mongod/replica-set.ts";
import type { Cluster } from "./cluster.ts";
import type { LinkState } from "./link.ts";
import type { FaultKind, PlannedFault } from "./schedule.ts";

export interface Injected {
  /** What was hurt, for people. */
  readonly target: string;
  /** Takes it back; resolves when what was hurt works again. */
  heal(): Promise<void>;
}

type Injection = (cluster: Cluster, fault: PlannedFault) => Promise<Injected>;

const INJECTIONS: Readonly<Record<FaultKind, Injection>> = {
  "replica killed": async (cluster, fault) => {
    const { target, all } = replicasOf(cluster, fault);
    await Promise.all(all.map((replica) => replica.kill()));
    return { target, heal: async () => void (await Promise.all(all.map((replica) => replica.start()))) };
  },
  "replica stopped": async (cluster, fault) => {
    const { target, all } = replicasOf(cluster, fault);
    await Promise.all(all.map((replica) => replica.stop()));
    return { target, heal: async () => void (await Promise.all(all.map((replica) => replica.start()))) };
  },
  "replica paused": async (cluster, fault) => {
    const { target, all } = replicasOf(cluster, fault);
    for (const replica of all) replica.pause();
    return {
      target,
      heal: async () => {
        for (const replica of all) replica.resume();
      },
    };
  },
  "link cut": (cluster, fault) => hurtLinks(cluster, fault, { kind: "cut" }),
  "link stalled": (cluster, fault) => hurtLinks(cluster, fault, { kind: "stalled" }),
  "link deaf": (cluster, fault) => hurtLinks(cluster, fault, { kind: "deaf" }),
  "link slow": (cluster, fault) => hurtLinks(cluster, fault, { kind: "slow", delayMs: fault.delayMs }),
  "primary stepped down": async ({ database }, { holdMs }) => {
    const primary = await database.set.primary();
    await database.stepDown(primary, Math.ceil(holdMs / 1000));
    return { target: nameOf(primary), heal: () => database.set.ready() };
  },
  "primary killed": async (cluster) => killMember(cluster, await cluster.database.set.primary()),
  "secondary killed": async (cluster) => killMember(cluster, await secondaryOf(cluster)),
  "primary paused": async ({ database }) => {
    const primary = await database.set.primary();
    primary.pause();
    return {
      target: nameOf(primary),
      heal: async () => {
        primary.resume();
        await database.set.ready();
      },
    };
  },
  "primary parted": async (cluster, fault) => partPrimary(cluster, fault, false),
  "primary superseded": async (cluster, fault) => partPrimary(cluster, fault, true),
};

/** Does it, and tells how to take it back. */
export const inject = (cluster: Cluster, fault: PlannedFault) => INJECTIONS[fault.kind](cluster, fault);

const nameOf = (member: Member) => `member ${member.index}`;

function replicasOf(cluster: Cluster, { replicas }: PlannedFault) {
  const all = cluster.replicas.filter(({ index }) => replicas.includes(index));
  return { all, target: namesOf(replicas) };
}

const namesOf = (replicas: readonly number[]) => `replica ${[...replicas].sort().join(", ")}`;

async function hurtLinks(cluster: Cluster, fault: PlannedFault, state: LinkState): Promise<Injected> {
  const { replicas, underWay } = fault;
  const { database } = cluster;
  const members = fault.members === "all" ? database.members : [await database.set.primary()];
  const heal = cluster.hurtLinks(replicas, indexesOf(members), state);
  const target = `${namesOf(replicas)} to ${members.map(nameOf).join(", ")}`;
  return { target, heal: async () => heal(underWay) };
}

const indexesOf = (members: readonly Member[]) => members.map(({ index }) => index);

async function killMember({ database }: Cluster, member: Member): Promise<Injected> {
  await member.kill();
  return {
    target: nameOf(member),
    heal: async () => {
      await member.restart();
      await database.set.ready();
    },
  };
}

async function secondaryOf({ database }: Cluster): Promise<Member> {
  const primary = await database.set.primary();
  const secondary = database.members.find((member) => member !== primary);
  if (!secondary) throw new RangeError("the replica set has one member only");
  return secondary;
}

/**
 * The primary and some replicas on one side, the other members and replicas on the other, where another primary is
 * elected. Superseded: until it is healed the first one does not notice, though it could.
 */
async function partPrimary(cluster: Cluster, fault: PlannedFault, unnoticed: boolean): Promise<Injected> {
  const { database, replicas } = cluster;
  const primary = await database.set.primary();
  const others = database.members.filter((member) => member !== primary);
  const withOthers = replicas.map(({ index }) => index).filter((index) => !fault.replicas.includes(index));
  if (unnoticed) await database.believesItself(primary, true);
  const heals = [
    database.part(primary, fault.state),
    cluster.hurtLinks(fault.replicas, indexesOf(others), fault.state),
    cluster.hurtLinks(withOthers, [primary.index], fault.state),
  ];
  return {
    target: `${nameOf(primary)} with ${namesOf(fault.replicas)}`,
    heal: async () => {
      for (const heal of heals) heal(fault.underWay);
      if (unnoticed) await database.believesItself(primary, false);
      await database.set.ready();
    },
  };
}
