import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import { restrictedTo } from "../../src/domain/access.ts";
import type { KeyRecord } from "../../src/domain/key.ts";
import * as verdict from "../../src/domain/verdict.ts";
import { seedOf } from "../support/random.ts";

seedOf("verdict");

const NOW = 1_700_000_000_000;
const keyWith = (expireTime: Date | undefined): KeyRecord => ({
  keyId: "0123456789ABCDEF",
  projectId: "own",
  environment: 2,
  access: restrictedTo([{ resource: 1, level: 2 }]),
  createTime: new Date(0),
  creator: "operator",
  expireTime,
  displayName: "A key",
  obfuscatedKey: "kf_stg_…abcd",
  pepperId: "p",
  digest: new Uint8Array(32),
});

const PAST = [new Date(NOW), new Date(NOW - 1)];
const FUTURE = [undefined, new Date(NOW + 1)];
const OWN_PROJECT = [
  ["", undefined],
  ["own", undefined],
  ["", ["own", "other"]],
  ["own", ["own"]],
] as const;
const OTHER_PROJECT = [
  ["other", undefined],
  ["", ["other"]],
  ["own", ["other"]],
  ["other", ["own", "other"]],
  ["", []],
] as const;
const OWN_ENVIRONMENT = [
  [0, undefined],
  [2, undefined],
  [0, [1, 2]],
  [2, [2]],
] as const;
const OTHER_ENVIRONMENT = [
  [1, undefined],
  [0, [1]],
  [2, [1, 3]],
  [3, [2, 3]],
] as const;
const COVERED = [[], [{ resource: 1, level: 2 }]];
const NOT_COVERED = [
  [{ resource: 1, level: 3 }],
  [
    { resource: 1, level: 2 },
    { resource: 2, level: 2 },
  ],
];

interface Case {
  readonly isExpired: boolean;
  readonly isElsewhere: boolean;
  readonly isOtherEnvironment: boolean;
  readonly isLacking: boolean;
}

/** The contract's order. */
function expected({ isExpired, isElsewhere, isOtherEnvironment, isLacking }: Case): number {
  if (isExpired) return verdict.EXPIRED;
  if (isElsewhere) return verdict.WRONG_PROJECT;
  if (isOtherEnvironment) return verdict.WRONG_ENVIRONMENT;
  return isLacking ? verdict.INSUFFICIENT_PERMISSIONS : verdict.VALID;
}

const one = <T>(values: readonly T[]) => fc.constantFrom(...values);
const setOf = <T>(values: readonly T[] | undefined) => values && new Set<T>(values);

describe("a key whose secret matched", () => {
  const flags = [false, true];
  const cases: Case[] = flags.flatMap((isExpired) =>
    flags.flatMap((isElsewhere) =>
      flags.flatMap((isOtherEnvironment) =>
        flags.map((isLacking) => ({ isExpired, isElsewhere, isOtherEnvironment, isLacking })),
      ),
    ),
  );

  it.each(cases)("is judged by the first reason that holds: %o", (which) => {
    const { isExpired, isElsewhere, isOtherEnvironment, isLacking } = which;
    fc.assert(
      fc.property(
        one(isExpired ? PAST : FUTURE),
        one<readonly [string, readonly string[] | undefined]>(isElsewhere ? OTHER_PROJECT : OWN_PROJECT),
        one<readonly [number, readonly number[] | undefined]>(
          isOtherEnvironment ? OTHER_ENVIRONMENT : OWN_ENVIRONMENT,
        ),
        one(isLacking ? NOT_COVERED : COVERED),
        (expireTime, [projectId, projects], [environment, environments], required) => {
          const pins = { projects: setOf(projects), environments: setOf(environments) };
          const question = { required, environment, projectId, pins };
          const judgement = verdict.judge(keyWith(expireTime), question, NOW);
          expect(judgement.verdict).toBe(expected(which));
          const lacks = judgement.verdict === verdict.INSUFFICIENT_PERMISSIONS;
          expect(judgement.missing.length > 0).toBe(lacks);
        },
      ),
    );
  });
});

describe("the numbers of verdicts", () => {
  it.each([
    [verdict.VALID, Verdict.VALID],
    [verdict.MALFORMED, Verdict.MALFORMED],
    [verdict.NOT_FOUND, Verdict.NOT_FOUND],
    [verdict.EXPIRED, Verdict.EXPIRED],
    [verdict.WRONG_ENVIRONMENT, Verdict.WRONG_ENVIRONMENT],
    [verdict.INSUFFICIENT_PERMISSIONS, Verdict.INSUFFICIENT_PERMISSIONS],
    [verdict.WRONG_PROJECT, Verdict.WRONG_PROJECT],
  ])("%i is the contract's %i", (ours, theirs) => {
    expect(ours).toBe(theirs);
  });
});
