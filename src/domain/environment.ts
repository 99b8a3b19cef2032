/** The environments, numbered as in the contract (`Environment`), and how each stands in a key's text. */
export const ENVIRONMENTS = [
  { number: 1, name: "development", tag: "dev" },
  { number: 2, name: "staging", tag: "stg" },
  { number: 3, name: "production", tag: "prod" },
] as const;

export type EnvironmentNumber = (typeof ENVIRONMENTS)[number]["number"];
export type EnvironmentTag = (typeof ENVIRONMENTS)[number]["tag"];

export function environmentTag(number: number): EnvironmentTag {
  const environment = ENVIRONMENTS.find((e) => e.number === number);
  if (!environment) throw new RangeError(`no environment has the number ${number}`);
  return environment.tag;
}

export function environmentNamed(name: string): EnvironmentNumber | undefined {
  return ENVIRONMENTS.find((e) => e.name === name)?.number;
}
