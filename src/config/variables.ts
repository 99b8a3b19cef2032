/** Every variable that configures the service: one table that is parsed, documented and tested. */
import * as parse from "./parse.ts";

export interface Variable<T> {
  readonly name: `KEYFAST_${string}`;
  /** As it would be written in the environment; undefined: there is none. */
  readonly default: string | undefined;
  /** One line for people. */
  readonly meaning: string;
  /** May also be given as the path of a file that holds it, in the variable `<name>_FILE`. */
  readonly secret: boolean;
  readonly parse: parse.Parse<T>;
}

type Name = Variable<unknown>["name"];

function withDefault<T>(name: Name, text: string, read: parse.Parse<T>, meaning: string): Variable<T> {
  return { name, default: text, meaning, secret: false, parse: read };
}

function optional<T>(name: Name, read: parse.Parse<T>, meaning: string): Variable<T | undefined> {
  return { name, default: undefined, meaning, secret: false, parse: read };
}

function secret<T>(name: Name, read: parse.Parse<T>, meaning: string): Variable<T | undefined> {
  return { ...optional(name, read, meaning), secret: true };
}

const { integer } = parse;
const port = integer(0, 65_535);

export const VARIABLES = {
  httpHost: withDefault(
    "KEYFAST_HTTP_HOST",
    "127.0.0.1",
    parse.host,
    "Address of the HTTP/1.1 port: Connect, gRPC-Web, the console",
  ),
  httpPort: withDefault("KEYFAST_HTTP_PORT", "8080", port, "Port for HTTP/1.1; 0: any that is free"),
  grpcHost: withDefault(
    "KEYFAST_GRPC_HOST",
    "127.0.0.1",
    parse.host,
    "Address of the HTTP/2 port: gRPC, Connect, gRPC-Web",
  ),
  grpcPort: withDefault("KEYFAST_GRPC_PORT", "9090", port, "Port for HTTP/2; 0: any that is free"),
  metricsHost: withDefault(
    "KEYFAST_METRICS_HOST",
    "127.0.0.1",
    parse.host,
    "Address of the port for metrics, which asks nobody for a credential",
  ),
  metricsPort: optional(
    "KEYFAST_METRICS_PORT",
    port,
    "Port for GET /metrics; 0: any that is free; without it there is none",
  ),
  allowClearText: withDefault(
    "KEYFAST_ALLOW_CLEAR_TEXT",
    "false",
    parse.flag,
    "true: the ports, which speak clear text, may bind other addresses than loopback",
  ),
  corsOrigins: optional(
    "KEYFAST_CORS_ORIGINS",
    parse.corsOrigins,
    "Origins, comma-separated, whose pages may call the HTTP port",
  ),
  dataDir: withDefault(
    "KEYFAST_DATA_DIR",
    ".keyfast",
    parse.anyText,
    "Folder of the local database and of the secrets generated for it",
  ),
  cacheDir: optional(
    "KEYFAST_CACHE_DIR",
    parse.anyText,
    "Folder for downloads of MongoDB; without it `keyfast` in the user's cache folder",
  ),
  mongod: optional("KEYFAST_MONGOD", parse.anyText, "A mongod, at least 7.0, for the local database"),
  mongodbUri: secret(
    "KEYFAST_MONGODB_URI",
    parse.mongodbUri,
    "Connection string of your replica set; without it a local database is run",
  ),
  database: withDefault(
    "KEYFAST_MONGODB_DATABASE",
    "keyfast",
    parse.databaseName,
    "Name of the database in MongoDB",
  ),
  keyPrefix: withDefault(
    "KEYFAST_KEY_PREFIX",
    "kf",
    parse.keyPrefix,
    "What new keys start with; keys with an earlier prefix stay good",
  ),
  pepper: secret(
    "KEYFAST_PEPPER",
    parse.pepper,
    "Secret that digests are made with, as <id>:<base64 of at least 32 bytes>; needed with a database of your own",
  ),
  retiredPeppers: secret(
    "KEYFAST_RETIRED_PEPPERS",
    parse.peppers,
    "Earlier peppers, comma-separated, under which keys still verify",
  ),
  operatorDigests: secret(
    "KEYFAST_OPERATOR_TOKENS",
    parse.operatorTokens,
    "Tokens of operators, comma-separated, each at least 32 characters; needed with a database of your own",
  ),
  serviceTokens: secret(
    "KEYFAST_SERVICE_TOKENS",
    parse.serviceTokens,
    'JSON array of {"name", "token", "projects"?, "environments"?}: services that may verify',
  ),
  oidcIssuer: optional(
    "KEYFAST_OIDC_ISSUER",
    parse.httpsUrl,
    "OpenID Connect issuer whose JWTs let people administer projects",
  ),
  oidcAudience: optional(
    "KEYFAST_OIDC_AUDIENCE",
    parse.claimName,
    "Audience that those JWTs must name; needed with an issuer",
  ),
  oidcJwksUrl: optional(
    "KEYFAST_OIDC_JWKS_URL",
    parse.httpsUrl,
    "Where the issuer's keys are; without it as its discovery document says",
  ),
  oidcProjectsClaim: withDefault(
    "KEYFAST_OIDC_PROJECTS_CLAIM",
    "keyfast_projects",
    parse.claimName,
    "Claim that lists, as an array of project ids, what a person administers",
  ),
  consoleUrl: optional(
    "KEYFAST_CONSOLE_URL",
    parse.httpsOrigin,
    "Origin at which browsers reach the console, such as https://keys.example.com; without it on the loopback address only",
  ),
  consoleRemoteOperators: withDefault(
    "KEYFAST_CONSOLE_REMOTE_OPERATORS",
    "false",
    parse.flag,
    "true: operator tokens may sign in to the console also from other machines, and where KEYFAST_CONSOLE_URL is set",
  ),
  oidcClientId: optional(
    "KEYFAST_OIDC_CLIENT_ID",
    parse.claimName,
    "Client that the console is at the issuer; without it no sign-in by OpenID Connect. Redirect URI: /console/callback",
  ),
  oidcClientSecret: secret(
    "KEYFAST_OIDC_CLIENT_SECRET",
    parse.claimName,
    "That client's secret; without it PKCE alone protects the sign-in",
  ),
  oidcScope: withDefault(
    "KEYFAST_OIDC_SCOPE",
    "openid profile email",
    parse.scopes,
    "Scopes that the console asks for; add offline_access where the issuer gives refresh tokens for it",
  ),
  logLevel: withDefault(
    "KEYFAST_LOG_LEVEL",
    "info",
    parse.oneOf("trace", "debug", "info", "warn", "error", "fatal", "silent"),
    "Least severe level that is logged: trace, debug, info, warn, error, fatal or silent",
  ),
  callTimeoutMs: withDefault(
    "KEYFAST_CALL_TIMEOUT_MS",
    "30000",
    integer(100, 600_000),
    "Longest time that the server gives any call, in milliseconds",
  ),
  shutdownDelayMs: withDefault(
    "KEYFAST_SHUTDOWN_DELAY_MS",
    "0",
    integer(0, 60_000),
    "Time between telling NOT_SERVING and closing the ports, in milliseconds: as long as a load balancer takes to see it",
  ),
  shutdownTimeoutMs: withDefault(
    "KEYFAST_SHUTDOWN_TIMEOUT_MS",
    "10000",
    integer(0, 600_000),
    "Time that calls in flight get to end at shutdown, in milliseconds",
  ),
  leaseMs: withDefault(
    "KEYFAST_LEASE_MS",
    "3000",
    integer(300, 60_000),
    "How long answers go on from memory while MongoDB cannot be reached, in milliseconds",
  ),
  fenceAfterMs: withDefault(
    "KEYFAST_FENCE_AFTER_MS",
    "1500",
    integer(100, 60_000),
    "How long a Delete waits for a silent replica before it fences it, in milliseconds",
  ),
  clockRateMargin: withDefault(
    "KEYFAST_CLOCK_RATE_MARGIN",
    "0.001",
    parse.decimal(0.000_001, 0.1),
    "By how much the rates of two machines' monotonic clocks may differ, as a fraction",
  ),
  cacheKeys: withDefault(
    "KEYFAST_CACHE_KEYS",
    "200000",
    integer(1, 10_000_000),
    "How many keys a replica keeps in memory",
  ),
  workers: withDefault(
    "KEYFAST_WORKERS",
    "1",
    parse.workers,
    "Processes that serve the same ports, each a replica of its own; auto: one for each processor",
  ),
  connectionAgeMs: withDefault(
    "KEYFAST_CONNECTION_AGE_MS",
    "600000",
    integer(1_000, 86_400_000),
    "Age, a tenth more or less, at which a connection is asked to close so that clients spread anew, in milliseconds; its calls may end",
  ),
} as const;

export type Values = {
  readonly [K in keyof typeof VARIABLES]: (typeof VARIABLES)[K] extends Variable<infer T> ? T : never;
};
