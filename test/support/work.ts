/**
 * How much MongoDB examines. It tells so itself, in its profile, of each command as it was run: the same figures as
 * `explain`, without a second spelling of every query in a test.
 */
import type { Db, Document } from "mongodb";
import { expect } from "vitest";

export interface Work {
  readonly indexKeys: number;
  readonly documents: number;
}

export interface Worked<T> {
  readonly result: T;
  /** Of all commands on keys. */
  readonly work: Work;
  /** Of those among them that read what a page consists of: without counts, and without what callers cost. */
  readonly pageWork: Work;
}

/** Lists name the index that they read, which nothing else does. */
function isOfPage({ command, originatingCommand }: Document): boolean {
  const { hint, count, pipeline = [] } = originatingCommand ?? command;
  const isCount = count !== undefined || pipeline.some((stage: Document) => "$group" in stage);
  return hint !== undefined && !isCount;
}

function sum(commands: readonly Document[]): Work {
  const total = (field: string) => commands.reduce((so, command) => so + (command[field] ?? 0), 0);
  return { indexKeys: total("keysExamined"), documents: total("docsExamined") };
}

/** What `act` costs, where nothing else uses the database's keys meanwhile. */
export async function workOf<T>(db: Db, act: () => Promise<T>): Promise<Worked<T>> {
  const profile = db.collection("system.profile");
  await profile.drop().catch(() => undefined);
  await db.command({ profile: 2 });
  const result = await act().finally(() => db.command({ profile: 0 }));
  const commands = await profile.find({ ns: `${db.databaseName}.keys` }).toArray();
  expect(commands.length).toBeGreaterThan(0);
  return { result, work: sum(commands), pageWork: sum(commands.filter(isOfPage)) };
}
