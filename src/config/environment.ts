/** From an environment to the values of the table, and everything that is wrong with it. */
import { readFileSync } from "node:fs";
import { BrokenRule } from "./parse.ts";
import { VARIABLES, type Values, type Variable } from "./variables.ts";

export interface ConfigProblem {
  readonly variable: string;
  /** The rule that is broken. Never repeats a value. */
  readonly rule: string;
}

/** Everything that is wrong with the configuration. Names variables and rules, never values. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, rule }) => `  - ${variable} ${rule}`);
    super(["The configuration cannot be used:", ...lines].join("\n"));
    this.problems = problems;
  }
}

/** Collects problems, the first of each variable: what follows from it would only confuse. */
export class Problems {
  readonly #found = new Map<string, ConfigProblem>();

  add(variable: string, rule: string): void {
    if (!this.#found.has(variable)) this.#found.set(variable, { variable, rule });
  }

  throwIfAny(): void {
    if (this.#found.size > 0) throw new ConfigError([...this.#found.values()]);
  }
}

/** Where there is a problem, the value is the default, and not to be used. */
export function readValues(env: NodeJS.ProcessEnv, problems: Problems): Values {
  refuseUnknown(env, problems);
  const read = Object.entries<Variable<unknown>>(VARIABLES).map(([field, variable]) => [
    field,
    readVariable(variable, env, problems),
  ]);
  return Object.fromEntries(read) as Values;
}

function readVariable<T>(variable: Variable<T>, env: NodeJS.ProcessEnv, problems: Problems): T | undefined {
  const text = textOf(variable, env, problems);
  try {
    if (text !== undefined) return variable.parse(text);
  } catch (error) {
    if (!(error instanceof BrokenRule)) throw error;
    problems.add(variable.name, error.message);
  }
  return variable.default === undefined ? undefined : variable.parse(variable.default);
}

const fileVariable = (name: string) => `${name}_FILE`;

/** A variable that is set to nothing counts as not set, as many tools leave it. */
function textOf(
  { name, secret }: Variable<unknown>,
  env: NodeJS.ProcessEnv,
  problems: Problems,
): string | undefined {
  const given = env[name] || undefined;
  const path = secret ? env[fileVariable(name)] || undefined : undefined;
  if (path === undefined) return given;
  if (given !== undefined) {
    problems.add(name, `and ${fileVariable(name)} are both set: set one of them`);
    return undefined;
  }
  return textOfFile(fileVariable(name), path, problems);
}

function textOfFile(variable: string, path: string, problems: Problems): string | undefined {
  try {
    const text = readFileSync(path, "utf8").trim();
    if (text !== "") return text;
    problems.add(variable, "names a file that is empty");
  } catch (error) {
    problems.add(variable, `names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return undefined;
}

/** What Kubernetes sets in every pod for a Service that is named keyfast or keyfast-something. */
const SERVICE_LINK = /^KEYFAST(?:_[A-Z0-9_]+)?_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?)$/;
const PORT_LINK = /^KEYFAST(?:_[A-Z0-9_]+)?_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?$/;
const PORT_LINK_VALUE = /^(?:(?:tcp|udp|sctp):\/\/|(?:tcp|udp|sctp)$|\d+$|[0-9a-f.:]+$)/i;

function isServiceLink(name: string, value: string): boolean {
  if (SERVICE_LINK.test(name)) return true;
  // `KEYFAST_PORT=8080` is somebody's mistake, `KEYFAST_PORT=tcp://10.0.0.1:80` is Kubernetes.
  if (/_PORT$/.test(name) && !/_\d+_(?:TCP|UDP|SCTP)_PORT$/.test(name)) {
    return PORT_LINK.test(name) && value.includes("://");
  }
  return PORT_LINK.test(name) && PORT_LINK_VALUE.test(value);
}

function refuseUnknown(env: NodeJS.ProcessEnv, problems: Problems): void {
  const known = new Set(
    Object.values(VARIABLES).flatMap(({ name, secret }) => (secret ? [name, fileVariable(name)] : [name])),
  );
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith("KEYFAST_") || known.has(name) || isServiceLink(name, value ?? "")) continue;
    problems.add(name, "is not a variable of Keyfast");
  }
}
