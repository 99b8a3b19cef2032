import { MongoInvalidArgumentError, MongoServerError, MongoUnexpectedServerResponseError } from "mongodb";
import { describe, expect, it } from "vitest";
import { attempt } from "../../src/store/connection.ts";

const outcomeOf = (error: unknown) => attempt(() => Promise.reject(error)).catch((told) => told);

describe("a fault of MongoDB is told as DATABASE_UNAVAILABLE", () => {
  it.each([
    ["a primary that has stepped down", 189],
    ["a primary that no majority confirms", 187],
    ["a new primary that cannot sign its time yet", 211],
    ["a member that has just started", 94],
    ["a member that has too much to do", 433],
  ])("of %s", async (_, code) => {
    const error = new MongoServerError({ code, errmsg: "not now" });
    expect(await outcomeOf(error)).toMatchObject({ reason: "DATABASE_UNAVAILABLE", cause: error });
  });

  it("also of a reply that makes no sense", async () => {
    const error = new MongoUnexpectedServerResponseError("what is this?");
    expect(await outcomeOf(error)).toMatchObject({ reason: "DATABASE_UNAVAILABLE", cause: error });
  });
});

describe("a fault that waiting does not mend stays what it is", () => {
  it.each([
    ["a command that may not be run", new MongoServerError({ code: 13, errmsg: "not authorized" })],
    ["a document that is refused", new MongoServerError({ code: 121, errmsg: "not valid" })],
    ["a wrong use of the driver", new MongoInvalidArgumentError("what?")],
    ["a mistake of ours", new TypeError("undefined is not a function")],
  ])("%s", async (_, error) => {
    expect(await outcomeOf(error)).toBe(error);
  });
});
