/** What the console is made from. */
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { isLoopback } from "../config/parse.ts";
import type { Address, Config, ConsoleSettings } from "../config.ts";
import type { Pepper } from "../domain/digest.ts";
import type { Authenticate } from "./identify.ts";
import type { ProviderOptions } from "./oidc.ts";
import { isLocal } from "./origin.ts";

export interface ConsoleOptions {
  /** What `npm run build:console` wrote. */
  readonly folder: string;
  readonly authenticate: Authenticate;
  /** Sessions are sealed under keys derived from the first; those of the others are still opened. */
  readonly peppers: readonly Pepper[];
  /** The address that browsers use where it is not a loopback address, without a path. */
  readonly publicUrl: string | undefined;
  /** Whether operator tokens may sign in from elsewhere than this machine, or at all where `publicUrl` is set. */
  readonly remoteOperators: boolean;
  /** Undefined: no sign-in by OpenID Connect. */
  readonly provider: ProviderOptions | undefined;
  /** Whether JWTs are taken at all, that is, an issuer is configured. */
  readonly takesJwt: boolean;
  /** Told what goes wrong on our side; never a secret. */
  readonly onFault: (error: unknown) => void;
}

const FOLDER = join(import.meta.dirname, "../../dist/console");

type Settings = Pick<Config, "console" | "issuer" | "retiredPeppers"> & { readonly pepper: Pepper };

export function consoleOptions(
  { console: { url, remoteOperators, client }, issuer, pepper, retiredPeppers }: Settings,
  authenticate: Authenticate,
  onFault: (error: unknown) => void,
): ConsoleOptions {
  return {
    folder: FOLDER,
    authenticate,
    peppers: [pepper, ...retiredPeppers],
    publicUrl: url,
    remoteOperators,
    provider: issuer && client && { issuer: issuer.issuer, audience: issuer.audience, ...client },
    takesJwt: issuer !== undefined,
    onFault,
  };
}

/** Where browsers find the console; undefined where it is not at home at any address that they can reach. */
export const consoleAddress = ({ url }: ConsoleSettings, { host }: Address, httpUrl: string) =>
  url ?? (isLoopback(host) ? httpUrl : undefined);

/**
 * With an address of its own the console has a proxy in front, often on the same machine, and what comes through one
 * that rewrites Host and adds nothing looks local: then nobody is.
 */
export const mayBeOperator = (
  { remoteOperators, publicUrl }: Pick<ConsoleOptions, "remoteOperators" | "publicUrl">,
  request: IncomingMessage,
) => remoteOperators || (publicUrl === undefined && isLocal(request));
