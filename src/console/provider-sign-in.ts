/** The way to the OpenID Connect provider and back. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { isPageAddress } from "./addresses.ts";
import { answerRedirect, answerText } from "./answers.ts";
import { ATTEMPT_MS, dropAttempt, keepAttempt, readAttempt } from "./attempt-cookies.ts";
import { CookieTooLargeError } from "./cookies.ts";
import { type ConsoleCaller, identify } from "./identify.ts";
import {
  type Provider,
  type ProviderTokens,
  type SignInAttempt,
  SignInRefusedError,
  type TokenKind,
} from "./oidc.ts";
import type { ConsoleOptions } from "./options.ts";
import { Sealer } from "./seal.ts";
import { newSession, type Sessions } from "./sessions.ts";
import type { SignInOutcome } from "./sign-in-outcome.ts";

export const CALLBACK_PATH = "/console/callback";
/** A search of 100 characters takes up to 1,200 here, and a page's token comes on top. */
const MAX_RETURN_LENGTH = 2_000;

/** What a session is made from. */
interface Chosen {
  readonly credential: string;
  readonly caller: ConsoleCaller;
  readonly tokenKind: TokenKind;
}

export class ProviderSignIn {
  readonly #options: ConsoleOptions;
  readonly #sessions: Sessions;
  readonly #provider: Provider;
  readonly #sealer: Sealer;

  constructor(options: ConsoleOptions, sessions: Sessions, provider: Provider) {
    this.#options = options;
    this.#sessions = sessions;
    this.#provider = provider;
    this.#sealer = new Sealer(options.peppers, "sign-in");
  }

  async begin(request: IncomingMessage, response: ServerResponse, origin: string): Promise<void> {
    // Nobody is to be signed in, as whomever the provider knows, by a page of somebody else.
    if (request.headers["sec-fetch-site"] === "cross-site") {
      return answerText(response, 403, "Signing in starts at the console's own page");
    }
    const returnTo = safeReturn(new URL(request.url ?? "/", origin).searchParams.get("return") ?? "/");
    try {
      const { url, attempt } = await this.#provider.begin(`${origin}${CALLBACK_PATH}`, returnTo);
      const sealed = await this.#sealer.seal(attempt, Date.now() + ATTEMPT_MS);
      keepAttempt(request, response, origin, { state: attempt.state, sealed });
      answerRedirect(response, url.href);
    } catch (error) {
      this.#options.onFault(error);
      answerRedirect(response, outcomePath("failed", returnTo));
    }
  }

  async finish(request: IncomingMessage, response: ServerResponse, origin: string): Promise<void> {
    const callback = new URL(request.url ?? "/", origin);
    const attempt = await this.#takeAttempt(request, response, origin, callback);
    if (!attempt) return answerRedirect(response, outcomePath("stale", "/"));
    try {
      const tokens = await this.#provider.finish(callback, attempt);
      const isSignedIn = await this.#signIn(request, response, origin, tokens);
      answerRedirect(response, isSignedIn ? attempt.returnTo : outcomePath("failed", attempt.returnTo));
    } catch (error) {
      const isRefusal = error instanceof SignInRefusedError;
      if (!isRefusal) this.#options.onFault(error);
      answerRedirect(response, outcomePath(isRefusal ? "denied" : "failed", attempt.returnTo));
    }
  }

  /** The one that the provider answers to; others, of other tabs, stay. Undefined where there is none any more. */
  async #takeAttempt(
    request: IncomingMessage,
    response: ServerResponse,
    origin: string,
    { searchParams }: URL,
  ): Promise<SignInAttempt | undefined> {
    const state = searchParams.get("state") ?? "";
    const sealed = readAttempt(request, origin, state);
    if (sealed === undefined) return undefined;
    dropAttempt(request, response, origin, state);
    const attempt = await this.#sealer.open<SignInAttempt>(sealed);
    return attempt?.state === state ? attempt : undefined;
  }

  /** False where the service takes none of the provider's tokens. */
  async #signIn(
    request: IncomingMessage,
    response: ServerResponse,
    origin: string,
    tokens: ProviderTokens,
  ): Promise<boolean> {
    const chosen = await this.#choose(tokens);
    if (!chosen) {
      this.#options.onFault(new Error("no token of the provider is one that KEYFAST_OIDC_AUDIENCE allows"));
      return false;
    }
    await this.#write(request, response, origin, { ...chosen, refreshToken: tokens.refreshToken });
    return true;
  }

  /**
   * The first token that names projects: where both are made out for the client, either may be the one with that claim.
   * Where none does, the first that is the person's.
   */
  async #choose({ credentials }: ProviderTokens): Promise<Chosen | undefined> {
    let first: Chosen | undefined;
    for (const { kind, token } of credentials) {
      const caller = await identify(this.#options.authenticate, token);
      if (caller?.kind !== "user") continue;
      const chosen = { credential: token, caller, tokenKind: kind };
      if (caller.projects.size > 0) return chosen;
      first ??= chosen;
    }
    return first;
  }

  async #write(
    request: IncomingMessage,
    response: ServerResponse,
    origin: string,
    { credential, caller, ...renewal }: Chosen & Pick<ProviderTokens, "refreshToken">,
  ): Promise<void> {
    const session = newSession(credential, caller, { projectId: "", renewal, now: Date.now() });
    try {
      await this.#sessions.write(request, response, origin, session);
    } catch (error) {
      if (!(error instanceof CookieTooLargeError)) throw error;
      // Without the refresh token the session ends with the credential, which is better than none.
      await this.#sessions.write(request, response, origin, { ...session, refreshToken: null });
    }
  }
}

const safeReturn = (path: string) => (path.length <= MAX_RETURN_LENGTH && isPageAddress(path) ? path : "/");

function outcomePath(outcome: SignInOutcome, returnTo: string): string {
  const url = new URL(returnTo, "http://console");
  url.searchParams.set("sign-in", outcome);
  return url.pathname + url.search;
}
