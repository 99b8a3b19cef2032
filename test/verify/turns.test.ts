import { expect, it } from "vitest";
import { Turns } from "../../src/verify/turns.ts";

function held() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let begun = false;
  const work = () => {
    begun = true;
    return promise;
  };
  return { work, resolve, reject, begun: () => begun };
}

it("so many are at work at once, the next follow in order, and too many are refused", async () => {
  const turns = new Turns(2, 2);
  const [a, b, c, d] = [held(), held(), held(), held()];
  const results = [a, b, c, d].map(({ work }) => turns.run(work));
  expect([a, b, c, d].map(({ begun }) => begun())).toEqual([true, true, false, false]);
  await expect(turns.run(held().work)).rejects.toMatchObject({ reason: "OVERLOADED" });
  b.reject(new Error("failed"));
  await expect(results[1]).rejects.toThrow("failed");
  await expect.poll(() => c.begun()).toBe(true);
  expect(d.begun()).toBe(false);
  for (const one of [a, c, d]) one.resolve("done");
  expect(await Promise.all([results[0], results[2], results[3]])).toEqual(["done", "done", "done"]);
  expect(await turns.run(async () => "free again")).toBe("free again");
});
