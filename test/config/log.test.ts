import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newKeyId, newKeyText } from "../../src/domain/key-text.ts";
import { createLog, type Logger, scrub } from "../../src/log.ts";

const KEY = newKeyText("kf", 3, newKeyId());
const JWT = ["eyJhbGciOiJFUzI1NiJ9", "eyJzdWIiOiJhbGljZSJ9", "c2lnbmF0dXJl"].join(".");
const TOKEN = `kfo_${randomBytes(32).toString("base64url")}`;
const SHORT_TOKEN = "a-token-of-32-characters-exactly";

const SECRETS: readonly (readonly [string, string, string])[] = [
  ["a key", KEY, KEY],
  ["a key of another prefix", newKeyText("acme1", 1, newKeyId()), ""],
  ["a key that was cut off in its secret", KEY.slice(0, -30), ""],
  ["a key with a wrong last character", `${KEY.slice(0, -1)}!`, KEY.slice(0, -1)],
  ["a key behind an underscore", `x_${KEY}`, KEY],
  ["a JWT", JWT, "eyJzdWIi"],
  ["a generated token", TOKEN, ""],
  ["a bearer credential", `authorization: Bearer ${SHORT_TOKEN}`, SHORT_TOKEN],
  ["a bearer credential in lower case", `bearer ${SHORT_TOKEN}`, SHORT_TOKEN],
  ["a connection string with a password", "mongodb://user:hunter2@db.example/?x=1", "hunter2"],
  ["a connection string of a DNS seed list", "mongodb+srv://user:hunter2@db.example", "hunter2"],
  ["a password with an at sign", "mongodb://user:hun@ter2@db.example", "ter2@"],
  ["32 bytes in base64", Buffer.alloc(32, 0xa7).toString("base64"), ""],
  ["32 bytes in hex", randomBytes(32).toString("hex"), ""],
];

function logged(write: (log: Logger) => void): string {
  const lines: string[] = [];
  write(createLog("trace", { write: (line) => void lines.push(line) }));
  for (const line of lines) JSON.parse(line);
  return lines.join("");
}

describe.each(SECRETS)("%s is not logged", (_, text, part) => {
  const secret = part || text;

  it.each<[string, (log: Logger) => void]>([
    ["as the message", (log) => log.info(`before ${text} after`)],
    ["as a field", (log) => log.info({ field: text }, "m")],
    ["in quotes", (log) => log.info({ field: `{"a":"${text}"}` }, "m")],
    ["deep inside", (log) => log.info({ a: { b: [{ c: text }] } }, "m")],
    ["as a name of a field", (log) => log.info({ [text]: 1 }, "m")],
    ["as an error's message", (log) => log.error(new Error(text))],
    ["as a cause's message", (log) => log.error({ err: new Error("m", { cause: new Error(text) }) }, "m")],
    ["as a cause that is no error", (log) => log.error({ err: new Error("m", { cause: text }) }, "m")],
    ["as a property of an error", (log) => log.error({ err: Object.assign(new Error("m"), { text }) }, "m")],
    ["as an error's code", (log) => log.error({ err: Object.assign(new Error("m"), { code: text }) }, "m")],
    ["as a field of a child", (log) => log.child({ field: text }).info("m")],
    ["as an argument of the message", (log) => log.info("before %s after", text)],
  ])("%s", (_, write) => {
    const line = logged(write);
    expect(line).not.toBe("");
    expect(line).not.toContain(secret);
  });
});

describe("what is logged", () => {
  it("of bytes is their number only", () => {
    const secret = randomBytes(32);
    const line = logged((log) =>
      log.info({ pepper: { id: "p1", secret }, list: [new Uint8Array(secret)] }, "m"),
    );
    expect(JSON.parse(line)).toMatchObject({
      pepper: { id: "p1", secret: "[32 bytes]" },
      list: ["[32 bytes]"],
    });
  });

  it("of an unknown object is its kind only", () => {
    class Credentials {
      readonly password = "hunter2";
    }
    const line = logged((log) =>
      log.info({ credentials: new Credentials(), map: new Map([["a", "hunter2"]]) }, "m"),
    );
    expect(JSON.parse(line)).toMatchObject({ credentials: "[Credentials]", map: "[Map]" });
  });

  it("of an error is its kind, code, text, place and causes", () => {
    const cause = Object.assign(new TypeError("inner"), { code: 18, extra: "hunter2" });
    const line = logged((log) =>
      log.error({ err: new Error("outer", { cause }), method: "GetApiKey" }, "failed"),
    );
    const { err, msg, method, level } = JSON.parse(line);
    expect({ msg, method, level }).toEqual({ msg: "failed", method: "GetApiKey", level: 50 });
    expect(err).toMatchObject({
      type: "Error",
      message: "outer",
      cause: { type: "TypeError", message: "inner", code: 18 },
    });
    expect(err.stack[0]).toMatch(/^at .*log\.test\.ts/);
    expect(Object.keys(err.cause).toSorted()).toEqual(["code", "message", "stack", "type"]);
  });

  it("of a cause that is no error is its kind only", () => {
    const causes = [{ body: { access_token: "hunter2" } }, ["hunter2"], "hunter2"];
    const kinds = causes.map((cause) => {
      const line = logged((log) =>
        log.error({ err: new Error("outer", { cause: new Error("m", { cause }) }) }),
      );
      expect(line).not.toContain("hunter2");
      return JSON.parse(line).err.cause.cause;
    });
    expect(kinds).toEqual(["[Object]", "[Array]", "[string]"]);
  });

  it("of an error that is its own cause comes to an end", () => {
    const error = new Error("round");
    error.cause = error;
    expect(JSON.parse(logged((log) => log.error(error))).err.message).toBe("round");
  });

  it("below the level is nothing", () => {
    const lines: string[] = [];
    createLog("warn", { write: (line) => void lines.push(line) }).info("m");
    expect(lines).toEqual([]);
  });
});

describe("what is no secret stays readable", () => {
  it.each([
    "kf_prod_…x7Qz",
    "key:0123456789abcdef",
    "7d9b1c9e-63b4-4f6f-9d8f-1c3a5b7d9e0f",
    "at file:///srv/keyfast/src/store/connection.ts:123:45",
    "connect ECONNREFUSED 127.0.0.1:27017",
    "mongodb://db-1.example:27017,db-2.example:27017/?replicaSet=rs0",
    "this_is_a_rather_long_name_of_something_without_any_digits_in_it",
  ])("%s", (text) => {
    expect(scrub(text)).toBe(text);
  });
});
