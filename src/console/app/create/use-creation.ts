/** The way of one new key from the form to the service. */
import { useRef, useState } from "preact/hooks";
import type { ApiKey } from "../../../../gen/keyfast/v1/api_key_pb.ts";
import { client } from "../api/client.ts";
import { type Problem, problemOf } from "../api/problem.ts";
import { type Draft, requestFrom } from "./draft.ts";
import { findMistakes, type Mistakes, mistakesFrom } from "./mistakes.ts";
import { newRequestId } from "./request-id.ts";

export interface Created {
  readonly apiKey: ApiKey;
  /** The complete key; empty where an earlier attempt created it and its answer was lost. */
  readonly key: string;
}

/** What may be there of attempts that have not led to `created`. */
export type Leftover = "nothing" | "perhaps a key" | "a key";

export interface Creation {
  readonly isSaving: boolean;
  readonly mistakes: Mistakes;
  readonly problem: Problem | undefined;
  readonly leftover: Leftover;
  readonly created: Created | undefined;
  /** Resolves to the mistakes that are there, for focus to go to. */
  readonly save: (draft: Draft) => Promise<Mistakes>;
}

type Outcome = Pick<Creation, "mistakes" | "problem" | "created">;

const OPEN: Outcome = { mistakes: {}, problem: undefined, created: undefined };
const IDLE = { ...OPEN, isSaving: false, leftover: "nothing" as Leftover };

export function useCreation(projectId: string): Creation {
  const [state, setState] = useState(IDLE);
  // Kept from try to try: the service then creates one key only, whatever became of the answers.
  const requestId = useRef(newRequestId());
  const save = async (draft: Draft): Promise<Mistakes> => {
    setState(({ leftover }) => ({ ...OPEN, isSaving: true, leftover }));
    const request = requestFrom(draft, projectId, requestId.current);
    const mistakes = await findMistakes(draft, request);
    const next = Object.keys(mistakes).length > 0 ? { ...OPEN, mistakes } : await attempt(request);
    if (next.problem?.kind === "request-id") requestId.current = newRequestId();
    setState(({ leftover }) => ({ ...next, isSaving: false, leftover: leftoverAfter(next, leftover) }));
    return next.mistakes;
  };
  return { ...state, save };
}

/** An attempt that was refused, or not made at all, says nothing of the ones before it. */
function leftoverAfter({ problem }: Outcome, before: Leftover): Leftover {
  if (problem?.kind === "uncertain") return "perhaps a key";
  return problem?.kind === "request-id" ? "a key" : before;
}

async function attempt(request: ReturnType<typeof requestFrom>): Promise<Outcome> {
  try {
    const { apiKey, key } = await client.createApiKey(request);
    if (!apiKey) throw new Error("the answer holds no key");
    return { ...OPEN, created: { apiKey, key } };
  } catch (error) {
    const problem = problemOf(error);
    return { ...OPEN, problem, mistakes: mistakesFrom(problem.fields) };
  }
}
