/**
 * How much MongoDB examines. It tells so itself, in its profile, of each command as it was run: the same figures as
 * `explain`, without a second spelling of every query in a test.
 */
import type { Db, Document } from "mongodb";
import { expect } from "vitest";
import { MAX_CANDIDATES } from "../../src/store/name-search.ts";
import { MAX_TOTAL } from "../../src/store/page.ts";

export interface Work {
  readonly indexKeys: number;
  readonly documents: number;
}

export interface Worked<T> {
  readonly result: T;
  /** Of all commands on keys. */
  readonly work: Work;
  /** Of those among them that find what a page consists of: without the total, and without what callers cost. */
  readonly pageWork: Work;
  /** Of each of those that count for the total. */
  readonly counts: readonly Work[];
}

/** Lists name the index that they read, which nothing else does. */
const isOfList = ({ command, originatingCommand }: Document) =>
  (originatingCommand ?? command).hint !== undefined;

/** What counts, and looks further than any page may, is for the total. Of the index of names it reads what it counts. */
function isCount({ command, originatingCommand }: Document): boolean {
  const { count, hint, limit = 0, pipeline = [] } = originatingCommand ?? command;
  if (count !== undefined) return limit > MAX_CANDIDATES + 1;
  return (
    (hint === "search" && limit > MAX_TOTAL) || pipeline.some((stage: Document) => stage.$group !== undefined)
  );
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
  const ofList = commands.filter(isOfList);
  return {
    result,
    work: sum(commands),
    pageWork: sum(ofList.filter((command) => !isCount(command))),
    counts: ofList.filter(isCount).map((command) => sum([command])),
  };
}
