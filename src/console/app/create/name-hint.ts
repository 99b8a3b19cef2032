/** A name says what the key is for and where: what could be better about the one that has been entered. */
import { Environment } from "../../../../gen/keyfast/v1/api_key_pb.ts";
import { environmentTitle } from "../model/environments.ts";
import type { Draft } from "./draft.ts";

const { DEVELOPMENT, STAGING, PRODUCTION } = Environment;

/** In code points, as the contract has it. */
const MAX_NAME_LENGTH = 100;

/** What people call environments. Tests are run in several. */
const WORDS: Readonly<Record<string, readonly Environment[]>> = {
  dev: [DEVELOPMENT],
  develop: [DEVELOPMENT],
  development: [DEVELOPMENT],
  test: [DEVELOPMENT, STAGING],
  testing: [DEVELOPMENT, STAGING],
  stg: [STAGING],
  stage: [STAGING],
  staging: [STAGING],
  prod: [PRODUCTION],
  production: [PRODUCTION],
};

/** Whole words only: a product is not production. */
const environmentsIn = (name: string) =>
  name.split(/\P{L}+/u).flatMap((word) => {
    const key = word.toLowerCase();
    return Object.hasOwn(WORDS, key) ? (WORDS[key] ?? []) : [];
  });

/** The hint shows how with what has been entered. */
export function nameHint({ name, environment }: Pick<Draft, "name" | "environment">): string {
  const bare = name.trim();
  const said = environmentsIn(bare);
  const isFine = bare === "" || environment === Environment.UNSPECIFIED || said.includes(environment);
  if (isFine) return "Say what the key is for, and where: CRM_Production, Mobile_App_Staging.";
  const title = environmentTitle(environment);
  const [other] = said;
  if (other !== undefined) return `The name says ${environmentTitle(other)}, the key is for ${title}.`;
  const better = `${bare.replaceAll(/\s+/g, "_")}_${title}`;
  return Array.from(better).length > MAX_NAME_LENGTH
    ? `${title} in the name would also say where the key is used.`
    : `${better} would also say where it is used.`;
}
