/** Signing in at an OpenID Connect provider: authorization code with PKCE, run by the server. */
import * as client from "openid-client";
import { isLoopback } from "../config/parse.ts";

export interface ProviderOptions {
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined: a public client, which PKCE alone protects. */
  readonly clientSecret: string | undefined;
  /** What tokens must be made out for; asked for where it is not the client itself. */
  readonly audience: string;
  /** Scopes, separated by spaces; `openid` among them. */
  readonly scope: string;
}

/** What has to be remembered between the start of a sign-in and its end. A secret. */
export interface SignInAttempt {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
  /** Where in the console the person wanted to go. */
  readonly returnTo: string;
}

export type TokenKind = "access_token" | "id_token";

export interface ProviderTokens {
  /** What may serve as a bearer credential, the likelier first. */
  readonly credentials: readonly { readonly kind: TokenKind; readonly token: string }[];
  readonly refreshToken: string | undefined;
}

/** The provider said no: by the person's wish, or because it knows the code or the token no more. */
export class SignInRefusedError extends Error {
  override readonly name = "SignInRefusedError";
}

/** The provider could not be reached, or not be understood. Holds nothing of what it answered. */
export class ProviderFaultError extends Error {
  override readonly name = "ProviderFaultError";
}

const TIMEOUT_S = 5;
const JWT_PATTERN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export class Provider {
  readonly #options: ProviderOptions;
  #configuration: Promise<client.Configuration> | undefined;

  constructor(options: ProviderOptions) {
    this.#options = options;
  }

  /** The address to send the browser to. Throws ProviderFaultError. */
  async begin(redirectUri: string, returnTo: string): Promise<{ url: URL; attempt: SignInAttempt }> {
    const configuration = await this.#configure();
    const { audience, clientId, scope } = this.#options;
    const attempt = {
      verifier: client.randomPKCECodeVerifier(),
      state: client.randomState(),
      nonce: client.randomNonce(),
      returnTo,
    };
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope,
      code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: "S256",
      state: attempt.state,
      nonce: attempt.nonce,
      ...(audience === clientId ? {} : { audience }),
    });
    return { url, attempt };
  }

  /** Takes the address that the provider sent the browser back to. Throws SignInRefusedError, ProviderFaultError. */
  async finish(callback: URL, attempt: SignInAttempt): Promise<ProviderTokens> {
    const configuration = await this.#configure();
    return tokensOf(
      await orRefused(
        client.authorizationCodeGrant(configuration, callback, {
          pkceCodeVerifier: attempt.verifier,
          expectedState: attempt.state,
          expectedNonce: attempt.nonce,
          idTokenExpected: true,
        }),
      ),
    );
  }

  /** Throws SignInRefusedError, ProviderFaultError. */
  async refresh(refreshToken: string): Promise<ProviderTokens> {
    const configuration = await this.#configure();
    const tokens = tokensOf(await orRefused(client.refreshTokenGrant(configuration, refreshToken)));
    return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken };
  }

  /**
   * Has the provider take a refresh token back, and with it what it would still renew (RFC 7009). Does nothing where the
   * provider takes none back. Throws ProviderFaultError.
   */
  async revoke(refreshToken: string): Promise<void> {
    const configuration = await this.#configure();
    if (configuration.serverMetadata().revocation_endpoint === undefined) return;
    const hint = { token_type_hint: "refresh_token" };
    await client.tokenRevocation(configuration, refreshToken, hint).catch((error: unknown) => {
      throw faultFrom(error);
    });
  }

  /** Discovered at the first sign-in, and again after a failure. */
  #configure(): Promise<client.Configuration> {
    this.#configuration ??= this.#discover().catch((error: unknown) => {
      this.#configuration = undefined;
      throw faultFrom(error);
    });
    return this.#configuration;
  }

  #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#options;
    const url = new URL(issuer);
    const isClear = url.protocol === "http:" && isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
    return client.discovery(
      url,
      clientId,
      undefined,
      clientSecret === undefined ? client.None() : client.ClientSecretBasic(clientSecret),
      { timeout: TIMEOUT_S, execute: isClear ? [client.allowInsecureRequests] : [] },
    );
  }
}

function tokensOf(answer: client.TokenEndpointResponse): ProviderTokens {
  const kinds: readonly TokenKind[] = ["access_token", "id_token"];
  const credentials = kinds.flatMap((kind) => {
    const token = answer[kind];
    return token !== undefined && JWT_PATTERN.test(token) ? [{ kind, token }] : [];
  });
  return { credentials, refreshToken: answer.refresh_token };
}

/** Tells a person's and the provider's own "no" from failures to reach the provider or to understand it. */
async function orRefused<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const isRefusal =
      (error instanceof client.AuthorizationResponseError && error.error === "access_denied") ||
      (error instanceof client.ResponseBodyError && error.error === "invalid_grant");
    if (isRefusal) throw new SignInRefusedError(`the provider refused: ${error.error}`);
    throw faultFrom(error);
  }
}

const MAX_CAUSES = 5;
/** As the specifications, the library and the system spell their codes. */
const CODE_PATTERN = /^\w{1,64}$/;

/**
 * The library's errors carry the whole answer, tokens included, and what a parser says quotes it: only the library's own
 * sentence is kept, and the codes of what led to it.
 */
function faultFrom(error: unknown): ProviderFaultError {
  const codes: string[] = [];
  let cause: unknown = error;
  for (let depth = 0; depth < MAX_CAUSES && cause instanceof Error; depth++) {
    const { code, error: refusal } = cause as { code?: unknown; error?: unknown };
    codes.push(
      ...([code, refusal].filter((text) => typeof text === "string" && CODE_PATTERN.test(text)) as string[]),
    );
    cause = cause.cause;
  }
  const sentence = error instanceof Error ? error.message : "something that is no error was thrown";
  return new ProviderFaultError([sentence, ...codes].join(": "));
}
