import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ListedView, PageTokens } from "../../src/domain/page-token.ts";
import { seedOf } from "../support/random.ts";

seedOf("page token");

const pepper = (fill: number) => ({ id: `p${fill}`, secret: Buffer.alloc(32, fill) });
const tokens = new PageTokens([pepper(1)]);
const VIEW: ListedView = { projectId: "demo", environment: undefined, creator: "", query: "" };
const POSITION = "018c0000000AAAAAAAAAAAAAAAAAAA";

const text = fc.string({ unit: "grapheme", maxLength: 40 });
const view = fc.record({
  projectId: text,
  environment: fc.constantFrom(undefined, 1, 2, 3),
  creator: text,
  query: text,
});

describe("a page token", () => {
  it("gives its position back for the view that it was made for", () => {
    fc.assert(
      fc.property(
        view,
        text.filter((position) => position !== ""),
        (made, position) => {
          expect(tokens.read(tokens.make(position, made), made)).toBe(position);
        },
      ),
    );
  });

  it("is of no use for any other view", () => {
    fc.assert(
      fc.property(view, view, (made, other) => {
        fc.pre(JSON.stringify(made) !== JSON.stringify(other));
        expect(tokens.read(tokens.make(POSITION, made), other)).toBeUndefined();
      }),
    );
  });

  it("is refused with any bit bent", () => {
    const bytes = Buffer.from(tokens.make(POSITION, VIEW), "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const bent = Buffer.from(bytes);
      bent.writeUInt8(bent.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(tokens.read(bent.toString("base64url"), VIEW), `bit ${bit}`).toBeUndefined();
    }
  });

  it("has one spelling only", () => {
    // A length at which the last character has bits to spare.
    const token = tokens.make(`${POSITION}B`, VIEW);
    expect(tokens.read(token, VIEW)).toBe(`${POSITION}B`);
    const value = Buffer.from(token, "base64url");
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const twins = [...alphabet]
      .map((last) => token.slice(0, -1) + last)
      .filter((twin) => twin !== token && Buffer.from(twin, "base64url").equals(value));
    expect(twins.length).toBeGreaterThan(0);
    for (const twin of [...twins, `${token}=`, ` ${token}`, `${token}\n`]) {
      expect(tokens.read(twin, VIEW)).toBeUndefined();
    }
  });

  it("whatever text is sent, is refused where it was not made here", () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.base64String()), (sent) => {
        expect(tokens.read(sent, VIEW)).toBeUndefined();
      }),
    );
  });

  it("is read under a retired pepper and not under a stranger's", () => {
    const old = tokens.make(POSITION, VIEW);
    expect(new PageTokens([pepper(2), pepper(1)]).read(old, VIEW)).toBe(POSITION);
    expect(new PageTokens([pepper(2)]).read(old, VIEW)).toBeUndefined();
  });
});
