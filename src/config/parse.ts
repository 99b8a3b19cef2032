/** From the text of one variable to a value. A parser throws a `BrokenRule`, whose text never repeats the value. */

import { BlockList, isIP } from "node:net";
import { availableParallelism } from "node:os";
import { type Pepper, textDigest } from "../domain/digest.ts";
import { environmentNamed } from "../domain/environment.ts";
import { KEY_PREFIX_PATTERN } from "../domain/key-text.ts";
import { PROJECT_ID } from "../domain/project-id.ts";
import type { Scope } from "../domain/verdict.ts";

export class BrokenRule extends Error {
  override readonly name = "BrokenRule";
}

export type Parse<T> = (text: string) => T;

function require(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new BrokenRule(rule);
}

const matching =
  (pattern: RegExp, rule: string): Parse<string> =>
  (text) => {
    require(pattern.test(text), rule);
    return text;
  };

export const anyText: Parse<string> = (text) => text;

export function integer(least: number, most: number): Parse<number> {
  return (text) => {
    // What Kubernetes injects for a Service named keyfast-http or keyfast-grpc has the name of our own port.
    require(!/^(tcp|udp|sctp):\/\//.test(
      text,
    ), "is a service link of Kubernetes: set enableServiceLinks to false");
    const value = Number(text);
    require(/^\d+$/.test(text) &&
      value >= least &&
      value <= most, `must be an integer from ${least} to ${most}`);
    return value;
  };
}

export function decimal(least: number, most: number): Parse<number> {
  return (text) => {
    const value = Number(text);
    require(/^\d+(\.\d+)?$/.test(text) &&
      value >= least &&
      value <= most, `must be a number from ${least} to ${most}`);
    return value;
  };
}

const MAX_WORKERS = 128;

export const workers: Parse<number> = (text) => {
  const value = text === "auto" ? Math.min(availableParallelism(), MAX_WORKERS) : Number(text);
  require(text === "auto" ||
    (/^\d+$/.test(text) &&
      value >= 1 &&
      value <= MAX_WORKERS), `must be auto or an integer from 1 to ${MAX_WORKERS}`);
  return value;
};

export const flag: Parse<boolean> = (text) => {
  require(text === "true" || text === "false", "must be true or false");
  return text === "true";
};

export function oneOf<T extends string>(...names: readonly T[]): Parse<T> {
  return (text) => {
    const found = names.find((name) => name === text);
    require(found !== undefined, `must be one of ${names.join(", ")}`);
    return found;
  };
}

const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const HOST_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

export const host: Parse<string> = (text) => {
  require(isIP(text) !== 0 || HOST_NAME.test(text), "must be an IP address or a host name");
  return text;
};

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** Names but `localhost` are taken for addresses that others reach: what they resolve to may change. */
export function isLoopback(hostText: string): boolean {
  const version = isIP(hostText);
  if (version === 0) return hostText.toLowerCase() === "localhost";
  return LOOPBACK.check(hostText, version === 4 ? "ipv4" : "ipv6");
}

const DATABASE_RULE =
  "must be 1 to 38 letters, digits, underscores or hyphens, and none of admin, config, local";

export const databaseName = matching(/^(?!(?:admin|config|local)$)[A-Za-z0-9_-]{1,38}$/, DATABASE_RULE);

export const mongodbUri = matching(
  /^mongodb(?:\+srv)?:\/\/\S+$/,
  "must be a connection string that starts with mongodb:// or mongodb+srv://",
);

export const keyPrefix = matching(
  KEY_PREFIX_PATTERN,
  "must be 2 to 16 lower-case letters and digits, a letter first",
);

export const claimName = matching(/^\S{1,255}$/, "must be 1 to 255 characters without spaces");

/** In clear text only where nobody else can listen. */
export const httpsUrl: Parse<string> = (text) => {
  const url = URL.parse(text);
  const rule = "must be an https URL without user, query and fragment (http on the loopback address only)";
  require(url !== null, rule);
  require(url.username === "" && url.password === "" && url.search === "" && url.hash === "", rule);
  const bare = url.hostname.replace(/^\[|\]$/g, "");
  require(url.protocol === "https:" || (url.protocol === "http:" && isLoopback(bare)), rule);
  return text;
};

/** Browsers keep a secure cookie for https, and for the loopback address. */
export const httpsOrigin: Parse<string> = (text) => {
  httpsUrl(text);
  require(URL.parse(text)?.origin ===
    text, "must be an origin such as https://keys.example.com, without path");
  return text;
};

