/** Anybody can present keys that do not exist, as many at once as they like. */
import { ConnectError } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import { newKeyId, newKeyText } from "../../src/domain/key-text.ts";
import { createKey } from "../support/keys.ts";
import { OPERATOR_TOKEN, SERVICE_TOKEN, startService } from "../support/service.ts";

const FLOOD = 3_000;

it("a flood of unknown keys takes neither the lease nor a known key out of memory", async () => {
  const service = await startService({ KEYFAST_LEASE_MS: "3000" });
  const { key } = await createKey(service.grpc(OPERATOR_TOKEN));
  const caller = service.grpc(SERVICE_TOKEN);
  expect((await caller.verifyApiKey({ key })).verdict).toBe(Verdict.VALID);
  const outcomes = await Promise.all(
    Array.from({ length: FLOOD }, () =>
      caller.verifyApiKey({ key: newKeyText("kf", 3, newKeyId()) }).then(
        ({ verdict }) => (verdict === Verdict.NOT_FOUND ? "NOT_FOUND" : verdict),
        (error: unknown) => ConnectError.from(error).findDetails(ErrorInfoSchema)[0]?.reason,
      ),
    ),
  );
  // Some find that too many wait already; none is told anything but the truth.
  expect(new Set(outcomes).difference(new Set(["NOT_FOUND", "OVERLOADED"]))).toEqual(new Set());
  expect(outcomes).toContain("NOT_FOUND");
  expect(service.logged.filter((line) => line.includes("deletions cannot be followed"))).toEqual([]);
  expect((await caller.verifyApiKey({ key })).verdict).toBe(Verdict.VALID);
  await service.stop();
});
