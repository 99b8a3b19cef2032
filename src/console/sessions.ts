/** Who is signed in: a credential that only the service can read, kept by the browser. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeJwt } from "jose";
import type { Caller } from "../domain/caller.ts";
import { callerName } from "../domain/caller.ts";
import type { Pepper } from "../domain/digest.ts";
import { type CookieKind, readCookie, writeCookie } from "./cookies.ts";
import { UNAVAILABLE } from "./identify.ts";
import { type Provider, type ProviderTokens, SignInRefusedError, type TokenKind } from "./oidc.ts";
import { Sealer } from "./seal.ts";

export interface Session {
  /** What calls are made with. A secret. */
  readonly credential: string;
  readonly kind: "operator" | "user";
  /** As `ApiKey.creator` names the caller. */
  readonly caller: string;
  /** As people know the person. */
  readonly label: string;
  /** The project that was signed in to; empty where none was said. */
  readonly projectId: string;
  /** When the credential ceases to be valid, in milliseconds since 1970; null: it does not. */
  readonly credentialExpires: number | null;
  readonly refreshToken: string | null;
  /** Which of the provider's tokens the credential is; null: none of them, but one that was pasted. */
  readonly tokenKind: TokenKind | null;
  /** When the session ends, whatever can be refreshed, in milliseconds since 1970. */
  readonly ends: number;
}

const COOKIE: CookieKind = { name: "session", sameSite: "strict", path: "/" };
const MAX_SESSION_MS = 12 * 3_600_000;
/** A credential is refreshed this long before it expires. */
const REFRESH_BEFORE_MS = 30_000;
/** For so long signing out waits for the provider. What it is asked goes on without anybody waiting. */
const REVOCATION_WAIT_MS = 2_000;

/** What the provider gave with the credential, and to renew it with. */
interface Renewal {
  readonly tokenKind: TokenKind;
  readonly refreshToken: string | undefined;
}

export function newSession(
  credential: string,
  caller: Caller & { kind: "operator" | "user" },
  { projectId, renewal, now }: { projectId: string; renewal: Renewal | undefined; now: number },
): Session {
  const isPerson = caller.kind === "user";
  return {
    credential,
    kind: caller.kind,
    caller: callerName(caller),
    label: isPerson ? labelOf(credential, caller.subject) : "Operator",
    projectId,
    credentialExpires: isPerson ? expiryOf(credential) : null,
    refreshToken: renewal?.refreshToken ?? null,
    tokenKind: renewal?.tokenKind ?? null,
    ends: now + MAX_SESSION_MS,
  };
}

/** To be asked of checked tokens only. */
function labelOf(token: string, subject: string): string {
  const claims = decodeJwt(token);
  const names = [claims.email, claims.preferred_username, claims.name];
  return (
    (names.find((name) => typeof name === "string" && name !== "" && name.length <= 100) as string) ?? subject
  );
}

const expiryOf = (token: string) => (decodeJwt(token).exp ?? 0) * 1000;

export class Sessions {
  readonly #sealer: Sealer;
  readonly #provider: Provider | undefined;

  constructor(peppers: readonly Pepper[], provider: Provider | undefined) {
    this.#sealer = new Sealer(peppers, "session");
    this.#provider = provider;
  }

  async read(request: IncomingMessage, origin: string): Promise<Session | undefined> {
    const sealed = readCookie(request, COOKIE, origin);
    return sealed === undefined ? undefined : this.#sealer.open<Session>(sealed);
  }

  /**
   * The session with a credential that is fresh where it can be refreshed. The page sees to it that this is asked once
   * at a time: a provider takes a refresh token once, and may end everything when it comes again. Throws Refusal where
   * the provider cannot be reached and the credential is valid no longer.
   */
  async readFresh(
    request: IncomingMessage,
    response: ServerResponse,
    origin: string,
  ): Promise<Session | undefined> {
    const session = await this.read(request, origin);
    if (!session || (freshForMs(session) ?? 1) > 0) return session;
    return this.#refresh(request, response, origin, session);
  }

  hasCookie(request: IncomingMessage, origin: string): boolean {
    return readCookie(request, COOKIE, origin) !== undefined;
  }

  /** Throws CookieTooLargeError. */
  async write(
    request: IncomingMessage,
    response: ServerResponse,
    origin: string,
    session: Session,
  ): Promise<void> {
    const credentialEnds = session.refreshToken === null ? session.credentialExpires : null;
    const ends = Math.min(session.ends, credentialEnds ?? session.ends);
    writeCookie(request, response, COOKIE, origin, await this.#sealer.seal(session, ends));
  }

  clear(request: IncomingMessage, response: ServerResponse, origin: string): void {
    writeCookie(request, response, COOKIE, origin, undefined);
  }

  /**
   * Signs this browser out, and has the provider take the refresh token back where the session holds one: without it a
   * copy of the cookie ends with the credential in it. Where that fails, `onFault` is told, and the person is out all the
   * same.
   */
  async end(
    request: IncomingMessage,
    response: ServerResponse,
    origin: string,
    onFault: (error: unknown) => void,
  ): Promise<void> {
    this.clear(request, response, origin);
    const { refreshToken } = (await this.read(request, origin)) ?? {};
    if (!refreshToken) return;
    const revoking = this.#provider?.revoke(refreshToken).catch(onFault);
    await Promise.race([revoking, sleep(REVOCATION_WAIT_MS, undefined, { ref: false })]);
  }

  async #refresh(
    request: IncomingMessage,
    response: ServerResponse,
    origin: string,
    session: Session,
  ): Promise<Session | undefined> {
    try {
      const tokens = await this.#provider?.refresh(session.refreshToken ?? "");
      const refreshed = tokens && withTokens(session, tokens);
      if (!refreshed) return undefined;
      await this.write(request, response, origin, refreshed);
      return refreshed;
    } catch (error) {
      if (error instanceof SignInRefusedError) return undefined;
      if ((session.credentialExpires ?? 0) > Date.now()) return session;
      throw UNAVAILABLE;
    }
  }
}

/** For how long the credential need not be refreshed, in milliseconds; null: it cannot be. */
export function freshForMs({ refreshToken, credentialExpires }: Session): number | null {
  if (refreshToken === null || credentialExpires === null) return null;
  return Math.max(credentialExpires - Date.now() - REFRESH_BEFORE_MS, 0);
}

/** With the new token of the same kind: the other one may be good, and name no projects. */
function withTokens(session: Session, { credentials, refreshToken }: ProviderTokens): Session | undefined {
  const renewed = credentials.find(({ kind }) => kind === session.tokenKind);
  if (!renewed) return undefined;
  return {
    ...session,
    credential: renewed.token,
    credentialExpires: expiryOf(renewed.token),
    refreshToken: refreshToken ?? session.refreshToken,
  };
}
