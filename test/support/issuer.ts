/** A real OpenID Connect issuer on the loopback address: a discovery document, a key set, and tokens signed with it. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

export const AUDIENCE = "keyfast-tests";

interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: Record<string, unknown>;
}

async function newSigningKey(kid: string, alg: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

/** What an issuer has beside its keys. */
export interface Endpoints {
  /** By their names in the discovery document, as paths. */
  readonly paths: Readonly<Record<string, string>>;
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
}

export async function startIssuer(endpoints?: Endpoints) {
  let current = await newSigningKey("first", "ES256");
  let published = [current.jwk];
  let isBroken = false;
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    if (isBroken) response.writeHead(500).end("{}");
    else if (request.url === "/.well-known/openid-configuration") {
      const places = Object.entries(endpoints?.paths ?? {}).map(([name, path]) => [name, url + path]);
      const supported = {
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: [current.alg],
      };
      response.end(
        JSON.stringify({ issuer: url, jwks_uri: `${url}/keys`, ...supported, ...Object.fromEntries(places) }),
      );
    } else if (endpoints && request.url !== "/keys") {
      endpoints.answer(request, response);
    } else {
      response.end(JSON.stringify({ keys: published }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sign = (claims: JWTPayload, expires: number | string = "5m", key = current) =>
    new SignJWT({ iss: url, aud: AUDIENCE, ...claims })
      .setProtectedHeader({ alg: key.alg, kid: key.kid })
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(key.privateKey);
  return {
    url,
    sign,
    /** These claims and no others. */
    signOnly: (claims: JWTPayload) =>
      new SignJWT(claims).setProtectedHeader({ alg: current.alg, kid: current.kid }).sign(current.privateKey),
    /** A person who administers the projects. */
    person: (subject: string, projects: readonly string[]) =>
      sign({ sub: subject, keyfast_projects: projects }),
    /** The key set as it is published. */
    keys: () => published,
    /** Signs with a new key from now on, which is published beside the old one, or instead of it. */
    async rotate(kid: string, { alg = "ES256", keepOld = true } = {}) {
      current = await newSigningKey(kid, alg);
      published = keepOld ? [...published, current.jwk] : [current.jwk];
    },
    /** A token as somebody makes it who has no key of the issuer, but names one. */
    forge: async (claims: JWTPayload) => sign(claims, "5m", await newSigningKey(current.kid, current.alg)),
    setBroken: (broken: boolean) => {
      isBroken = broken;
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export type Issuer = Awaited<ReturnType<typeof startIssuer>>;
