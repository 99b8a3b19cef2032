import type { Environment } from "../../../../gen/keyfast/v1/api_key_pb.ts";
import { ENVIRONMENTS, environmentTitle } from "../model/environments.ts";

export const EnvironmentTag = ({ environment }: { environment: Environment }) => (
  <span class="environment" data-tone={ENVIRONMENTS.find((e) => e.environment === environment)?.token}>
    {environmentTitle(environment)}
  </span>
);
