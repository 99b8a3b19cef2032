/** The service and its local database as a newcomer runs them, killed without warning. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { expect, it } from "vitest";
import { Verdict } from "../../gen/keyfast/v1/api_key_pb.ts";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import { type Ready, startMain, temporaryFolder, untilReady } from "../server/support/process.ts";
import { createKey } from "../support/keys.ts";
import { Secrets } from "../support/secrets.ts";
import { bearer } from "../support/service.ts";

const ENOUGH = 20;

it("killed in the middle of calls and started again, it has every key and every deletion that it acknowledged", async () => {
  const folder = await temporaryFolder();
  const settings = { KEYFAST_DATA_DIR: folder, KEYFAST_LOG_LEVEL: "trace" };
  const first = await untilReady(startMain(settings));
  const token = (await readFile(join(folder, "operator-token"), "utf8")).trim();
  const clientOf = ({ httpUrl }: Ready) =>
    createClient(
      ApiKeyService,
      createConnectTransport({ baseUrl: httpUrl, httpVersion: "1.1", interceptors: [bearer(token)] }),
    );

  const client = clientOf(first);
  const alive: string[] = [];
  const dead: string[] = [];
  const work = async () => {
    for (;;) {
      alive.push((await createKey(client)).key);
      const doomed = await createKey(client);
      await client.deleteApiKey({ projectId: "demo", keyId: doomed.keyId });
      dead.push(doomed.key);
    }
  };
  const workers = [work(), work()].map((worker) => worker.catch(() => {}));
  await expect.poll(() => dead.length, { timeout: 30_000 }).toBeGreaterThan(ENOUGH);
  first.child.kill("SIGKILL");
  await first.exited;
  await Promise.all(workers);

  const second = await untilReady(startMain(settings));
  const again = clientOf(second);
  const verdicts = (keys: readonly string[]) =>
    Promise.all(keys.map(async (key) => (await again.verifyApiKey({ key })).verdict));
  expect(new Set(await verdicts(alive))).toEqual(new Set([Verdict.VALID]));
  expect(new Set(await verdicts(dead))).toEqual(new Set([Verdict.NOT_FOUND]));

  const secrets = new Secrets();
  secrets.add(token, ...alive, ...dead);
  expect(secrets.findIn(`${first.output()}\n${second.output()}`)).toEqual([]);
});
