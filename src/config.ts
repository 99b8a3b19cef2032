/** The configuration: environment variables, parsed once into one value. */
import { Problems, readValues } from "./config/environment.ts";
import { isLoopback, type ServiceToken } from "./config/parse.ts";
import { VARIABLES, type Values, type Variable } from "./config/variables.ts";
import type { Pepper } from "./domain/digest.ts";

export { ConfigError, type ConfigProblem } from "./config/environment.ts";
export type { ServiceToken } from "./config/parse.ts";

export interface Address {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

export interface Config {
  readonly listen: {
    readonly http: Address;
    readonly grpc: Address;
    readonly corsOrigins: readonly string[];
  };
  readonly database: {
    /** A secret, since it may carry a password. */
    readonly uri: string;
    readonly name: string;
  };
  readonly keys: {
    readonly prefix: string;
    readonly pepper: Pepper;
    readonly retiredPeppers: readonly Pepper[];
  };
  readonly credentials: {
    /** SHA-256 of each operator token. */
    readonly operatorDigests: readonly Uint8Array[];
    readonly services: readonly ServiceToken[];
    readonly oidc: OidcConfig | undefined;
  };
  readonly logLevel: Values["logLevel"];
  readonly limits: {
    readonly callTimeoutMs: number;
    readonly shutdownDelayMs: number;
    readonly shutdownTimeoutMs: number;
  };
  readonly revocation: {
    /** How long a replica trusts its memory after a renewal, in milliseconds. */
    readonly leaseMs: number;
    /** How long a Delete waits for an acknowledgement, in milliseconds. Must exceed the leases that clients get. */
    readonly fenceAfterMs: number;
    /** By how much the rates of two monotonic clocks may differ (rho). */
    readonly clockRateMargin: number;
    readonly cacheKeys: number;
  };
}

export interface OidcConfig {
  readonly issuer: string;
  readonly audience: string;
  /** Undefined: as the issuer's discovery document says. */
  readonly jwksUrl: string | undefined;
  readonly projectsClaim: string;
}

/** What the local database brings: it and its secrets are made by us. */
export interface LocalParts {
  readonly uri: string;
  readonly pepper: Pepper;
  readonly operatorDigest: Uint8Array;
  readonly service: ServiceToken;
}

/** Where the local database and its binary are. */
export interface LocalSettings {
  readonly dataDir: string;
  readonly cacheDir: string | undefined;
  readonly mongod: string | undefined;
}

/** Either all is there, or the local database has to be started first. */
export type LoadedConfig =
  | { readonly kind: "complete"; readonly config: Config }
  | {
      readonly kind: "local";
      readonly local: LocalSettings;
      readonly logLevel: Config["logLevel"];
      /** Secrets that are configured go before generated ones. */
      readonly complete: (parts: LocalParts) => Config;
    };

/** Every variable, for documentation. */
export const CONFIG_VARIABLES: readonly Variable<unknown>[] = Object.values(VARIABLES);

/** Throws ConfigError with every problem at once. */
export function loadConfig(env: NodeJS.ProcessEnv): LoadedConfig {
  const problems = new Problems();
  const values = readValues(env, problems);
  checkTogether(values, problems);
  problems.throwIfAny();
  const { mongodbUri: uri, pepper } = values;
  if (uri !== undefined && pepper !== undefined) {
    return { kind: "complete", config: configOf(values, uri, pepper) };
  }
  const { dataDir, cacheDir, mongod, logLevel } = values;
  return {
    kind: "local",
    local: { dataDir, cacheDir, mongod },
    logLevel,
    complete: (parts) => completeLocal(values, parts),
  };
}

function completeLocal(values: Values, parts: LocalParts): Config {
  const { operatorTokens = [parts.operatorDigest], serviceTokens = [parts.service] } = values;
  return configOf({ ...values, operatorTokens, serviceTokens }, parts.uri, values.pepper ?? parts.pepper);
}

function configOf(values: Values, uri: string, pepper: Pepper): Config {
  const { callTimeoutMs, shutdownDelayMs, shutdownTimeoutMs } = values;
  const { leaseMs, fenceAfterMs, clockRateMargin, cacheKeys } = values;
  return {
    listen: {
      http: { host: values.httpHost, port: values.httpPort },
      grpc: { host: values.grpcHost, port: values.grpcPort },
      corsOrigins: values.corsOrigins ?? [],
    },
    database: { uri, name: values.databaseName },
    keys: { prefix: values.keyPrefix, pepper, retiredPeppers: values.retiredPeppers ?? [] },
    credentials: {
      operatorDigests: values.operatorTokens ?? [],
      services: values.serviceTokens ?? [],
      oidc: oidcOf(values),
    },
    logLevel: values.logLevel,
    limits: { callTimeoutMs, shutdownDelayMs, shutdownTimeoutMs },
    revocation: { leaseMs, fenceAfterMs, clockRateMargin, cacheKeys },
  };
}

function oidcOf(values: Values): OidcConfig | undefined {
  const { oidcIssuer: issuer, oidcAudience: audience } = values;
  if (issuer === undefined || audience === undefined) return undefined;
  return { issuer, audience, jwksUrl: values.oidcJwksUrl, projectsClaim: values.oidcProjectsClaim };
}

/** The rules that concern more than one variable. */
function checkTogether(values: Values, problems: Problems): void {
  checkAddresses(values, problems);
  checkOwnDatabase(values, problems);
  checkPeppers(values, problems);
  checkTokens(values, problems);
  checkIssuer(values, problems);
}

function checkAddresses(values: Values, problems: Problems): void {
  const { httpHost, httpPort, grpcHost, grpcPort } = values;
  const rule =
    "is not a loopback address: set KEYFAST_ALLOW_CLEAR_TEXT to true if clear text may leave this machine";
  if (!values.allowClearText && !isLoopback(httpHost)) problems.add(VARIABLES.httpHost.name, rule);
  if (!values.allowClearText && !isLoopback(grpcHost)) problems.add(VARIABLES.grpcHost.name, rule);
  if (httpPort !== 0 && httpPort === grpcPort && httpHost === grpcHost) {
    problems.add(VARIABLES.grpcPort.name, `must differ from ${VARIABLES.httpPort.name}`);
  }
}

/** Secrets are generated for the local database only: replicas that share a database must share them too. */
function checkOwnDatabase(values: Values, problems: Problems): void {
  if (values.mongodbUri === undefined) return;
  const rule = `must be set when ${VARIABLES.mongodbUri.name} is`;
  if (values.pepper === undefined) problems.add(VARIABLES.pepper.name, rule);
  if (values.operatorTokens === undefined) problems.add(VARIABLES.operatorTokens.name, rule);
  if (values.serviceTokens === undefined) problems.add(VARIABLES.serviceTokens.name, rule);
}

function checkPeppers({ pepper, retiredPeppers = [] }: Values, problems: Problems): void {
  const ids = [...(pepper ? [pepper] : []), ...retiredPeppers].map(({ id }) => id);
  if (new Set(ids).size < ids.length) {
    problems.add(
      VARIABLES.retiredPeppers.name,
      `must not repeat an id, nor that of ${VARIABLES.pepper.name}`,
    );
  }
}

function checkTokens({ operatorTokens = [], serviceTokens = [] }: Values, problems: Problems): void {
  const texts = (digests: readonly Uint8Array[]) =>
    digests.map((digest) => Buffer.from(digest).toString("hex"));
  const operators = texts(operatorTokens);
  if (new Set(operators).size < operators.length) {
    problems.add(VARIABLES.operatorTokens.name, "must not repeat a token");
  }
  const services = texts(serviceTokens.map(({ digest }) => digest));
  if (new Set([...operators, ...services]).size < new Set(operators).size + services.length) {
    problems.add(VARIABLES.serviceTokens.name, "must not repeat a token, nor one of an operator");
  }
  if (new Set(serviceTokens.map(({ name }) => name)).size < serviceTokens.length) {
    problems.add(VARIABLES.serviceTokens.name, "must not repeat a name");
  }
}

function checkIssuer(values: Values, problems: Problems): void {
  const { oidcIssuer, oidcAudience, oidcJwksUrl } = values;
  const { name } = VARIABLES.oidcIssuer;
  if (oidcIssuer !== undefined && oidcAudience === undefined) {
    problems.add(VARIABLES.oidcAudience.name, `must be set when ${name} is`);
  }
  if (oidcIssuer !== undefined) return;
  if (oidcAudience !== undefined) problems.add(VARIABLES.oidcAudience.name, `is of no use without ${name}`);
  if (oidcJwksUrl !== undefined) problems.add(VARIABLES.oidcJwksUrl.name, `is of no use without ${name}`);
}
