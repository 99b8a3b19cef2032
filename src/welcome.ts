/** What a newcomer reads when the service is ready. Names where secrets lie, never a secret. */
import { relative, resolve } from "node:path";
import type { App } from "./app.ts";
import type { LocalSecrets } from "./local-secrets.ts";

export interface LocalPlaces extends Pick<LocalSecrets, "operatorTokenPath" | "serviceTokenPath"> {
  readonly dataDir: string;
}

type Addresses = Pick<App, "httpUrl" | "grpcUrl" | "consoleUrl"> & Partial<Pick<App, "metricsUrl">>;

/** `local` where the database is run by us: then its tokens are known, and a call can be shown. */
export function welcome(
  { httpUrl, grpcUrl, consoleUrl, metricsUrl }: Addresses,
  local: LocalPlaces | undefined,
): string {
  const doors = [
    "",
    "Keyfast is ready.",
    `  HTTP/1.1 (Connect, gRPC-Web)        ${httpUrl}`,
    `  HTTP/2   (gRPC, gRPC-Web, Connect)  ${grpcUrl}`,
    ...(consoleUrl === undefined ? [] : [`  console                             ${consoleUrl}`]),
    ...(metricsUrl === undefined ? [] : [`  metrics                             ${metricsUrl}/metrics`]),
  ];
  return [...doors, ...(local ? [...places(local), ...firstCall(grpcUrl, local)] : [])].join("\n");
}

const places = ({ dataDir, operatorTokenPath, serviceTokenPath }: LocalPlaces) => [
  `  data                                ${resolve(dataDir)}`,
  `  operator token                      ${operatorTokenPath}`,
  `  service token                       ${serviceTokenPath}`,
];

const FIRST_KEY = JSON.stringify({
  projectId: "demo",
  displayName: "First key",
  restricted: { permissions: [{ resource: "RESOURCE_CALLS", level: "PERMISSION_LEVEL_READ" }] },
  environment: "ENVIRONMENT_DEVELOPMENT",
});

/** Without the schema option of buf: the server tells its contract by reflection. */
const firstCall = (grpcUrl: string, { operatorTokenPath }: LocalPlaces) => [
  "",
  "Create a key:",
  "  npx buf curl --protocol grpc --http2-prior-knowledge \\",
  `    -H "Authorization: Bearer $(cat ${shellWord(shortest(operatorTokenPath))})" \\`,
  `    -d '${FIRST_KEY}' \\`,
  `    ${grpcUrl}/keyfast.v1.ApiKeyService/CreateApiKey`,
  "",
  "See the whole story: npm run demo",
];

/** Relative to where the line is pasted, unless that leads up and around. */
function shortest(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? resolve(path) : short;
}

const shellWord = (text: string) =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
