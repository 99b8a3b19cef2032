/** Signing in and out: the one thing that is not an rpc, since only the server may see the cookie's inside. */
import { CONSOLE_HEADERS } from "./headers.ts";

export interface SignInMethods {
  readonly provider: boolean;
  readonly jwt: boolean;
  readonly operator: boolean;
}

export interface SignedIn {
  readonly signedIn: true;
  readonly kind: "operator" | "user";
  /** As `ApiKey.creator` names the caller. */
  readonly caller: string;
  readonly label: string;
  /** The project that was signed in to; empty where none was said. */
  readonly projectId: string;
  /** Those that a person administers; null: any. */
  readonly projects: readonly string[] | null;
  /** For how long the session need not be renewed, in milliseconds; null: it cannot be. */
  readonly freshForMs: number | null;
}

export interface SignedOut {
  readonly signedIn: false;
  /** There was a session, and it is over. */
  readonly hasEnded: boolean;
  readonly methods: SignInMethods;
}

export type SessionState = SignedIn | SignedOut;

/** What the server did not like, in words for people; `field` is the form's. */
export class SessionError extends Error {
  override readonly name = "SessionError";
  readonly field: string | undefined;

  constructor(message: string, field?: string) {
    super(message);
    this.field = field;
  }
}

const NO_CONNECTION = "There is no connection to the service. Try again in a moment.";

const TIMEOUT_MS = 20_000;
/** What the tabs of a browser know each other by. */
const CHANNEL = "keyfast-session";
/** When the session has to be renewed, by this browser's clock. */
let freshUntil = Number.POSITIVE_INFINITY;

function noteFreshness(state: SessionState): void {
  const lasts = state.signedIn ? state.freshForMs : null;
  freshUntil = lasts === null ? Number.POSITIVE_INFINITY : Date.now() + lasts;
}

async function call<T extends SessionState>(method: string, body?: object): Promise<T> {
  const response = await fetch("/console/session", {
    method,
    credentials: "same-origin",
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { ...CONSOLE_HEADERS, ...(body ? { "content-type": "application/json" } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  }).catch(() => {
    throw new SessionError(NO_CONNECTION);
  });
  const answer = (await response.json().catch(() => undefined)) as
    | (T & { error?: { message: string; field?: string } })
    | undefined;
  if (answer && response.ok) {
    noteFreshness(answer);
    return answer;
  }
  throw new SessionError(answer?.error?.message ?? NO_CONNECTION, answer?.error?.field);
}

/**
 * One at a time, over all tabs: reading renews where it is due, and each renewal needs what the one before left. Its
 * answer sets the cookie, so that one that came after signing out or in would undo that.
 */
const inTurn = <T extends SessionState>(method: string, body?: object): Promise<T> =>
  alone(() => call<T>(method, body));

let last: Promise<unknown> = Promise.resolve();

/** Browsers have locks in secure contexts only: over plain HTTP and away from loopback it is one at a time in this tab. */
function alone<T extends SessionState>(work: () => Promise<T>): Promise<T> {
  if ("locks" in navigator) return navigator.locks.request(CHANNEL, work);
  const done = last.then(work, work);
  last = done;
  return done;
}

export const readSession = () => inTurn<SessionState>("GET");

/** To be awaited before calls. Where it fails the call goes on, and its own answer is told. */
export async function renewSession(): Promise<void> {
  if (Date.now() >= freshUntil) await readSession().catch(() => {});
}

/** What it carries is no secret: who is signed in, or how one can. */
const tabs = new BroadcastChannel(CHANNEL);

function tellOthers<T extends SessionState>(state: T): T {
  tabs.postMessage(state);
  return state;
}

/** On arrival at the page: one may have come back from the provider as somebody whom the other tabs do not know. */
export async function readAndTell(): Promise<SessionState> {
  const state = await readSession();
  return state.signedIn ? tellOthers(state) : state;
}

export const signIn = async (projectId: string, credential: string) =>
  tellOthers(await inTurn<SignedIn>("POST", { projectId, credential }));

export const signOut = async () => tellOthers(await inTurn<SignedOut>("DELETE"));

/** Calls back when another tab of this browser has signed in or out, or been opened. Gives what stops that. */
export function onToldByOthers(act: (state: SessionState) => void): () => void {
  const listen = ({ data }: MessageEvent<SessionState>) => {
    // The cookie is of all tabs.
    noteFreshness(data);
    act(data);
  };
  tabs.addEventListener("message", listen);
  return () => tabs.removeEventListener("message", listen);
}
