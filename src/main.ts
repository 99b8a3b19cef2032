/** Wiring only: configuration, the database, the service, signals. */
import { relative, resolve } from "node:path";
import { type App, startApp } from "./app.ts";
import { pepper as parsePepper } from "./config/parse.ts";
import { type Config, ConfigError, loadConfig } from "./config.ts";
import { textDigest } from "./domain/digest.ts";
import { KeyfastError } from "./domain/errors.ts";
import { EVERYWHERE } from "./domain/verdict.ts";
import { localSecrets, OPERATOR_TOKEN_FILE, SERVICE_TOKEN_FILE } from "./local-secrets.ts";
import { createLog, scrub } from "./log.ts";
import { findMongod, MongodNotFoundError } from "./mongod/binary.ts";
import { defaultCacheDir } from "./mongod/cache-dir.ts";
import { FolderInUseError, type LocalMongod, startLocalMongod } from "./mongod/local.ts";
import { DeploymentError } from "./store/connection.ts";

const say = (line: string) => process.stdout.write(`${line}\n`);

async function startDatabase(config: Config): Promise<LocalMongod> {
  const cacheDir = config.cacheDir ?? defaultCacheDir();
  const mongod = await findMongod({ explicit: config.mongod, cacheDir, progress: say });
  return startLocalMongod({ mongod, dataDir: config.dataDir, log: say });
}

/** The configuration of a service on the local database, with what is generated for it. */
function withLocal(config: Config, mongod: LocalMongod) {
  const secrets = localSecrets(config.dataDir);
  const pepper = config.pepper ?? parsePepper(secrets.pepper);
  const service = { name: "local", digest: textDigest(secrets.serviceToken), pins: EVERYWHERE };
  return {
    ...config,
    mongodbUri: mongod.uri,
    pepper,
    operatorDigests: [...config.operatorDigests, textDigest(secrets.operatorToken)],
    serviceTokens: [...config.serviceTokens, service],
  };
}

function withGiven(config: Config) {
  const { mongodbUri, pepper } = config;
  if (mongodbUri === undefined || pepper === undefined) throw new Error("the configuration was not checked");
  return { ...config, mongodbUri, pepper };
}

function welcome(app: App, config: Config, isLocal: boolean): void {
  const path = (name: string) => `${relative(process.cwd(), resolve(config.dataDir)) || "."}/${name}`;
  say("");
  say(`Keyfast is ready.`);
  say(`  HTTP/1.1 (Connect, gRPC-Web)          ${app.httpUrl}`);
  say(`  HTTP/2   (gRPC, gRPC-Web, Connect)    ${app.grpcUrl}`);
  if (!isLocal) return;
  say(`  data                                  ${resolve(config.dataDir)}`);
  say(`  operator token                        ${path(OPERATOR_TOKEN_FILE)}`);
  say(`  service token                         ${path(SERVICE_TOKEN_FILE)}`);
  say("");
  say("Create a key:");
  say(`  npx buf curl --protocol grpc --http2-prior-knowledge \\
    -H "Authorization: Bearer $(cat ${path(OPERATOR_TOKEN_FILE)})" \\
    -d '{"projectId":"demo","displayName":"First key","unrestricted":{},"environment":"ENVIRONMENT_DEVELOPMENT"}' \\
    ${app.grpcUrl}/keyfast.v1.ApiKeyService/CreateApiKey`);
}

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLog(config.logLevel);
  const mongod = config.mongodbUri === undefined ? await startDatabase(config) : undefined;
  let app: App;
  try {
    app = await startApp(mongod ? withLocal(config, mongod) : withGiven(config), log);
  } catch (error) {
    await mongod?.stop();
    throw error;
  }
  let stopping = false;
  const stop = async (code: number) => {
    if (stopping) process.exit(1);
    stopping = true;
    await app.stop();
    await mongod?.stop();
    process.exit(code);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop(0));
  void mongod?.exited.then(({ requested }) => {
    if (requested) return;
    log.fatal({ log: mongod.logPath }, "the local database has ended by itself");
    void stop(1);
  });
  welcome(app, config, mongod !== undefined);
}

const EXPECTED = [ConfigError, DeploymentError, FolderInUseError, MongodNotFoundError, KeyfastError];

main().catch((error: unknown) => {
  const expected = EXPECTED.some((kind) => error instanceof kind);
  const text =
    error instanceof Error ? ((expected ? error.message : error.stack) ?? error.message) : String(error);
  process.stderr.write(`keyfast: ${scrub(text)}\n`);
  process.exit(1);
});
