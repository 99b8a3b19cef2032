/** Every `KEYFAST_*` variable: the table that parsing, the refusal of unknown names and the README share. */
export interface Variable {
  readonly name: string;
  /** As a person would write it; undefined: none. */
  readonly fallback: string | undefined;
  readonly meaning: string;
  /** Secrets may come as `<name>_FILE`, a path, instead. */
  readonly secret?: true;
}

export const VARIABLES = [
  { name: "KEYFAST_HTTP_HOST", fallback: "127.0.0.1", meaning: "Where the HTTP/1.1 port listens." },
  {
    name: "KEYFAST_HTTP_PORT",
    fallback: "8080",
    meaning: "Connect and gRPC-Web over HTTP/1.1; 0 is any free port.",
  },
  { name: "KEYFAST_GRPC_HOST", fallback: "127.0.0.1", meaning: "Where the HTTP/2 port listens." },
  {
    name: "KEYFAST_GRPC_PORT",
    fallback: "9090",
    meaning: "gRPC, gRPC-Web and Connect over clear-text HTTP/2; 0 is any free port.",
  },
  {
    name: "KEYFAST_ALLOW_CLEAR_TEXT",
    fallback: "false",
    meaning: "`true` lets the ports listen beyond the loopback address, in clear text.",
  },
  { name: "KEYFAST_CORS_ORIGINS", fallback: "", meaning: "Origins of browser clients, separated by commas." },
  {
    name: "KEYFAST_DATA_DIR",
    fallback: ".keyfast",
    meaning: "Where the local database and the generated tokens lie.",
  },
  {
    name: "KEYFAST_CACHE_DIR",
    fallback: undefined,
    meaning: "Where a downloaded `mongod` stays; otherwise the user's cache folder.",
  },
  { name: "KEYFAST_MONGOD", fallback: undefined, meaning: "The `mongod` to run locally, 7.0 or later." },
  {
    name: "KEYFAST_MONGODB_URI",
    fallback: undefined,
    meaning: "A MongoDB replica set to use instead of a local one.",
    secret: true,
  },
  { name: "KEYFAST_MONGODB_DATABASE", fallback: "keyfast", meaning: "The database in it." },
  {
    name: "KEYFAST_KEY_PREFIX",
    fallback: "kf",
    meaning: "What new keys start with; keys with an earlier one stay good.",
  },
  {
    name: "KEYFAST_PEPPER",
    fallback: undefined,
    meaning: "`<id>:<base64 of 32 bytes or more>`; generated for the local database only.",
    secret: true,
  },
  {
    name: "KEYFAST_RETIRED_PEPPERS",
    fallback: "",
    meaning: "Earlier peppers, separated by commas; keys made with them stay good.",
    secret: true,
  },
  {
    name: "KEYFAST_OPERATOR_TOKENS",
    fallback: undefined,
    meaning: "Operator tokens, separated by commas, 32 characters or more each.",
    secret: true,
  },
  {
    name: "KEYFAST_SERVICE_TOKENS",
    fallback: undefined,
    meaning: "JSON array of `{name, token, projects?, environments?}`.",
    secret: true,
  },
  {
    name: "KEYFAST_OIDC_ISSUER",
    fallback: undefined,
    meaning: "The OpenID Connect issuer whose JWTs administrators carry.",
  },
  { name: "KEYFAST_OIDC_AUDIENCE", fallback: undefined, meaning: "The audience that those JWTs must name." },
  {
    name: "KEYFAST_OIDC_JWKS_URL",
    fallback: undefined,
    meaning: "The issuer's signing keys; otherwise found by discovery.",
  },
  {
    name: "KEYFAST_OIDC_PROJECTS_CLAIM",
    fallback: "keyfast_projects",
    meaning: "The claim that lists the projects a person administers.",
  },
  {
    name: "KEYFAST_LOG_LEVEL",
    fallback: "info",
    meaning: "`trace`, `debug`, `info`, `warn`, `error` or `fatal`.",
  },
  {
    name: "KEYFAST_CALL_TIMEOUT_MS",
    fallback: "30000",
    meaning: "The server's own limit for any call, in milliseconds.",
  },
  {
    name: "KEYFAST_SHUTDOWN_DELAY_MS",
    fallback: "0",
    meaning: "From NOT_SERVING until the ports close, in milliseconds.",
  },
  {
    name: "KEYFAST_SHUTDOWN_TIMEOUT_MS",
    fallback: "10000",
    meaning: "How long calls under way may take to finish, in milliseconds.",
  },
  {
    name: "KEYFAST_LEASE_MS",
    fallback: "3000",
    meaning: "How long a replica answers from memory without the database, in milliseconds.",
  },
  {
    name: "KEYFAST_FENCE_AFTER_MS",
    fallback: "1500",
    meaning: "How long a Delete waits for a replica before it fences it, in milliseconds.",
  },
  {
    name: "KEYFAST_CLOCK_RATE_MARGIN",
    fallback: "0.001",
    meaning: "By how much the rates of two machines' clocks may differ, as a fraction.",
  },
  {
    name: "KEYFAST_CACHE_KEYS",
    fallback: "200000",
    meaning: "How many keys a replica keeps in memory; the least recently used goes first.",
  },
] as const satisfies readonly Variable[];

export type VariableName = (typeof VARIABLES)[number]["name"];
