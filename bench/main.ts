/** `npm run bench -- [--quick] [part ...]`: measures, prints the table of goals, writes `results/`. */
import { inspect } from "node:util";
import { type Arguments, readArguments } from "./harness/arguments.ts";
import { buildLoader } from "./harness/build-loader.ts";
import { checkoutThrough, readCheckout } from "./harness/checkout.ts";
import { pin, shareOut } from "./harness/cpus.ts";
import { Lab } from "./harness/lab.ts";
import { describeMachine } from "./harness/machine.ts";
import type { Part } from "./harness/part.ts";
import { publish } from "./harness/publish.ts";
import { formatGoals, formatPart, judgeGoals, type Outcome } from "./harness/report.ts";
import { saveResults } from "./harness/results.ts";
import { PARTS } from "./parts/index.ts";

const HELP = `npm run bench -- [options] [part ...]

Parts (all of them where none is named):
${PARTS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join("\n")}

Options:
  --quick              under five minutes: shorter runs, 10,000 keys, some goals left out
  --publish            measure nothing; write the figures of the last full run into the documents
  --against <folder>   measure the service of another checkout beside this one (part verify)
  --repeats <n>, --keys <n>, --window-ms <n>, --large-project <n>
                       other amounts; what is printed and written then says so`;

/** Progress goes to standard error, results to standard output. */
const progress = (line: string) => console.error(`[${new Date().toISOString().slice(11, 19)}] ${line}`);

async function runPart(part: Part, lab: Lab): Promise<Outcome> {
  progress(`${part.name}: ${part.summary}`);
  try {
    return await part.run(lab);
  } catch (error) {
    progress(inspect(error));
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

function heading({ settings: { mode }, custom }: Arguments): string {
  const change = custom ? " CHANGED BY OPTIONS: not the conditions of the goals" : "";
  return mode === "quick" || custom ? `${mode.toUpperCase()} RUN${change}\n` : "";
}

async function main(args: Arguments): Promise<boolean> {
  const began = new Date();
  const before = readCheckout();
  buildLoader();
  const cpus = shareOut();
  pin(cpus.load);
  const outcomes = new Map<string, Outcome>();
  await using lab = new Lab(args.settings, cpus, args.against, progress);
  let interrupted = false;
  const giveUp = () => {
    interrupted = true;
    void lab[Symbol.asyncDispose]().finally(() => process.exit(1));
  };
  process.once("SIGTERM", giveUp).once("SIGINT", giveUp);
  for (const part of PARTS.filter(({ name }) => args.parts.length === 0 || args.parts.includes(name))) {
    const outcome = await runPart(part, lab);
    // What a part says whose servers were taken away is no result, and must not replace one.
    if (interrupted) return false;
    outcomes.set(part.name, outcome);
    console.log(`${formatPart(part.name, outcome)}\n`);
  }
  const goals = judgeGoals(outcomes);
  const machine = describeMachine((await lab.database()).version, checkoutThrough(before, readCheckout()));
  console.log(heading(args) + formatGoals(goals));
  const path = await saveResults({ arguments: args, machine, began, outcomes, goals });
  console.log(`\nwritten to ${path}.json`);
  return [...outcomes.values()].every((outcome) => !("failure" in outcome));
}

function publishOrSayWhyNot(): void {
  const objections = publish();
  if (objections.length === 0) return;
  console.error(`the last full run is not published: ${objections.join("; ")}`);
  process.exitCode = 1;
}

const args = readArguments(
  process.argv.slice(2),
  PARTS.map(({ name }) => name),
);
if (args.help) console.log(HELP);
else if (args.publish) publishOrSayWhyNot();
else process.exitCode = (await main(args)) ? 0 : 1;
