/**
 * The service as it would be if Delete did not wait for the replicas. A program of its own, so that no switch for this
 * stands in the service.
 */
import { startApp } from "../../src/app.ts";
import { type AppConfig, loadConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";

const config = loadConfig(process.env);
const barrier = async () => ({ acknowledged: 0, fenced: 0 });
const app = await startApp(config as AppConfig, createLog(config.logLevel), { barrier });
process.once("SIGTERM", () => void app.stop().then(() => process.exit(0)));
console.log("Keyfast is ready.");
