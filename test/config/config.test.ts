import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONFIG_VARIABLES, ConfigError, loadConfig } from "../../src/config.ts";
import { textDigest } from "../../src/domain/digest.ts";

const TOKEN = "operator-".padEnd(40, "x");
const SECRET = randomBytes(32);
const PEPPER = `p1:${SECRET.toString("base64")}`;
const URI = "mongodb://user:hunter2@db.example:27017/?replicaSet=rs";
const OWN_DATABASE = {
  KEYFAST_MONGODB_URI: URI,
  KEYFAST_PEPPER: PEPPER,
  KEYFAST_OPERATOR_TOKENS: TOKEN,
};

function problemsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  try {
    loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return Object.fromEntries(error.problems.map(({ variable, rule }) => [variable, rule]));
  }
  return {};
}

const services = (...entries: unknown[]) => ({ KEYFAST_SERVICE_TOKENS: JSON.stringify(entries) });
const token = (letter: string) => letter.repeat(32);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "keyfast-config-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  const path = join(folder, randomBytes(6).toString("hex"));
  writeFileSync(path, text);
  return path;
}

describe("without any variable", () => {
  it("both ports are on the loopback address, and a local database is to be run", () => {
    expect(loadConfig({})).toEqual({
      http: { host: "127.0.0.1", port: 8080 },
      grpc: { host: "127.0.0.1", port: 9090 },
      metrics: undefined,
      corsOrigins: [],
      dataDir: ".keyfast",
      cacheDir: undefined,
      mongod: undefined,
      mongodbUri: undefined,
      database: "keyfast",
      keyPrefix: "kf",
      pepper: undefined,
      retiredPeppers: [],
      operatorDigests: [],
      serviceTokens: [],
      issuer: undefined,
      console: { url: undefined, remoteOperators: false, client: undefined },
      logLevel: "info",
      callTimeoutMs: 30_000,
      shutdownDelayMs: 0,
      shutdownTimeoutMs: 10_000,
      leaseMs: 3_000,
      fenceAfterMs: 1_500,
      clockRateMargin: 0.001,
      cacheKeys: 200_000,
      workers: 1,
      connectionAgeMs: 600_000,
    });
  });

  it("variables that are set to nothing count as not set", () => {
    const empty = Object.fromEntries(CONFIG_VARIABLES.map(({ name }) => [name, ""]));
    expect(loadConfig(empty)).toEqual(loadConfig({}));
  });
});