export const scopes: Parse<string> = (text) => {
  const names = text.split(" ");
  require(names.includes("openid") &&
    names.every((name) =>
      /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name),
    ), "must be scopes, separated by single spaces, with openid among them");
  return text;
};

const entries = (text: string) => text.split(",").map((entry) => entry.trim());

export const corsOrigins: Parse<readonly string[]> = (text) => {
  const origins = entries(text);
  const isOrigin = (origin: string) => /^https?:/.test(origin) && URL.parse(origin)?.origin === origin;
  require(origins.every(
    isOrigin,
  ), "must be a comma list of origins such as https://console.example.com, without path and without *");
  return origins;
};

const MIN_PEPPER_BYTES = 32;
const PEPPER_RULE = `must be <id>:<base64 of at least ${MIN_PEPPER_BYTES} bytes>, the id 1 to 32 letters, digits, underscores or hyphens`;

/** Only the canonical base64, so that a pepper has one spelling. */
export const pepper: Parse<Pepper> = (text) => {
  const [, id, encoded] = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  require(id !== undefined && encoded !== undefined, PEPPER_RULE);
  const secret = Buffer.from(encoded, "base64");
  require(secret.toString("base64") === encoded && secret.length >= MIN_PEPPER_BYTES, PEPPER_RULE);
  return { id, secret: new Uint8Array(secret) };
};

export const peppers: Parse<readonly Pepper[]> = (text) => entries(text).map(pepper);

/** Longer than this many characters of a random text cannot be guessed; a comma would end a list's entry. */
const TOKEN = /^[\x21-\x2b\x2d-\x7e]{32,512}$/;
const TOKEN_RULE = "32 to 512 printable ASCII characters without spaces and commas";

/** Tokens are known by their SHA-256 from here on. */
export const operatorTokens: Parse<readonly Uint8Array[]> = (text) => {
  const tokens = entries(text);
  require(tokens.every((token) =>
    TOKEN.test(token),
  ), `must be a comma list of tokens, each of ${TOKEN_RULE}`);
  return tokens.map(textDigest);
};

/** A configured token of an internal service. */
export interface ServiceToken {
  readonly name: string;
  readonly digest: Uint8Array;
  readonly pins: Scope;
}

const SERVICE_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/;
const SERVICE_FIELDS = new Set(["name", "token", "projects", "environments"]);
const SERVICES_RULE =
  'must be a JSON array of {"name", "token"} with, where wanted, "projects" and "environments"';

export const serviceTokens: Parse<readonly ServiceToken[]> = (text) => {
  const list = jsonOf(text);
  require(Array.isArray(list), SERVICES_RULE);
  return list.map((entry, index) => serviceToken(entry, `entry ${index + 1}`));
};

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The text of a syntax error repeats a piece of what it read.
    throw new BrokenRule(SERVICES_RULE);
  }
}

function serviceToken(entry: unknown, where: string): ServiceToken {
  require(typeof entry === "object" && entry !== null && !Array.isArray(entry), SERVICES_RULE);
  const { name, token, projects, environments } = entry as Record<string, unknown>;
  require(Object.keys(entry).every((field) =>
    SERVICE_FIELDS.has(field),
  ), `${where}: has a field other than ${[...SERVICE_FIELDS].join(", ")}`);
  require(typeof name === "string" &&
    SERVICE_NAME.test(
      name,
    ), `${where}: "name" must be 1 to 63 lower-case letters, digits, dots, underscores or hyphens`);
  require(typeof token === "string" && TOKEN.test(token), `${where}: "token" must be ${TOKEN_RULE}`);
  const pins = { projects: projectPins(projects, where), environments: environmentPins(environments, where) };
  return { name, digest: textDigest(token), pins };
}

/** An empty list is refused: to some it means nothing, to others everything. */
function listOf(value: unknown, rule: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  require(Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string"), rule);
  return value;
}

function projectPins(value: unknown, where: string): ReadonlySet<string> | undefined {
  const rule = `${where}: "projects" must be project ids, at least one; leave it out for all`;
  const projects = listOf(value, rule);
  require(projects === undefined || projects.every((id) => PROJECT_ID.test(id)), rule);
  return projects && new Set(projects);
}

function environmentPins(value: unknown, where: string): ReadonlySet<number> | undefined {
  const rule = `${where}: "environments" must be of development, staging, production, at least one; leave it out for all`;
  const environments = listOf(value, rule)?.map(environmentNamed);
  require(environments === undefined || environments.every((number) => number !== undefined), rule);
  return environments && new Set(environments);
}
