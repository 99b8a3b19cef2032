/** How the process tells, in its last words, why it does not serve. */
import { MongoError } from "mongodb";
import { ConfigError } from "./config.ts";
import { KeyfastError } from "./domain/errors.ts";
import { LocalSecretError } from "./local-secrets.ts";
import { scrub } from "./log.ts";
import { MongodNotFoundError } from "./mongod/binary.ts";
import { FolderInUseError } from "./mongod/local.ts";
import { MongodStartError } from "./mongod/process.ts";
import { ListenError } from "./server/listen.ts";
import { DeploymentError } from "./store/connection.ts";

/** 0 is a clean stop; anything that was not foreseen is 1. */
const UNFORESEEN = 1;
const CONFIGURATION = 2;
const DATABASE = 3;

const CONFIGURATION_ERRORS = [ConfigError, LocalSecretError, FolderInUseError, ListenError];
const DATABASE_ERRORS = [DeploymentError, KeyfastError, MongoError, MongodNotFoundError, MongodStartError];

export interface StartupFault {
  readonly exitCode: number;
  /** For people: what is wrong, and no stack where the fault is not ours. */
  readonly text: string;
}

/** What a worker said of itself, for the process that started it. */
export class WorkerStartError extends Error {
  override readonly name = "WorkerStartError";
  readonly fault: StartupFault;

  constructor(fault: StartupFault) {
    super(fault.text);
    this.fault = fault;
  }
}

export function startupFault(error: unknown): StartupFault {
  const isOne = (kinds: readonly (abstract new (...args: never[]) => Error)[]) =>
    kinds.some((kind) => error instanceof kind);
  if (error instanceof WorkerStartError) return error.fault;
  if (isOne(CONFIGURATION_ERRORS)) return { exitCode: CONFIGURATION, text: messages(error) };
  if (isOne(DATABASE_ERRORS)) return { exitCode: DATABASE, text: `MongoDB: ${messages(error)}` };
  return { exitCode: UNFORESEEN, text: scrub(error instanceof Error ? String(error.stack) : String(error)) };
}

/** The error's own words, then those of what caused it: "cannot be reached" is of use with an address only. */
function messages(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return scrub(error.message + cause);
}
