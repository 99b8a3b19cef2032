/** The calls of a fault run. Each is written down with its start and its end, whatever comes of it. */
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { Environment, VerdictSchema } from "../../gen/keyfast/v1/api_key_pb.ts";
import { ApiKeyService } from "../../gen/keyfast/v1/api_key_service_pb.ts";
import type { CallRecord, HistoryWriter, Method } from "./history.ts";

export interface Key {
  readonly keyId: string;
  readonly projectId: string;
  /** The secret: never in the history. */
  readonly text: string;
}

export interface Credentials {
  readonly operatorToken: string;
  readonly serviceToken: string;
}

/** Long enough that a call which waits at a paused replica is answered when that goes on. */
const CALL_MS = 12_000;

type Outcome = Pick<CallRecord, "answer" | "error" | "acknowledged" | "fenced">;

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` }, timeoutMs: CALL_MS });

/** All calls to one replica, over one connection. */
export class Calls {
  readonly replica: number;
  readonly #history: HistoryWriter;
  readonly #client: Client<typeof ApiKeyService>;
  readonly #operator: ReturnType<typeof bearer>;
  readonly #service: ReturnType<typeof bearer>;

  constructor(replica: number, url: string, credentials: Credentials, history: HistoryWriter) {
    this.replica = replica;
    this.#history = history;
    this.#client = createClient(ApiKeyService, createGrpcTransport({ baseUrl: url }));
    this.#operator = bearer(credentials.operatorToken);
    this.#service = bearer(credentials.serviceToken);
  }

  /** Undefined where it was not answered: then there may be a key that nobody knows. */
  async create(projectId: string): Promise<Key | undefined> {
    const request = {
      projectId,
      displayName: "Fault run",
      environment: Environment.PRODUCTION,
      access: { case: "unrestricted", value: {} },
    } as const;
    const start = this.#history.now();
    try {
      const { apiKey, key } = await this.#client.createApiKey(request, this.#operator);
      const keyId = apiKey?.keyId ?? "";
      this.#write("Create", start, keyId, { answer: "OK" }, projectId);
      return { keyId, projectId, text: key };
    } catch (error) {
      this.#write("Create", start, "", outcomeOf(error), projectId);
      return undefined;
    }
  }

  delete({ keyId, projectId }: Pick<Key, "keyId" | "projectId">): Promise<Outcome> {
    const call = async () => {
      const { receipt } = await this.#client.deleteApiKey({ projectId, keyId }, this.#operator);
      return {
        answer: "OK",
        acknowledged: receipt?.replicasAcknowledged ?? 0,
        fenced: receipt?.replicasFenced ?? 0,
      };
    };
    return this.#record("Delete", keyId, call, projectId);
  }

  verify({ keyId, text }: Key): Promise<Outcome> {
    return this.#record("Verify", keyId, async () => {
      const { verdict } = await this.#client.verifyApiKey({ key: text }, this.#service);
      return { answer: VerdictSchema.value[verdict]?.localName ?? `${verdict}` };
    });
  }

  /** Lists with the key itself as the credential. */
  list({ keyId, projectId, text }: Key): Promise<Outcome> {
    const call = async () => {
      await this.#client.listApiKeys({ projectId, pageSize: 1 }, bearer(text));
      return { answer: "ACCEPTED" };
    };
    return this.#record("List", keyId, call, projectId);
  }

  async #record(
    method: Method,
    keyId: string,
    call: () => Promise<Outcome>,
    project?: string,
  ): Promise<Outcome> {
    const start = this.#history.now();
    const outcome = await call().catch(outcomeOf);
    this.#write(method, start, keyId, outcome, project);
    return outcome;
  }

  #write(method: Method, start: number, keyId: string, outcome: Outcome, project?: string): void {
    const { replica } = this;
    const end = this.#history.now();
    this.#history.write({
      type: "call",
      method,
      replica,
      keyId,
      ...(project !== undefined && { project }),
      start,
      end,
      ...outcome,
    });
  }
}

/** Refusals that are answers; the service's own errors by their code; everything else is no answer. */
function outcomeOf(thrown: unknown): Outcome {
  const error = ConnectError.from(thrown);
  const reason = error.findDetails(ErrorInfoSchema)[0]?.reason;
  if (reason === "KEY_NOT_FOUND") return { answer: "NOT_FOUND" };
  if (reason === "CREDENTIAL_INVALID") return { answer: "REFUSED" };
  if (reason !== undefined) return { error: upperSnake(Code[error.code]) };
  return { error: error.code === Code.DeadlineExceeded ? "DEADLINE_EXCEEDED" : "TRANSPORT" };
}

const upperSnake = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
