import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Access,
  allows,
  isWithin,
  missingPermissions,
  NO_ACCESS,
  READ,
  restrictedTo,
  UNRESTRICTED,
  WRITE,
} from "../../src/domain/access.ts";
import { seedOf } from "../support/random.ts";

seedOf("access");

const RESOURCES = 21;
const LEVELS = [NO_ACCESS, READ, WRITE];

/** Each resource at most once, in any order, "no access" among the levels. */
const permissions = fc.uniqueArray(
  fc.record({ resource: fc.integer({ min: 1, max: RESOURCES }), level: fc.constantFrom(...LEVELS) }),
  { selector: (p) => p.resource },
);
const access: fc.Arbitrary<Access> = fc.oneof(fc.constant(UNRESTRICTED), permissions.map(restrictedTo));

/** Everything that could be asked, also what no contract knows. */
const QUESTIONS = Array.from({ length: RESOURCES + 3 }, (_, resource) =>
  [-1, 0, NO_ACCESS, READ, WRITE, 4, Number.NaN].map((level) => ({ resource, level })),
).flat();

describe("what a key may do", () => {
  it.each([
    ["no entry", [], READ, false],
    ["no access", [{ resource: 1, level: NO_ACCESS }], READ, false],
    ["read", [{ resource: 1, level: READ }], READ, true],
    ["read", [{ resource: 1, level: READ }], WRITE, false],
    ["write", [{ resource: 1, level: WRITE }], READ, true],
    ["write", [{ resource: 1, level: WRITE }], WRITE, true],
    ["write elsewhere", [{ resource: 2, level: WRITE }], READ, false],
    ["a level that does not exist", [{ resource: 1, level: 4 }], READ, false],
    ["the unspecified level", [{ resource: 1, level: 0 }], READ, false],
  ] as const)("with %s: %j asked for %i is %s", (_, granted, level, expected) => {
    const key: Access = { kind: "restricted", permissions: granted };
    expect(allows(key, { resource: 1, level })).toBe(expected);
  });

  it("unrestricted covers resources that are not known yet", () => {
    expect(allows(UNRESTRICTED, { resource: 10_000, level: WRITE })).toBe(true);
  });

  it("never covers the unspecified resource, nor a level but read and write", () => {
    fc.assert(
      fc.property(access, (key) => {
        const covered = QUESTIONS.filter((question) => allows(key, question));
        expect(covered.filter((q) => q.resource === 0 || (q.level !== READ && q.level !== WRITE))).toEqual(
          [],
        );
      }),
    );
  });

  it("with write covers read, for every resource", () => {
    fc.assert(
      fc.property(access, fc.integer({ min: 1, max: RESOURCES }), (key, resource) => {
        if (allows(key, { resource, level: WRITE }))
          expect(allows(key, { resource, level: READ })).toBe(true);
      }),
    );
  });

  it("is the same in whatever order it was said", () => {
    fc.assert(
      fc.property(permissions, (said) => {
        expect(restrictedTo(said.toReversed())).toEqual(restrictedTo(said));
      }),
    );
  });
});

describe("what is missing", () => {
  it("is exactly what is not covered, in the order it was asked", () => {
    fc.assert(
      fc.property(access, fc.array(fc.constantFrom(...QUESTIONS)), (key, asked) => {
        const missing = missingPermissions(key, asked);
        expect(missing).toEqual(asked.filter((question) => !allows(key, question)));
      }),
    );
  });
});

describe("a key made by a key", () => {
  it("is within it exactly where there is nothing that only the child may do", () => {
    fc.assert(
      fc.property(access, access, (child, parent) => {
        const exceeds = QUESTIONS.some((q) => allows(child, q) && !allows(parent, q));
        // A child without restriction exceeds a restricted parent in resources to come, whatever it lists now.
        const forever = child.kind === "unrestricted" && parent.kind === "restricted";
        expect(isWithin(child, parent)).toBe(!exceeds && !forever);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is within itself", () => {
    fc.assert(
      fc.property(access, (key) => {
        expect(isWithin(key, key)).toBe(true);
      }),
    );
  });
});
