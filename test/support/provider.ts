/**
 * An OpenID Connect provider on the loopback address where people sign in without being asked: authorization code with
 * PKCE, rotating refresh tokens, revocation. It takes nothing that a strict provider would not take.
 */
import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { AUDIENCE, startIssuer } from "./issuer.ts";

export const CLIENT_ID = "keyfast-console";
export const CLIENT_SECRET = `secret-${randomBytes(24).toString("hex")}`;

export interface Person {
  readonly sub: string;
  readonly projects: readonly string[];
  readonly email?: string;
}

interface Grant {
  readonly person: Person;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce: string;
}

const random = () => randomBytes(24).toString("base64url");

/** Id and secret are form-encoded before they are joined (RFC 6749, 2.3.1). */
function isOurClient(authorization = ""): boolean {
  const joined = Buffer.from(authorization.replace(/^Basic /, ""), "base64").toString();
  const [id = "", secret = ""] = joined.split(":").map(decodeURIComponent);
  return id === CLIENT_ID && secret === CLIENT_SECRET;
}

interface Ways {
  /** Whether it offers to take tokens back, which not every provider does. */
  readonly canRevoke?: boolean;
  /** Which token names the projects. With `id_token` both of them are made out for the client. */
  readonly projectsIn?: "access_token" | "id_token";
}

export async function startProvider({ canRevoke = true, projectsIn = "access_token" }: Ways = {}) {
  const audience = projectsIn === "id_token" ? CLIENT_ID : AUDIENCE;
  let person: Person | undefined = { sub: "ada", projects: ["demo"], email: "ada@example.com" };
  let lifetimeS = 300;
  let tokenAnswer: string | undefined;
  let revocation: Promise<void> | undefined;
  const grants = new Map<string, Grant>();
  const refreshTokens = new Map<string, Person>();
  const used = new Set<string>();
  /** What it saw: parameters of sign-ins, and what it handed out or refused. */
  const seen = {
    signIns: [] as URLSearchParams[],
    refreshes: 0,
    refusals: [] as string[],
    tokens: [] as string[],
    revoked: [] as string[],
  };

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    seen.signIns.push(query);
    const back = new URL(query.get("redirect_uri") ?? "");
    back.searchParams.set("state", query.get("state") ?? "");
    const isSound =
      query.get("response_type") === "code" &&
      query.get("client_id") === CLIENT_ID &&
      query.get("code_challenge_method") === "S256" &&
      query.get("scope")?.split(" ").includes("openid");
    if (!isSound || !person) {
      back.searchParams.set("error", isSound ? "access_denied" : "invalid_request");
    } else {
      const code = random();
      grants.set(code, {
        person,
        redirectUri: query.get("redirect_uri") ?? "",
        challenge: query.get("code_challenge") ?? "",
        nonce: query.get("nonce") ?? "",
      });
      back.searchParams.set("code", code);
    }
    response.writeHead(302, { location: back.href }).end();
  }

  async function tokensFor(who: Person, nonce?: string): Promise<object> {
    const refreshToken = random();
    refreshTokens.set(refreshToken, who);
    const { sub, email, projects } = who;
    const lasts = `${lifetimeS}s`;
    const claim = (token: Ways["projectsIn"]) => (token === projectsIn ? { keyfast_projects: projects } : {});
    const accessToken = await issuer.sign({ sub, email, aud: audience, ...claim("access_token") }, lasts);
    const own = { sub, aud: CLIENT_ID, ...claim("id_token"), ...(nonce ? { nonce } : {}) };
    const idToken = await issuer.sign(own, lasts);
    seen.tokens.push(refreshToken, accessToken, idToken);
    return {
      token_type: "Bearer",
      expires_in: lifetimeS,
      access_token: accessToken,
      id_token: idToken,
      refresh_token: refreshToken,
    };
  }

  async function byCode(form: URLSearchParams): Promise<object | string> {
    const grant = grants.get(form.get("code") ?? "");
    grants.delete(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (!grant) return "the code is unknown or was used";
    if (challenge !== grant.challenge) return "the verifier is not the challenge's";
    if (form.get("redirect_uri") !== grant.redirectUri) return "another redirect_uri";
    return tokensFor(grant.person, grant.nonce);
  }

  /** A token that comes twice may be stolen: then none of that person's is good any more. */
  async function byRefreshToken(form: URLSearchParams): Promise<object | string> {
    const token = form.get("refresh_token") ?? "";
    const who = refreshTokens.get(token);
    if (used.has(token)) refreshTokens.clear();
    if (!who || used.has(token)) return "the refresh token is unknown or was used";
    used.add(token);
    seen.refreshes++;
    return tokensFor(who);
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request));
    const isRefresh = form.get("grant_type") === "refresh_token";
    const isClient = isOurClient(request.headers.authorization);
    const answer = !isClient ? "not the client" : await (isRefresh ? byRefreshToken(form) : byCode(form));
    response.setHeader("content-type", "application/json");
    if (tokenAnswer !== undefined) return void response.end(tokenAnswer);
    if (typeof answer !== "string") return void response.end(JSON.stringify(answer));
    seen.refusals.push(answer);
    response.writeHead(400).end(JSON.stringify({ error: isClient ? "invalid_grant" : "invalid_client" }));
  }

  /** RFC 7009. */
  async function revoke(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request));
    const refreshToken = form.get("token") ?? "";
    if (!isOurClient(request.headers.authorization)) {
      return void response.writeHead(401).end(JSON.stringify({ error: "invalid_client" }));
    }
    seen.revoked.push(refreshToken);
    refreshTokens.delete(refreshToken);
    await revocation;
    response.end();
  }

  const issuer = await startIssuer({
    paths: {
      authorization_endpoint: "/authorize",
      token_endpoint: "/token",
      ...(canRevoke ? { revocation_endpoint: "/revoke" } : {}),
    },
    answer(request, response) {
      const url = new URL(request.url ?? "/", "http://provider");
      if (url.pathname === "/authorize") authorize(url.searchParams, response);
      else if (url.pathname === "/token") void token(request, response);
      else if (url.pathname === "/revoke" && canRevoke) void revoke(request, response);
      else response.writeHead(404).end();
    },
  });
  return {
    ...issuer,
    seen,
    /** Who signs in from now on; undefined: nobody, the provider says no. */
    setPerson: (next: Person | undefined) => {
      person = next;
    },
    /** What it answers instead of tokens; undefined: tokens again. */
    setTokenAnswer: (next: string | undefined) => {
      tokenAnswer = next;
    },
    setLifetime: (seconds: number) => {
      lifetimeS = seconds;
    },
    /** What its answers to revocations wait for from now on; undefined: nothing. */
    setRevocation: (next: Promise<void> | undefined) => {
      revocation = next;
    },
    /** Of a service whose console signs people in here. */
    settings: {
      KEYFAST_OIDC_ISSUER: issuer.url,
      KEYFAST_OIDC_AUDIENCE: audience,
      KEYFAST_OIDC_CLIENT_ID: CLIENT_ID,
      KEYFAST_OIDC_CLIENT_SECRET: CLIENT_SECRET,
    },
  };
}

export type Provider = Awaited<ReturnType<typeof startProvider>>;
