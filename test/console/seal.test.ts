import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { Sealer } from "../../src/console/seal.ts";

const pepper = (id: string) => ({ id, secret: new Uint8Array(randomBytes(32)) });
const soon = () => Date.now() + 60_000;
const content = { credential: "a secret of some length" };

it("what was sealed is opened, and tells nothing from outside", async () => {
  const sealer = new Sealer([pepper("a")], "session");
  const sealed = await sealer.seal(content, soon());
  expect(await sealer.open(sealed)).toEqual(content);
  for (const part of sealed.split(".")) {
    expect(Buffer.from(part, "base64url").toString("latin1")).not.toContain(content.credential);
  }
  expect(await sealer.seal(content, soon())).not.toBe(sealed);
});

it("is opened by every replica that has the pepper, also as a retired one, and by no other", async () => {
  const [old, next] = [pepper("old"), pepper("next")];
  const sealed = await new Sealer([old], "session").seal(content, soon());
  expect(await new Sealer([old], "session").open(sealed)).toEqual(content);
  expect(await new Sealer([next, old], "session").open(sealed)).toEqual(content);
  expect(await new Sealer([next], "session").open(sealed)).toBeUndefined();
});

it("is of no use for another purpose, when it has expired, or once a character differs", async () => {
  const own = pepper("a");
  const sealer = new Sealer([own], "session");
  const sealed = await sealer.seal(content, soon());
  expect(await new Sealer([own], "sign-in").open(sealed)).toBeUndefined();
  expect(await sealer.open(await sealer.seal(content, Date.now() - 1_000))).toBeUndefined();
  for (const at of [0, 40, Math.floor(sealed.length / 2), sealed.length - 2]) {
    const other = sealed[at] === "A" ? "B" : "A";
    expect(await sealer.open(sealed.slice(0, at) + other + sealed.slice(at + 1)), `at ${at}`).toBeUndefined();
  }
  for (const text of ["", "....", "no seal", sealed.slice(0, -1), `${sealed}.x`]) {
    expect(await sealer.open(text)).toBeUndefined();
  }
});
