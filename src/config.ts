/** The configuration: environment variables, parsed once into one typed value. */
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

export interface IssuerSettings {
  readonly issuer: string;
  readonly audience: string;
  /** Undefined: as the issuer's discovery document says. */
  readonly jwksUrl: string | undefined;
  readonly projectsClaim: string;
}

/** The console as a client of the issuer. */
export interface ClientSettings {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scope: string;
}

export interface ConsoleSettings {
  /** Undefined: at home on the loopback address only. */
  readonly url: string | undefined;
  readonly remoteOperators: boolean;
  /** Undefined: no sign-in by OpenID Connect. */
  readonly client: ClientSettings | undefined;
}

export interface Config {
  readonly http: Address;
  readonly grpc: Address;
  /** Undefined: no metrics are shown. */
  readonly metrics: Address | undefined;
  readonly corsOrigins: readonly string[];
  readonly dataDir: string;
  readonly cacheDir: string | undefined;
  readonly mongod: string | undefined;
  /** A secret, since it may carry a password. Undefined: a local database is to be run. */
  readonly mongodbUri: string | undefined;
  readonly database: string;
  readonly keyPrefix: string;
  /** Undefined: generated for the local database. */
  readonly pepper: Pepper | undefined;
  readonly retiredPeppers: readonly Pepper[];
  /** SHA-256 of each operator token. */
  readonly operatorDigests: readonly Uint8Array[];
  readonly serviceTokens: readonly ServiceToken[];
  readonly issuer: IssuerSettings | undefined;
  readonly console: ConsoleSettings;
  readonly logLevel: Values["logLevel"];
  readonly callTimeoutMs: number;
  readonly shutdownDelayMs: number;
  readonly shutdownTimeoutMs: number;
  /** How long a replica trusts its memory after a renewal. */
  readonly leaseMs: number;
  /** How long a Delete waits for an acknowledgement. Must exceed the leases that clients get. */
  readonly fenceAfterMs: number;
  /** By how much the rates of two monotonic clocks may differ (rho). */
  readonly clockRateMargin: number;
  readonly cacheKeys: number;
  /** Processes that serve, each a replica of its own. */
  readonly workers: number;
  readonly connectionAgeMs: number;
}

/** What must be there before the service can start, given or generated. */
export interface AppConfig extends Config {
  readonly mongodbUri: string;
  readonly pepper: Pepper;
}

/** Every variable, for the documentation. */
export const CONFIG_VARIABLES: readonly Variable<unknown>[] = Object.values(VARIABLES);

/** Reads also the files that `_FILE` variables name. Throws ConfigError with every problem at once. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const problems = new Problems();
  const values = readValues(env, problems);
  checkAddresses(values, problems);
  checkOwnDatabase(values, problems);
  checkPeppers(values, problems);
  checkTokens(values, problems);
  checkIssuer(values, problems);
  problems.throwIfAny();
  return configOf(values);
}

function configOf({
  httpHost,
  httpPort,
  grpcHost,
  grpcPort,
  metricsHost,
  metricsPort,
  ...values
}: Values): Config {
  const { oidcIssuer, oidcAudience, oidcJwksUrl, oidcProjectsClaim, allowClearText: _, ...rest } = values;
  const { consoleUrl, consoleRemoteOperators, oidcClientId, oidcClientSecret, oidcScope, ...same } = rest;
  return {
    ...same,
    http: { host: httpHost, port: httpPort },
    grpc: { host: grpcHost, port: grpcPort },
    metrics: metricsPort === undefined ? undefined : { host: metricsHost, port: metricsPort },
    corsOrigins: values.corsOrigins ?? [],
    retiredPeppers: values.retiredPeppers ?? [],
    operatorDigests: values.operatorDigests ?? [],
    serviceTokens: values.serviceTokens ?? [],
    issuer:
      oidcIssuer !== undefined && oidcAudience !== undefined
        ? {
            issuer: oidcIssuer,
            audience: oidcAudience,
            jwksUrl: oidcJwksUrl,
            projectsClaim: oidcProjectsClaim,
          }
        : undefined,
    console: {
      url: consoleUrl,
      remoteOperators: consoleRemoteOperators,
      client:
        oidcClientId === undefined
          ? undefined
          : { clientId: oidcClientId, clientSecret: oidcClientSecret, scope: oidcScope },
    },
  };
}

function checkAddresses(values: Values, problems: Problems): void {
  const rule = `is not a loopback address: set ${VARIABLES.allowClearText.name} to true if clear text may leave this machine`;
  for (const host of ["httpHost", "grpcHost", "metricsHost"] as const) {
    if (!values.allowClearText && !isLoopback(values[host])) problems.add(VARIABLES[host].name, rule);
  }
  const { httpHost, httpPort, grpcHost, grpcPort, metricsHost, metricsPort } = values;
  const isHttp = (host: string, port: number) => port !== 0 && port === httpPort && host === httpHost;
  if (isHttp(grpcHost, grpcPort)) {
    problems.add(VARIABLES.grpcPort.name, `must differ from ${VARIABLES.httpPort.name}`);
  }
  if (!metricsPort) return;
  if (isHttp(metricsHost, metricsPort) || (metricsPort === grpcPort && metricsHost === grpcHost)) {
    const others = `${VARIABLES.httpPort.name} and ${VARIABLES.grpcPort.name}`;
    problems.add(VARIABLES.metricsPort.name, `must differ from ${others}`);
  }
}

/** Secrets are generated for the local database only: replicas that share a database must share them too. */
function checkOwnDatabase(values: Values, problems: Problems): void {
  if (values.mongodbUri === undefined) return;
  const rule = `must be set when ${VARIABLES.mongodbUri.name} is`;
  if (values.pepper === undefined) problems.add(VARIABLES.pepper.name, rule);
  if (values.operatorDigests === undefined) problems.add(VARIABLES.operatorDigests.name, rule);
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

const hasDuplicates = (values: readonly string[]) => new Set(values).size < values.length;

function checkTokens({ operatorDigests = [], serviceTokens = [] }: Values, problems: Problems): void {
  const hex = (digest: Uint8Array) => Buffer.from(digest).toString("hex");
  const operators = operatorDigests.map(hex);
  const services = serviceTokens.map(({ digest }) => hex(digest));
  if (hasDuplicates(operators)) problems.add(VARIABLES.operatorDigests.name, "must not repeat a token");
  if (hasDuplicates(services) || services.some((digest) => operators.includes(digest))) {
    problems.add(VARIABLES.serviceTokens.name, "must not repeat a token, nor one of an operator");
  }
  if (hasDuplicates(serviceTokens.map(({ name }) => name))) {
    problems.add(VARIABLES.serviceTokens.name, "must not repeat a name");
  }
}

function checkIssuer(values: Values, problems: Problems): void {
  const { name } = VARIABLES.oidcIssuer;
  if (values.oidcClientSecret !== undefined && values.oidcClientId === undefined) {
    problems.add(VARIABLES.oidcClientSecret.name, `is of no use without ${VARIABLES.oidcClientId.name}`);
  }
  if (values.oidcIssuer !== undefined) {
    if (values.oidcAudience === undefined)
      problems.add(VARIABLES.oidcAudience.name, `must be set when ${name} is`);
    return;
  }
  for (const dependent of ["oidcAudience", "oidcJwksUrl", "oidcClientId"] as const) {
    if (values[dependent] !== undefined) {
      problems.add(VARIABLES[dependent].name, `is of no use without ${name}`);
    }
  }
}
