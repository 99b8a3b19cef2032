import { expect, it } from "vitest";
import { column, interleave } from "../../bench/harness/repeats.ts";

const CONTENDERS = [{ name: "a" }, { name: "b" }, { name: "c" }];
const options = (repeats: number, said: string[] = []) => ({
  repeats,
  stealLimit: 0.1,
  say: (line: string) => void said.push(line),
});

it("all contenders take turns, and another one begins each repeat", async () => {
  const order: string[] = [];
  const repeats = await interleave(CONTENDERS, options(3), async ({ name }, repeat) => {
    order.push(`${name}${repeat}`);
    return { steal: 0, value: order.length };
  });
  expect(order).toEqual(["a0", "b0", "c0", "b1", "c1", "a1", "c2", "a2", "b2"]);
  expect(column(repeats, "a", ({ value }) => value)).toEqual([1, 6, 8]);
  expect(() => column(repeats, "d", ({ value }) => value)).toThrow("d took no part");
});

it("a repeat in which the host took too much is made again, as a whole", async () => {
  const said: string[] = [];
  let runs = 0;
  const repeats = await interleave(CONTENDERS, options(2, said), async () => {
    runs++;
    return { steal: runs === 2 ? 0.11 : 0.1, run: runs };
  });
  expect(column(repeats, "a", ({ run }) => run)).toEqual([4, 9]);
  expect(said).toEqual(["repeat 1 again: the host took 11 % of the time"]);
});

it("a machine that is disturbed all the time is given up on, and its runs tell", async () => {
  let runs = 0;
  const repeats = await interleave([{ name: "a" }], options(5), async () => ({ steal: 0.5, run: ++runs }));
  expect(runs).toBe(10);
  expect(repeats).toHaveLength(5);
  expect(column(repeats, "a", ({ steal }) => steal)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5]);
});
