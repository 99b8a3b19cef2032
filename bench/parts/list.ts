/** List and search in a small project and in a very large one, one call at a time. */
import { LIST_KINDS, type ListKind, listCalls, type Project } from "../data/list-calls.ts";
import { writeCalls } from "../harness/calls-file.ts";
import type { GoalId } from "../harness/goals.ts";
import { LARGE_PROJECT, type Lab } from "../harness/lab.ts";
import { runLoader } from "../harness/loader.ts";
import { type Contender, measure } from "../harness/measure.ts";
import { allRuns, doubts, figure, type Part, type PartResult } from "../harness/part.ts";
import { column, interleave } from "../harness/repeats.ts";
import { apiKeyClient, operatorTarget, type Service } from "../harness/service.ts";
import type { Settings } from "../harness/settings.ts";
import { ratios } from "../harness/statistics.ts";
import { warmInTurn } from "../harness/warm-up.ts";

const SMALL_PROJECT = "small";
/** A call takes milliseconds: longer windows would tell nothing more. */
const MOST_WINDOW_MS = 3_000;
const ONE_AT_A_TIME = { connections: 1, streams: 1 } as const;

/** Those that are judged; the ratio of each kind is a figure. */
const GOALS: readonly (readonly [ListKind, GoalId])[] = [
  ["first page", "list.first"],
  ["deep page", "list.deep"],
  ["search, few", "list.few"],
  ["search, many", "list.many"],
];

const nameOf = (kind: ListKind, keys: number) => `${kind}, ${keys.toLocaleString("en")} keys`;

async function projectsOf(lab: Lab, service: Service): Promise<Project[]> {
  const client = apiKeyClient(service.grpcPort);
  const headers = { authorization: `Bearer ${lab.secrets.operatorToken}` };
  const list: Project["list"] = (request) => client.listApiKeys(request, { headers });
  const { smallProject, largeProject } = lab.settings;
  const small = { id: SMALL_PROJECT, keys: smallProject, list };
  return largeProject === undefined ? [small] : [small, { id: LARGE_PROJECT, keys: largeProject, list }];
}

async function contenderOf(lab: Lab, service: Service, project: Project, kind: ListKind): Promise<Contender> {
  const calls = await listCalls(project, kind);
  const file = await lab.file(`list-${project.id}-${LIST_KINDS.indexOf(kind)}`);
  await writeCalls(file, calls.length, calls);
  const target = operatorTarget(service.grpcPort, "ListApiKeys", lab.secrets, file);
  return { name: nameOf(kind, project.keys), pid: service.pid, ...target };
}

async function contendersOf(lab: Lab, service: Service): Promise<Contender[]> {
  await lab.storeKeys(lab.settings.smallProject, () => SMALL_PROJECT);
  await lab.largeProject();
  const contenders: Contender[] = [];
  for (const kind of LIST_KINDS) {
    for (const project of await projectsOf(lab, service)) {
      lab.say(`list: looking at the answers of ${nameOf(kind, project.keys)}`);
      contenders.push(await contenderOf(lab, service, project, kind));
    }
  }
  return contenders;
}

/** Each call of each project once. */
const onePassEach = (lab: Lab, contenders: readonly Contender[]) =>
  contenders.map(
    (contender) => () => runLoader(lab.cpus.load, contender, { ...ONE_AT_A_TIME, mode: "once" }),
  );

type Sizes = Pick<Settings, "smallProject" | "largeProject">;

/** `p95`: of a contender, in each repeat. */
export function figuresAndGoals(
  { smallProject, largeProject }: Sizes,
  p95: (name: string) => readonly number[],
): Pick<PartResult, "figures" | "goals"> {
  const sizes = largeProject === undefined ? [smallProject] : [smallProject, largeProject];
  const names = LIST_KINDS.flatMap((kind) => sizes.map((keys) => nameOf(kind, keys)));
  const times = names.map((name) => figure(`${name}, p95`, "us", p95(name)));
  if (largeProject === undefined) {
    return { figures: times, goals: Object.fromEntries(GOALS.map(([, goal]) => [goal, "full run only"])) };
  }
  const growth = (kind: ListKind) => ratios(p95(nameOf(kind, largeProject)), p95(nameOf(kind, smallProject)));
  const against = `p95 against ${smallProject.toLocaleString("en")}`;
  const ratioOf = (kind: ListKind) =>
    figure(`${nameOf(kind, largeProject)}, ${against}`, "ratio", growth(kind));
  return {
    figures: [...times, ...LIST_KINDS.map(ratioOf)],
    goals: Object.fromEntries(GOALS.map(([kind, goal]) => [goal, growth(kind)])),
  };
}

export const list: Part = {
  name: "list",
  summary: "List, deep pages and name search at 1,000 and at 1,000,000 keys",
  async run(lab) {
    const { repeats: count, rampMs: warmUpMs, windowMs, stealLimit } = lab.settings;
    await using service = await lab.startService();
    const contenders = await contendersOf(lab, service);
    await warmInTurn(lab, "List", onePassEach(lab, contenders));
    const watched = await lab.watched();
    const durationMs = Math.min(windowMs, MOST_WINDOW_MS);
    const load = { ...ONE_AT_A_TIME, mode: "closed", warmUpMs, durationMs } as const;
    const options = { repeats: count, stealLimit, say: lab.say };
    const repeats = await interleave(contenders, options, (contender) => measure(watched, contender, load));
    return {
      ...figuresAndGoals(lab.settings, (name) => column(repeats, name, (run) => run.latency.p95)),
      runs: allRuns(repeats),
      notes: doubts(repeats, stealLimit),
    };
  },
};
