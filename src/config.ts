/** From the environment to one typed value, every problem reported at once. */
import { readFileSync } from "node:fs";
import { VARIABLES, type Variable, type VariableName } from "./config-variables.ts";
import { type Pepper, textDigest } from "./domain/digest.ts";
import { type EnvironmentNumber, environmentNamed } from "./domain/environment.ts";
import { KEY_PREFIX_PATTERN } from "./domain/key-text.ts";
import type { Scope } from "./domain/verdict.ts";

export interface Address {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface ServiceToken {
  readonly name: string;
  readonly digest: Uint8Array;
  readonly pins: Scope;
}

export interface IssuerSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string | undefined;
  readonly projectsClaim: string;
}

export interface Config {
  readonly http: Address;
  readonly grpc: Address;
  readonly corsOrigins: readonly string[];
  readonly dataDir: string;
  readonly cacheDir: string | undefined;
  readonly mongod: string | undefined;
  readonly mongodbUri: string | undefined;
  readonly database: string;
  readonly keyPrefix: string;
  /** Undefined: generated for the local database. */
  readonly pepper: Pepper | undefined;
  readonly retiredPeppers: readonly Pepper[];
  /** SHA-256 of each token; the tokens themselves are not kept. */
  readonly operatorDigests: readonly Uint8Array[];
  readonly serviceTokens: readonly ServiceToken[];
  readonly issuer: IssuerSettings | undefined;
  readonly logLevel: string;
  readonly callTimeoutMs: number;
  readonly shutdownDelayMs: number;
  readonly shutdownTimeoutMs: number;
  readonly leaseMs: number;
  readonly fenceAfterMs: number;
  readonly clockRateMargin: number;
  readonly cacheKeys: number;
}

/** What is wrong with the configuration, a line each: names and rules, never values. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration cannot be used:\n${problems.map((p) => `  - ${p}`).join("\n")}`);
    this.problems = problems;
  }
}

/** Orchestrators inject addresses of a service named `keyfast` under names like these. */
const INJECTED = /^KEYFAST_(PORT|PORT_.*|SERVICE_HOST|SERVICE_PORT|SERVICE_PORT_.*)$/;
const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;
const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];
const MIN_TOKEN_LENGTH = 32;
const MIN_PEPPER_BYTES = 32;
const PEPPER_ID = /^[A-Za-z0-9_-]{1,32}$/;

type Environment = Readonly<Record<string, string | undefined>>;

class Reader {
  readonly problems: string[] = [];
  readonly #values = new Map<string, string>();

  constructor(environment: Environment) {
    const table: readonly Variable[] = VARIABLES;
    const known = new Set(table.flatMap((v) => (v.secret ? [v.name, `${v.name}_FILE`] : [v.name])));
    for (const name of Object.keys(environment)) {
      if (!name.startsWith("KEYFAST_") || known.has(name) || INJECTED.test(name)) continue;
      this.problems.push(`${name} is not a variable that Keyfast knows`);
    }
    for (const variable of table) this.#read(variable, environment);
  }

  #read({ name, secret, fallback }: Variable, environment: Environment): void {
    const file = secret ? environment[`${name}_FILE`] : undefined;
    const direct = environment[name];
    if (file && direct) this.problems.push(`${name} and ${name}_FILE are both set`);
    const value = file ? this.#readFile(name, file) : direct;
    const used = value || fallback;
    if (used !== undefined) this.#values.set(name, used);
  }

  #readFile(name: string, path: string): string | undefined {
    try {
      return readFileSync(path, "utf8").trim();
    } catch {
      this.problems.push(`${name}_FILE names a file that cannot be read`);
      return undefined;
    }
  }

  optional(name: VariableName): string | undefined {
    return this.#values.get(name);
  }

  text(name: VariableName): string {
    return this.#values.get(name) ?? "";
  }

  list(name: VariableName): string[] {
    return this.text(name)
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  }

  number(name: VariableName, min: number, max: number, integer = true): number {
    const value = Number(this.text(name));
    const fits =
      Number.isFinite(value) && value >= min && value <= max && (!integer || Number.isInteger(value));
    if (!fits)
      this.problems.push(`${name} must be ${integer ? "a whole number" : "a number"} from ${min} to ${max}`);
    return value;
  }

  matching(name: VariableName, pattern: RegExp, rule: string): string {
    const value = this.text(name);
    if (!pattern.test(value)) this.problems.push(`${name} must be ${rule}`);
    return value;
  }

  boolean(name: VariableName): boolean {
    return this.matching(name, /^(true|false)$/, "true or false") === "true";
  }

  url(name: VariableName): string | undefined {
    const value = this.optional(name);
    if (value !== undefined && !/^https?:\/\/[^\s]+$/.test(value))
      this.problems.push(`${name} must be an http(s) URL`);
    return value;
  }
}

