import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { type MongodCommand, probeMongod } from "../command.ts";
import type { MongodSource, SourceContext } from "./source.ts";

/** A mongod that is already installed: the first one on the path. */
export const pathSource: MongodSource = {
  name: "mongod on the path",

  async local({ env, signal }: SourceContext): Promise<MongodCommand | undefined> {
    const command = await firstOnPath(env.PATH ?? "", "mongod");
    return command === undefined ? undefined : probeMongod(command, [], "the path", signal);
  },
};

async function firstOnPath(path: string, program: string): Promise<string | undefined> {
  for (const directory of path.split(delimiter).filter(Boolean)) {
    const candidate = join(directory, program);
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