describe("the table of variables", () => {
  it("has a meaning in one line for each, and a default that its own rule accepts", () => {
    for (const { name, meaning, parse, default: text } of CONFIG_VARIABLES) {
      expect(meaning, name).toMatch(/^\S[^\n]{10,140}$/);
      if (text !== undefined) expect(() => parse(text), name).not.toThrow();
    }
  });

  it("names each variable once", () => {
    const names = CONFIG_VARIABLES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("marks as secrets exactly those that carry one", () => {
    const secrets = CONFIG_VARIABLES.filter(({ secret }) => secret).map(({ name }) => name);
    expect(secrets).toEqual([
      "KEYFAST_MONGODB_URI",
      "KEYFAST_PEPPER",
      "KEYFAST_RETIRED_PEPPERS",
      "KEYFAST_OPERATOR_TOKENS",
      "KEYFAST_SERVICE_TOKENS",
      "KEYFAST_OIDC_CLIENT_SECRET",
    ]);
  });
});

describe("secrets", () => {
  it("tokens are kept as digests only", () => {
    const config = loadConfig({ KEYFAST_OPERATOR_TOKENS: `${TOKEN}, ${token("b")}` });
    expect(config.operatorDigests).toEqual([textDigest(TOKEN), textDigest(token("b"))]);
    expect(JSON.stringify(config)).not.toContain(TOKEN);
  });

  it("a pepper is its id and its bytes", () => {
    const retired = `old:${Buffer.alloc(40, 7).toString("base64")}`;
    const config = loadConfig({ KEYFAST_PEPPER: PEPPER, KEYFAST_RETIRED_PEPPERS: retired });
    expect(config.pepper).toEqual({ id: "p1", secret: new Uint8Array(SECRET) });
    expect(config.retiredPeppers).toEqual([{ id: "old", secret: new Uint8Array(40).fill(7) }]);
  });

  it.each(CONFIG_VARIABLES.filter(({ secret }) => secret).map(({ name }) => name))(
    "%s may come from a file, a line break at its end aside",
    (name) => {
      const direct = {
        ...OWN_DATABASE,
        KEYFAST_RETIRED_PEPPERS: `p0:${SECRET.toString("base64")}`,
        ...services({ name: "s", token: token("s") }),
        KEYFAST_OIDC_ISSUER: "https://id.example",
        KEYFAST_OIDC_AUDIENCE: "keyfast",
        KEYFAST_OIDC_CLIENT_ID: "console",
        KEYFAST_OIDC_CLIENT_SECRET: token("c"),
      };
      const { [name as keyof typeof direct]: value, ...others } = direct;
      expect(loadConfig({ ...others, [`${name}_FILE`]: fileWith(`${value}\n`) })).toEqual(loadConfig(direct));
      const both = { ...direct, [`${name}_FILE`]: fileWith(`${value}\n`) };
      expect(problemsOf(both)).toEqual({ [name]: `and ${name}_FILE are both set: set one of them` });
    },
  );

  it("a file that is not there, or is empty, is named", () => {
    expect(problemsOf({ KEYFAST_PEPPER_FILE: join(folder, "nothing") })).toEqual({
      KEYFAST_PEPPER_FILE: "names a file that cannot be read (ENOENT)",
    });
    expect(problemsOf({ KEYFAST_PEPPER_FILE: fileWith(" \n") })).toEqual({
      KEYFAST_PEPPER_FILE: "names a file that is empty",
    });
  });

  it("what is no secret cannot come from a file", () => {
    expect(problemsOf({ KEYFAST_HTTP_PORT_FILE: fileWith("1") })).toEqual({
      KEYFAST_HTTP_PORT_FILE: "is not a variable of Keyfast",
    });
  });

  it("must be given with a database of one's own", () => {
    expect(problemsOf({ KEYFAST_MONGODB_URI: URI })).toEqual({
      KEYFAST_PEPPER: "must be set when KEYFAST_MONGODB_URI is",
      KEYFAST_OPERATOR_TOKENS: "must be set when KEYFAST_MONGODB_URI is",
    });
    expect(loadConfig(OWN_DATABASE)).toMatchObject({ mongodbUri: URI, pepper: { id: "p1" } });
  });
});

describe("service tokens", () => {
  it("are pinned to nothing, to projects, or to environments", () => {
    const config = loadConfig(
      services(
        { name: "all", token: token("a") },
        {
          name: "some",
          token: token("b"),
          projects: ["p-1", "p.2"],
          environments: ["staging", "production"],
        },
      ),
    );
    expect(config.serviceTokens).toEqual([
      { name: "all", digest: textDigest(token("a")), pins: { projects: undefined, environments: undefined } },
      {
        name: "some",
        digest: textDigest(token("b")),
        pins: { projects: new Set(["p-1", "p.2"]), environments: new Set([2, 3]) },
      },
    ]);
  });

  it.each([
    ["text that is no JSON", "not json"],
    ["an object", '{"name":"a"}'],
    ["an entry that is no object", "[1]"],
    ["an entry that is an array", "[[]]"],
    ["no name", JSON.stringify([{ token: token("a") }])],
    ["a name with a space", JSON.stringify([{ name: "a b", token: token("a") }])],
    ["a short token", JSON.stringify([{ name: "a", token: "a".repeat(31) }])],
    ["a token that is no text", JSON.stringify([{ name: "a", token: 1 }])],
    ["a misspelt field", JSON.stringify([{ name: "a", token: token("a"), project: ["p"] }])],
    ["pins to no project", JSON.stringify([{ name: "a", token: token("a"), projects: [] }])],
    ["pins to one text", JSON.stringify([{ name: "a", token: token("a"), projects: "p" }])],
    [
      "pins to a project id with a slash",
      JSON.stringify([{ name: "a", token: token("a"), projects: ["a/b"] }]),
    ],
    ["pins to no environment", JSON.stringify([{ name: "a", token: token("a"), environments: [] }])],
    ["an unknown environment", JSON.stringify([{ name: "a", token: token("a"), environments: ["prod"] }])],
  ])("with %s are refused", (_, text) => {
    expect(Object.keys(problemsOf({ KEYFAST_SERVICE_TOKENS: text }))).toEqual(["KEYFAST_SERVICE_TOKENS"]);
  });
});

describe("duplicates are refused", () => {
  it.each([
    ["an operator token twice", { KEYFAST_OPERATOR_TOKENS: `${TOKEN},${TOKEN}` }, "KEYFAST_OPERATOR_TOKENS"],
    [
      "a service token twice",
      services({ name: "a", token: token("a") }, { name: "b", token: token("a") }),
      "KEYFAST_SERVICE_TOKENS",
    ],
    [
      "a service's name twice",
      services({ name: "a", token: token("a") }, { name: "a", token: token("b") }),
      "KEYFAST_SERVICE_TOKENS",
    ],
    [
      "a service token that is an operator's too",
      { KEYFAST_OPERATOR_TOKENS: token("a"), ...services({ name: "a", token: token("a") }) },
      "KEYFAST_SERVICE_TOKENS",
    ],
    [
      "the id of a pepper twice",
      { KEYFAST_PEPPER: PEPPER, KEYFAST_RETIRED_PEPPERS: PEPPER },
      "KEYFAST_RETIRED_PEPPERS",
    ],
    [
      "the id of a retired pepper twice",
      { KEYFAST_RETIRED_PEPPERS: `${PEPPER},${PEPPER}` },
      "KEYFAST_RETIRED_PEPPERS",
    ],
    ["one port for both", { KEYFAST_HTTP_PORT: "7000", KEYFAST_GRPC_PORT: "7000" }, "KEYFAST_GRPC_PORT"],
    ["metrics on the HTTP port", { KEYFAST_METRICS_PORT: "8080" }, "KEYFAST_METRICS_PORT"],
    ["metrics on the gRPC port", { KEYFAST_METRICS_PORT: "9090" }, "KEYFAST_METRICS_PORT"],
  ])("%s", (_, env: Record<string, string>, variable) => {
    expect(Object.keys(problemsOf(env))).toEqual([variable]);
  });

  it("but any free port may be asked for twice", () => {
    const any = { KEYFAST_HTTP_PORT: "0", KEYFAST_GRPC_PORT: "0", KEYFAST_METRICS_PORT: "0" };
    expect(problemsOf(any)).toEqual({});
  });
});

describe("a value that breaks its rule is refused", () => {
  const overlong = "x".repeat(65);
  it.each([
    ["KEYFAST_HTTP_PORT", "65536"],
    ["KEYFAST_HTTP_PORT", "-1"],
    ["KEYFAST_HTTP_PORT", "80.5"],
    ["KEYFAST_HTTP_PORT", "0x50"],
    ["KEYFAST_HTTP_PORT", "8e3"],
    ["KEYFAST_GRPC_PORT", "tcp://10.0.0.1:9090"],
    ["KEYFAST_METRICS_PORT", "65536"],
    ["KEYFAST_HTTP_HOST", "not a host"],
    ["KEYFAST_HTTP_HOST", "127.0.0.1:80"],
    ["KEYFAST_ALLOW_CLEAR_TEXT", "yes"],
    ["KEYFAST_CORS_ORIGINS", "*"],
    ["KEYFAST_CORS_ORIGINS", "null"],
    ["KEYFAST_CORS_ORIGINS", "https://a.example/"],
    ["KEYFAST_CORS_ORIGINS", "https://a.example,"],
    ["KEYFAST_CORS_ORIGINS", "ftp://a.example"],
    ["KEYFAST_MONGODB_URI", "postgres://db"],
    ["KEYFAST_MONGODB_DATABASE", "admin"],
    ["KEYFAST_MONGODB_DATABASE", "a.b"],
    ["KEYFAST_MONGODB_DATABASE", overlong],
    ["KEYFAST_KEY_PREFIX", "K"],
    ["KEYFAST_KEY_PREFIX", "with_underscore"],
    ["KEYFAST_PEPPER", "no-colon"],
    ["KEYFAST_PEPPER", `id:${Buffer.alloc(31).toString("base64")}`],
    ["KEYFAST_PEPPER", `id:${SECRET.toString("base64url")}`],
    ["KEYFAST_PEPPER", `id:${SECRET.toString("base64").slice(0, -2)}!=`],
    ["KEYFAST_PEPPER", `:${SECRET.toString("base64")}`],
    ["KEYFAST_RETIRED_PEPPERS", `${PEPPER},`],
    ["KEYFAST_OPERATOR_TOKENS", "a".repeat(31)],
    ["KEYFAST_OPERATOR_TOKENS", `${TOKEN},`],
    ["KEYFAST_OPERATOR_TOKENS", `${TOKEN} with a space`],
    ["KEYFAST_OPERATOR_TOKENS", `${TOKEN}é`],
    ["KEYFAST_CONSOLE_URL", "http://keys.example.com"],
    ["KEYFAST_CONSOLE_URL", "https://keys.example.com/"],
    ["KEYFAST_CONSOLE_URL", "https://keys.example.com/console"],
    ["KEYFAST_CONSOLE_URL", "keys.example.com"],
    ["KEYFAST_CONSOLE_REMOTE_OPERATORS", "1"],
    ["KEYFAST_OIDC_SCOPE", "profile"],
    ["KEYFAST_OIDC_SCOPE", "openid  email"],
    ["KEYFAST_LOG_LEVEL", "loud"],
    ["KEYFAST_CALL_TIMEOUT_MS", "99"],
    ["KEYFAST_SHUTDOWN_DELAY_MS", "60001"],
    ["KEYFAST_SHUTDOWN_TIMEOUT_MS", "1.5"],
    ["KEYFAST_LEASE_MS", "299"],
    ["KEYFAST_LEASE_MS", "60001"],
    ["KEYFAST_FENCE_AFTER_MS", "0"],
    ["KEYFAST_CLOCK_RATE_MARGIN", "0"],
    ["KEYFAST_CLOCK_RATE_MARGIN", "0.2"],
    ["KEYFAST_CLOCK_RATE_MARGIN", "1e-3"],
    ["KEYFAST_CACHE_KEYS", "0"],
    ["KEYFAST_CACHE_KEYS", "10000001"],
  ])("%s=%s", (name, value) => {
    expect(Object.keys(problemsOf({ [name]: value }))).toEqual([name]);
  });
});

describe("an issuer", () => {
  const issuer = { KEYFAST_OIDC_ISSUER: "https://id.example", KEYFAST_OIDC_AUDIENCE: "keyfast" };

  it("comes with its audience, and with the usual claim unless another is named", () => {
    expect(loadConfig(issuer).issuer).toEqual({
      issuer: "https://id.example",
      audience: "keyfast",
      jwksUrl: undefined,
      projectsClaim: "keyfast_projects",
    });
  });

  it("may be reached in clear text on the loopback address only", () => {
    for (const loopback of ["http://127.0.0.1:1/a", "http://localhost:1", "http://[::1]:1"]) {
      expect(
        problemsOf({ ...issuer, KEYFAST_OIDC_ISSUER: loopback, KEYFAST_OIDC_JWKS_URL: loopback }),
      ).toEqual({});
    }
    for (const remote of [
      "http://id.example",
      "https://u:p@id.example",
      "https://id.example/?a=1",
      "id.example",
    ]) {
      expect(Object.keys(problemsOf({ ...issuer, KEYFAST_OIDC_ISSUER: remote }))).toContain(
        "KEYFAST_OIDC_ISSUER",
      );
    }
  });

  it("is asked for where only a part of it is given", () => {
    expect(Object.keys(problemsOf({ KEYFAST_OIDC_ISSUER: "https://id.example" }))).toEqual([
      "KEYFAST_OIDC_AUDIENCE",
    ]);
    expect(Object.keys(problemsOf({ KEYFAST_OIDC_AUDIENCE: "keyfast" }))).toEqual(["KEYFAST_OIDC_AUDIENCE"]);
    expect(Object.keys(problemsOf({ KEYFAST_OIDC_JWKS_URL: "https://id.example/jwks" }))).toEqual([
      "KEYFAST_OIDC_JWKS_URL",
    ]);
  });
});

describe("clear text", () => {
  const hosts = ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "keyfast.example", "128.0.0.1"];

  it.each(hosts)("on %s has to be asked for", (host) => {
    const env = { KEYFAST_HTTP_HOST: host, KEYFAST_GRPC_HOST: host, KEYFAST_METRICS_HOST: host };
    expect(Object.keys(problemsOf(env))).toEqual(Object.keys(env));
    expect(problemsOf({ ...env, KEYFAST_ALLOW_CLEAR_TEXT: "true" })).toEqual({});
  });

  it.each(["127.0.0.1", "127.255.0.9", "::1", "localhost"])("on %s has not", (host) => {
    expect(problemsOf({ KEYFAST_HTTP_HOST: host, KEYFAST_GRPC_HOST: host })).toEqual({});
  });
});

describe("names", () => {
  it("that start with KEYFAST_ and are not known are refused, one by one", () => {
    expect(problemsOf({ KEYFAST_HTTP_PRT: "1", KEYFAST_DATABASE: "x", OTHER: "y" })).toEqual({
      KEYFAST_HTTP_PRT: "is not a variable of Keyfast",
      KEYFAST_DATABASE: "is not a variable of Keyfast",
    });
  });

  it("that Kubernetes injects for a Service are let be", () => {
    const links = {
      KEYFAST_SERVICE_HOST: "10.0.0.1",
      KEYFAST_SERVICE_PORT: "8080",
      KEYFAST_SERVICE_PORT_HTTP: "8080",
      KEYFAST_PORT: "tcp://10.0.0.1:8080",
      KEYFAST_PORT_8080_TCP: "tcp://10.0.0.1:8080",
      KEYFAST_PORT_8080_TCP_PROTO: "tcp",
      KEYFAST_PORT_8080_TCP_PORT: "8080",
      KEYFAST_PORT_8080_TCP_ADDR: "10.0.0.1",
      KEYFAST_CONSOLE_SERVICE_HOST: "10.0.0.1",
      KEYFAST_CONSOLE_PORT: "tcp://10.0.0.2:80",
    };
    expect(loadConfig(links)).toEqual(loadConfig({}));
  });

  it("that look like those, but were set by somebody for us, are refused", () => {
    expect(Object.keys(problemsOf({ KEYFAST_PORT: "8080", KEYFAST_GPRC_PORT: "9090" }))).toEqual([
      "KEYFAST_PORT",
      "KEYFAST_GPRC_PORT",
    ]);
  });

  it("of a Service that takes a name of ours are told apart", () => {
    expect(problemsOf({ KEYFAST_HTTP_PORT: "tcp://10.0.0.1:80" })).toEqual({
      KEYFAST_HTTP_PORT: "is a service link of Kubernetes: set enableServiceLinks to false",
    });
  });
});

describe("an error", () => {
  it("tells every problem at once, and no value", () => {
    const env: NodeJS.ProcessEnv = {
      KEYFAST_NONSENSE: "value-1",
      KEYFAST_HTTP_PORT: "value-2",
      KEYFAST_PEPPER: "value-3",
      KEYFAST_SERVICE_TOKENS: '[{"name": "value-4", "token": value-5}]',
      KEYFAST_OPERATOR_TOKENS: "value-6",
      KEYFAST_MONGODB_URI: "value-7",
      KEYFAST_HTTP_HOST: "192.0.2.8",
    };
    let error: unknown;
    try {
      loadConfig(env);
    } catch (thrown) {
      error = thrown;
    }
    if (!(error instanceof ConfigError)) throw new Error("nothing was refused");
    for (const name of Object.keys(env)) expect(error.message).toContain(name);
    expect(error.problems).toHaveLength(Object.keys(env).length);
    expect(`${error.stack}${JSON.stringify(error.problems)}`).not.toMatch(/value-\d|192\.0\.2\.8/);
  });
});

describe("the console", () => {
  const issuer = { KEYFAST_OIDC_ISSUER: "https://id.example", KEYFAST_OIDC_AUDIENCE: "keyfast" };

  it("is at home at the origin that is given, and signs people in as the client that is given", () => {
    const env = {
      ...issuer,
      KEYFAST_CONSOLE_URL: "https://keys.example.com",
      KEYFAST_CONSOLE_REMOTE_OPERATORS: "true",
      KEYFAST_OIDC_CLIENT_ID: "console",
      KEYFAST_OIDC_CLIENT_SECRET: "secret",
    };
    expect(loadConfig(env).console).toEqual({
      url: "https://keys.example.com",
      remoteOperators: true,
      client: { clientId: "console", clientSecret: "secret", scope: "openid profile email" },
    });
  });

  it("is a client only where there is an issuer, and has a secret only as a client", () => {
    expect(Object.keys(problemsOf({ KEYFAST_OIDC_CLIENT_ID: "console" }))).toEqual([
      "KEYFAST_OIDC_CLIENT_ID",
    ]);
    expect(Object.keys(problemsOf({ ...issuer, KEYFAST_OIDC_CLIENT_SECRET: "secret" }))).toEqual([
      "KEYFAST_OIDC_CLIENT_SECRET",
    ]);
  });
});
