/** What the servers beside the service have in common. */
import type { AddressInfo, Server } from "node:net";

/** The message that every call is answered with. */
export function constantMessage(): Uint8Array {
  const text = process.env.BENCH_ANSWER;
  if (text === undefined) throw new Error("BENCH_ANSWER is not set");
  return Buffer.from(text, "base64");
}

/** Listens on any free port of the loopback address, and says which. Ends by itself when asked to, so that a profile is written. */
export function listen(server: Server): void {
  process.once("SIGTERM", () => process.exit(0));
  server.listen(0, "127.0.0.1", () => {
    say((server.address() as AddressInfo).port);
  });
}

export const say = (port: number) => console.log(JSON.stringify({ port }));
