/** From the rules' paths and texts to the fields of the form and words for people. */
import type { CreateApiKeyRequest } from "../../../../gen/keyfast/v1/api_key_service_pb.ts";
import { containsKey, NO_KEY_RULE } from "../../../domain/key-outline.ts";
import type { FieldProblem } from "../api/problem.ts";
import type { Draft } from "./draft.ts";

export type FormField = "name" | "environment" | "expiry" | "permissions" | "other";

export type Mistakes = Partial<Record<FormField, string>>;

const FIELDS: readonly (readonly [RegExp, FormField])[] = [
  [/^display_name/, "name"],
  [/^environment/, "environment"],
  [/^expire_time/, "expiry"],
  [/^(?:access|restricted|unrestricted)/, "permissions"],
];

const fieldOf = (path: string) => FIELDS.find(([pattern]) => pattern.test(path))?.[1] ?? "other";

/** The rule for an enum speaks of numbers, which nobody has seen. */
const OWN_WORDS: Partial<Record<FormField, string>> = {
  environment: "Choose the environment that the key is for.",
};

const sentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

/** The first mistake of each field. */
export function mistakesFrom(problems: readonly FieldProblem[]): Mistakes {
  const found: Mistakes = {};
  for (const { field, message } of problems) {
    const name = fieldOf(field);
    found[name] ??= OWN_WORDS[name] ?? sentence(message);
  }
  return found;
}

/** By the contract's rules; none where they cannot be loaded or asked: then it is the server that says it. */
async function brokenRules(request: CreateApiKeyRequest): Promise<readonly FieldProblem[]> {
  try {
    const rules = await import("./rules.ts");
    return rules.brokenRules(request);
  } catch {
    return [];
  }
}

/** Told without a call, so that a key that was pasted by mistake does not leave the page. */
const secretsIn = ({ displayName }: CreateApiKeyRequest): FieldProblem[] =>
  containsKey(displayName) ? [{ field: "display_name", message: NO_KEY_RULE }] : [];

/** What the form alone knows, and what the contract's rules say. */
export async function findMistakes(draft: Draft, request: CreateApiKeyRequest): Promise<Mistakes> {
  const mistakes = mistakesFrom([...secretsIn(request), ...(await brokenRules(request))]);
  const isOpen = draft.expiry.choice === "custom" && draft.expiry.at === undefined;
  return isOpen ? { ...mistakes, expiry: "Choose when the key expires." } : mistakes;
}

/** Starts the loading ahead of the first use. */
export const loadRules = () => void import("./rules.ts").catch(() => {});