/** The configuration, or ConfigError. Reads the files that `_FILE` variables name. */
export function loadConfig(environment: Environment): Config {
  const read = new Reader(environment);
  const config: Config = {
    http: { host: read.text("KEYFAST_HTTP_HOST"), port: read.number("KEYFAST_HTTP_PORT", 0, 65_535) },
    grpc: { host: read.text("KEYFAST_GRPC_HOST"), port: read.number("KEYFAST_GRPC_PORT", 0, 65_535) },
    corsOrigins: origins(read),
    dataDir: read.text("KEYFAST_DATA_DIR"),
    cacheDir: read.optional("KEYFAST_CACHE_DIR"),
    mongod: read.optional("KEYFAST_MONGOD"),
    mongodbUri: mongodbUri(read),
    database: read.matching(
      "KEYFAST_MONGODB_DATABASE",
      /^[A-Za-z0-9_-]{1,63}$/,
      "1 to 63 of A-Z a-z 0-9 _ -",
    ),
    keyPrefix: read.matching("KEYFAST_KEY_PREFIX", KEY_PREFIX_PATTERN, "2 to 16 of a-z 0-9, a letter first"),
    ...peppers(read),
    operatorDigests: operatorDigests(read),
    serviceTokens: serviceTokens(read),
    issuer: issuer(read),
    logLevel: logLevel(read),
    callTimeoutMs: read.number("KEYFAST_CALL_TIMEOUT_MS", 100, 600_000),
    shutdownDelayMs: read.number("KEYFAST_SHUTDOWN_DELAY_MS", 0, 120_000),
    shutdownTimeoutMs: read.number("KEYFAST_SHUTDOWN_TIMEOUT_MS", 0, 600_000),
    leaseMs: read.number("KEYFAST_LEASE_MS", 300, 60_000),
    fenceAfterMs: read.number("KEYFAST_FENCE_AFTER_MS", 50, 60_000),
    clockRateMargin: read.number("KEYFAST_CLOCK_RATE_MARGIN", 0, 0.1, false),
    cacheKeys: read.number("KEYFAST_CACHE_KEYS", 1, 10_000_000),
  };
  requireLoopback(read, config);
  requireGivenSecrets(read, config);
  requireDistinctTokens(read, config);
  if (read.problems.length > 0) throw new ConfigError(read.problems);
  return config;
}

function origins(read: Reader): string[] {
  const list = read.list("KEYFAST_CORS_ORIGINS");
  if (!list.every((origin) => /^https?:\/\/[^/\s*]+$/.test(origin))) {
    read.problems.push(
      "KEYFAST_CORS_ORIGINS must list origins such as https://app.example.com, without a path",
    );
  }
  return list;
}

function mongodbUri(read: Reader): string | undefined {
  const uri = read.optional("KEYFAST_MONGODB_URI");
  if (uri !== undefined && !/^mongodb(\+srv)?:\/\//.test(uri)) {
    read.problems.push("KEYFAST_MONGODB_URI must start with mongodb:// or mongodb+srv://");
  }
  return uri;
}

function peppers(read: Reader) {
  const current = read.optional("KEYFAST_PEPPER");
  const pepper = current === undefined ? undefined : parsePepper(read, "KEYFAST_PEPPER", current);
  const retired = read
    .list("KEYFAST_RETIRED_PEPPERS")
    .map((text) => parsePepper(read, "KEYFAST_RETIRED_PEPPERS", text));
  const ids = [...(pepper ? [pepper] : []), ...retired].map((p) => p.id);
  if (new Set(ids).size < ids.length) read.problems.push("two peppers have the same id");
  return { pepper, retiredPeppers: retired };
}

function parsePepper(read: Reader, name: VariableName, text: string): Pepper {
  const pepper = pepperFrom(text);
  if (!pepper) read.problems.push(`${name} must be <id>:<base64 of ${MIN_PEPPER_BYTES} bytes or more>`);
  return pepper ?? { id: "", secret: new Uint8Array() };
}

/** Reads `<id>:<base64>`; undefined where it is not that. */
export function pepperFrom(text: string): Pepper | undefined {
  const at = text.indexOf(":");
  const id = text.slice(0, at);
  const secret = Buffer.from(text.slice(at + 1), "base64");
  return at > 0 && PEPPER_ID.test(id) && secret.length >= MIN_PEPPER_BYTES ? { id, secret } : undefined;
}

function operatorDigests(read: Reader): Uint8Array[] {
  const tokens = read.list("KEYFAST_OPERATOR_TOKENS");
  if (!tokens.every(isToken)) {
    read.problems.push(
      `KEYFAST_OPERATOR_TOKENS must be ${MIN_TOKEN_LENGTH} characters or more each, without spaces`,
    );
  }
  return tokens.map(textDigest);
}

