import { Environment } from "../../../../gen/keyfast/v1/api_key_pb.ts";

export const ENVIRONMENTS: readonly {
  readonly environment: Environment;
  readonly title: string;
  /** A word for style sheets. */
  readonly token: string;
}[] = [
  { environment: Environment.DEVELOPMENT, title: "Development", token: "development" },
  { environment: Environment.STAGING, title: "Staging", token: "staging" },
  { environment: Environment.PRODUCTION, title: "Production", token: "production" },
];

export const environmentTitle = (environment: Environment) =>
  ENVIRONMENTS.find((entry) => entry.environment === environment)?.title ?? "Unknown";
