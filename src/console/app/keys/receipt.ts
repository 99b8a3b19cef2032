/** What the receipt of a deletion says, in words. */
import type { RevocationReceipt } from "../../../../gen/keyfast/v1/api_key_pb.ts";
import { clockTime, dateOf } from "../model/time.ts";

const count = (number: number) => `${number} ${number === 1 ? "replica" : "replicas"}`;

export function receiptWords({
  revokeTime,
  replicasAcknowledged,
  replicasFenced,
}: RevocationReceipt): string {
  const date = dateOf(revokeTime);
  const sentences = [
    date
      ? `Deleted at ${clockTime(date)}. No replica accepts the key any more.`
      : "No replica accepts the key any more.",
    ...(replicasAcknowledged > 0 ? [`Confirmed by ${count(replicasAcknowledged)}.`] : []),
    ...(replicasFenced > 0
      ? [`Waited out: ${count(replicasFenced)} that did not answer, and whose memory is not used any more.`]
      : []),
  ];
  return sentences.join(" ");
}
