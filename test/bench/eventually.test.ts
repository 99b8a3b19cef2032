import { expect, it } from "vitest";
import { eventually } from "../../bench/harness/eventually.ts";

it("what fails is tried again until it succeeds", async () => {
  let tries = 0;
  const answer = await eventually("no answer", async () => {
    if (++tries < 3) throw new Error("not yet");
    return "there";
  });
  expect([answer, tries]).toEqual(["there", 3]);
});

it("what nobody waits for any more is not tried again, and its last error is told", async () => {
  const waiting = new AbortController();
  let tries = 0;
  const tried = eventually(
    "no answer",
    async () => {
      if (++tries === 2) waiting.abort();
      throw new Error(`failure ${tries}`);
    },
    waiting.signal,
  );
  await expect(tried).rejects.toMatchObject({ message: "no answer", cause: { message: "failure 2" } });
  expect(tries).toBe(2);
});
