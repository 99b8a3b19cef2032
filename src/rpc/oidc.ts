/** JWTs of the configured OpenID Connect issuer. */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import { KeyfastError } from "../domain/errors.ts";
import { credentialInvalid, type Person } from "./authenticate.ts";

export interface IssuerConfig {
  readonly issuer: string;
  readonly audience: string;
  /** Where the signing keys are; undefined: as the issuer's discovery document says. */
  readonly jwksUrl: string | undefined;
  /** The claim that lists, as an array of project ids, the projects that a person administers. */
  readonly projectsClaim: string;
}

/** Asymmetric algorithms only: with a symmetric one, whoever can check a token could make one. */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
const FETCH_TIMEOUT_MS = 3_000;
const CLOCK_TOLERANCE_S = 5;
const MAX_SUBJECT_LENGTH = 255;

/** Keys are fetched at the first token, kept for ten minutes, and fetched again for an unknown key id. */
export function createJwtCheck(config: IssuerConfig): (token: string) => Promise<Person> {
  let keySet: ReturnType<typeof createRemoteJWKSet> | undefined;
  return async (token) => {
    keySet ??= createRemoteJWKSet(new URL(config.jwksUrl ?? (await discoverJwksUrl(config.issuer))), {
      timeoutDuration: FETCH_TIMEOUT_MS,
    });
    return personOf(await verify(token, keySet, config), config.projectsClaim);
  };
}

async function discoverJwksUrl(issuer: string): Promise<string> {
  try {
    const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: "error" });
    const document = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown };
    if (document.issuer !== issuer || typeof document.jwks_uri !== "string") {
      throw new Error("the discovery document is not of this issuer");
    }
    return document.jwks_uri;
  } catch (error) {
    throw issuerUnavailable(error);
  }
}

const issuerUnavailable = (cause: unknown) =>
  new KeyfastError("ISSUER_UNAVAILABLE", "the issuer's signing keys cannot be reached, try again", { cause });

/** What jose raises about the token itself; anything else is about reaching the keys. */
const ABOUT_THE_TOKEN = [
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

async function verify(
  token: string,
  keySet: ReturnType<typeof createRemoteJWKSet>,
  config: IssuerConfig,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keySet, {
      issuer: config.issuer,
      audience: config.audience,
      algorithms: ALGORITHMS,
      requiredClaims: ["iss", "aud", "exp", "sub"],
      clockTolerance: CLOCK_TOLERANCE_S,
    });
    return payload;
  } catch (error) {
    if (ABOUT_THE_TOKEN.some((kind) => error instanceof kind)) throw credentialInvalid(error);
    throw issuerUnavailable(error);
  }
}

/** Two people must never have one name: only well-formed text without control characters is one. */
const isSubject = (subject: unknown): subject is string =>
  typeof subject === "string" &&
  subject !== "" &&
  subject.length <= MAX_SUBJECT_LENGTH &&
  subject.isWellFormed() &&
  !/\p{Cc}/u.test(subject);

function personOf(payload: JWTPayload, projectsClaim: string): Person {
  const subject = payload.sub;
  if (!isSubject(subject)) throw credentialInvalid();
  const claim = payload[projectsClaim];
  const projects = Array.isArray(claim) ? claim.filter((id) => typeof id === "string" && id !== "") : [];
  return { subject, projects: new Set<string>(projects) };
}
