/** What the page says of a receipt: who has confirmed, and who had to be waited out. */
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { expect, it } from "vitest";
import { RevocationReceiptSchema } from "../../gen/keyfast/v1/api_key_pb.ts";
import { receiptWords } from "../../src/console/app/keys/receipt.ts";

const wordsOf = (replicasAcknowledged: number, replicasFenced: number) =>
  receiptWords(
    create(RevocationReceiptSchema, {
      revokeTime: timestampFromDate(new Date(2024, 4, 6, 7, 8, 9)),
      replicasAcknowledged,
      replicasFenced,
    }),
  );

const GONE = "Deleted at 7:08:09 AM. No replica accepts the key any more.";
const waitedOut = (replicas: string) =>
  `Waited out: ${replicas} that did not answer, and whose memory is not used any more.`;

it.each([
  [1, 0, `${GONE} Confirmed by 1 replica.`],
  [3, 0, `${GONE} Confirmed by 3 replicas.`],
  [2, 1, `${GONE} Confirmed by 2 replicas. ${waitedOut("1 replica")}`],
  [0, 2, `${GONE} ${waitedOut("2 replicas")}`],
])("%i confirmed, %i waited out", (acknowledged, fenced, words) => {
  // Some versions of the time zone data set the day period off with a narrow space.
  expect(wordsOf(acknowledged, fenced).replaceAll("\u202f", " ")).toBe(words);
});

it("without a time, what matters is said all the same", () => {
  expect(receiptWords(create(RevocationReceiptSchema))).toBe("No replica accepts the key any more.");
});