const isToken = (token: unknown): token is string =>
  typeof token === "string" &&
  token.length >= MIN_TOKEN_LENGTH &&
  /^[\x21-\x7e]+$/.test(token) &&
  !token.includes(",");

function serviceTokens(read: Reader): ServiceToken[] {
  const text = read.optional("KEYFAST_SERVICE_TOKENS");
  if (text === undefined) return [];
  const tokens = parseServiceTokens(text);
  if (!tokens) {
    read.problems.push(
      "KEYFAST_SERVICE_TOKENS must be a JSON array of {name, token, projects?, environments?}, names distinct, tokens " +
        `of ${MIN_TOKEN_LENGTH} characters or more, environments of development, staging, production`,
    );
  }
  return tokens ?? [];
}

function parseServiceTokens(text: string): ServiceToken[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return undefined;
    const tokens = list.map(parseServiceToken);
    const names = new Set(tokens.map((token) => token?.name));
    if (names.size < tokens.length || tokens.includes(undefined)) return undefined;
    return tokens as ServiceToken[];
  } catch {
    return undefined;
  }
}

const FIELDS = new Set(["name", "token", "projects", "environments"]);

function parseServiceToken(entry: unknown): ServiceToken | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  if (!Object.keys(entry).every((field) => FIELDS.has(field))) return undefined;
  const { name, token, projects, environments } = entry as Record<string, unknown>;
  if (typeof name !== "string" || !/^[\w.-]{1,64}$/.test(name) || !isToken(token)) return undefined;
  const pinnedProjects = stringSet(projects);
  const pinnedNames = stringSet(environments);
  const pinned = pinnedNames && new Set([...pinnedNames].map(environmentNamed));
  if (pinnedProjects === null || pinnedNames === null || pinned?.has(undefined)) return undefined;
  return {
    name,
    digest: textDigest(token),
    pins: { projects: pinnedProjects, environments: pinned as ReadonlySet<EnvironmentNumber> | undefined },
  };
}

/** Undefined where nothing was said, null where it is not a list of texts. An empty list pins to nothing at all. */
function stringSet(value: unknown): ReadonlySet<string> | undefined | null {
  if (value === undefined) return undefined;
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? new Set(value) : null;
}

function issuer(read: Reader): IssuerSettings | undefined {
  const issuerUrl = read.url("KEYFAST_OIDC_ISSUER");
  const audience = read.optional("KEYFAST_OIDC_AUDIENCE");
  const jwksUrl = read.url("KEYFAST_OIDC_JWKS_URL");
  if ((issuerUrl === undefined) !== (audience === undefined)) {
    read.problems.push("KEYFAST_OIDC_ISSUER and KEYFAST_OIDC_AUDIENCE must be set together");
  }
  if (issuerUrl === undefined || audience === undefined) return undefined;
  return { issuer: issuerUrl, audience, jwksUrl, projectsClaim: read.text("KEYFAST_OIDC_PROJECTS_CLAIM") };
}

function logLevel(read: Reader): string {
  const level = read.text("KEYFAST_LOG_LEVEL");
  if (!LOG_LEVELS.includes(level))
    read.problems.push(`KEYFAST_LOG_LEVEL must be one of ${LOG_LEVELS.join(", ")}`);
  return level;
}

function requireLoopback(read: Reader, config: Config): void {
  if (read.boolean("KEYFAST_ALLOW_CLEAR_TEXT")) return;
  for (const [name, { host }] of [
    ["KEYFAST_HTTP_HOST", config.http],
    ["KEYFAST_GRPC_HOST", config.grpc],
  ] as const) {
    if (!LOOPBACK.test(host)) {
      read.problems.push(
        `${name} is not a loopback address; clear text beyond it needs KEYFAST_ALLOW_CLEAR_TEXT=true`,
      );
    }
  }
}

function requireGivenSecrets(read: Reader, config: Config): void {
  if (config.mongodbUri === undefined) return;
  if (!config.pepper) read.problems.push("KEYFAST_PEPPER must be set where KEYFAST_MONGODB_URI is");
  if (config.operatorDigests.length === 0) {
    read.problems.push("KEYFAST_OPERATOR_TOKENS must be set where KEYFAST_MONGODB_URI is");
  }
}

function requireDistinctTokens(read: Reader, config: Config): void {
  const digests = [...config.operatorDigests, ...config.serviceTokens.map((token) => token.digest)];
  const distinct = new Set(digests.map((digest) => Buffer.from(digest).toString("hex")));
  if (distinct.size < digests.length) read.problems.push("the same token is configured twice");
}
