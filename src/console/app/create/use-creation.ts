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

export interface Creation {
  readonly isSaving: boolean;
  readonly mistakes: Mistakes;
  readonly problem: Problem | undefined;
  readonly created: Created | undefined;
  /** Resolves to the mistakes that are there, for focus to go to. */
  readonly save: (draft: Draft) => Promise<Mistakes>;
}

type State = Omit<Creation, "save">;

const IDLE: State = { isSaving: false, mistakes: {}, problem: undefined, created: undefined };

export function useCreation(projectId: string): Creation {
  const [state, setState] = useState(IDLE);
  // Kept from try to try: the service then creates one key only, whatever became of the answers.
  const requestId = useRef(newRequestId());
  const save = async (draft: Draft): Promise<Mistakes> => {
    setState({ ...IDLE, isSaving: true });
    const request = requestFrom(draft, projectId, requestId.current);
    const mistakes = await findMistakes(draft, request);
    const next = Object.keys(mistakes).length > 0 ? { ...IDLE, mistakes } : await attempt(request);
    if (next.problem?.kind === "request-id") requestId.current = newRequestId();
    setState(next);
    return next.mistakes;
  };
  return { ...state, save };
}

async function attempt(request: ReturnType<typeof requestFrom>): Promise<State> {
  try {
    const { apiKey, key } = await client.createApiKey(request);
    if (!apiKey) throw new Error("the answer holds no key");
    return { ...IDLE, created: { apiKey, key } };
  } catch (error) {
    const problem = problemOf(error);
    return { ...IDLE, problem, mistakes: mistakesFrom(problem.fields) };
  }
}
