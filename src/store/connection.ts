/** The connection to MongoDB, and how its faults are told in the project's own words. */
import {
  type ClientSession,
  type Db,
  MongoClient,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  ReadConcern,
  type Timestamp,
} from "mongodb";
import { KeyfastError } from "../domain/errors.ts";

/** Bounds on how long a lost, paused or overloaded MongoDB can hold a call, in milliseconds. */
const SERVER_SELECTION_MS = 5_000;
const CONNECT_MS = 2_000;
const WAIT_QUEUE_MS = 2_000;
const HEARTBEAT_MS = 1_000;

/** What the promise hangs on: nothing is read or written that a fail-over can take back. */
const MAJORITY = {
  readPreference: "primary",
  readConcern: new ReadConcern("majority"),
  writeConcern: { w: "majority", journal: true },
} as const;

/** A database that is read and written by majority. A connection string that says otherwise outdoes the client's options. */
export const databaseOf = (client: MongoClient, name: string): Db => client.db(name, MAJORITY);

/** A client that is not connected yet: bounded waits, majority for what is written and read, so many connections at most. */
export function createClient(uri: string, connections = 64): MongoClient {
  return new MongoClient(uri, {
    appName: "keyfast",
    serverSelectionTimeoutMS: SERVER_SELECTION_MS,
    connectTimeoutMS: CONNECT_MS,
    waitQueueTimeoutMS: WAIT_QUEUE_MS,
    heartbeatFrequencyMS: HEARTBEAT_MS,
    maxPoolSize: connections,
    ...MAJORITY,
    retryReads: true,
    retryWrites: true,
    ignoreUndefined: true,
  });
}

/** What the server says it is. */
export interface Hello {
  readonly setName?: string;
  readonly msg?: string;
}

/** Refuses anything but a replica set: only there do transactions, change streams and majority reads mean what we need. */
export function requireReplicaSet(hello: Hello): void {
  if (hello.msg === "isdbgrid") {
    throw new DeploymentError("this MongoDB is a sharded cluster (mongos); Keyfast needs a replica set");
  }
  if (!hello.setName) {
    throw new DeploymentError(
      "this MongoDB is a standalone server; Keyfast needs a replica set (one member is enough)",
    );
  }
}

/** The database that was configured cannot be used, and waiting will not mend it. */
export class DeploymentError extends Error {
  override readonly name = "DeploymentError";
}

/** Server codes that say "not now", not "never": see src/mongo/base/error_codes.yml of MongoDB. */
const PASSING_CODES = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  24, // LockTimeout
  43, // CursorNotFound, after a fail-over
  50, // MaxTimeMSExpired
  64, // WriteConcernTimeout
  89, // NetworkTimeout
  91, // ShutdownInProgress
  94, // NotYetInitialized, of a member that has just started
  112, // WriteConflict, after all retries
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  175, // QueryPlanKilled
  187, // LinearizableReadConcernError: no majority confirmed the read
  189, // PrimarySteppedDown
  202, // NetworkInterfaceExceededTimeLimit
  211, // KeyNotFound: a new primary has no keys yet that sign cluster times
  237, // CursorKilled
  239, // SnapshotTooOld
  246, // SnapshotUnavailable
  251, // NoSuchTransaction
  262, // ExceededTimeLimit
  279, // ClientDisconnect
  281, // TransactionCoordinatorSteppingDown
  290, // TransactionExceededLifetimeLimitSeconds
  355, // InterruptedDueToStorageChange
  365, // TemporarilyUnavailable
  402, // ResourceExhausted
  433, // AdmissionQueueOverflow
  449, // RateLimitExceeded
  450, // PooledConnectionAcquisitionRejected
  462, // IngressRequestRateLimitExceeded
  9001, // SocketException
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11601, // Interrupted
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
]);

const PASSING_LABELS = [
  "TransientTransactionError",
  "UnknownTransactionCommitResult",
  "RetryableWriteError",
  "SystemOverloadedError",
];

function isPassing(error: MongoError): boolean {
  if (error instanceof MongoNetworkError) return true;
  if (PASSING_LABELS.some((label) => error.hasErrorLabel(label))) return true;
  if (error instanceof MongoServerError) {
    return PASSING_CODES.has(Number(error.code)) || error.errorResponse?.writeConcernError !== undefined;
  }
  // What the driver itself raises: no server, a full or cleared pool, a closed client, its own time limits, a reply that
  // makes no sense.
  return /ServerSelection|StalePrimary|UnexpectedServerResponse|Decompression|WaitQueue|PoolCleared|PoolClosed|Topology|NotConnected|Timeout|ClientClosed|ExpiredSession/.test(
    error.name,
  );
}

/** Codes of Node's own errors of a socket, which no system call raised: EPIPE after the other side's FIN, and its streams'. */
const SOCKET_CODES = /^(E[A-Z]+|ERR_(SOCKET|STREAM|SSL|TLS)_\w+)$/;

/**
 * A socket's own error. The driver wraps it in one of its errors, but not where the connection breaks while it waits to
 * send more; and in a transaction it then asks that error for labels, which it does not have.
 */
function isBareSocketError(error: unknown): boolean {
  if (error instanceof TypeError) return /\bhasErrorLabel is not a function/.test(error.message);
  if (!(error instanceof Error)) return false;
  return "syscall" in error || ("code" in error && SOCKET_CODES.test(String(error.code)));
}

const isTimeout = (error: unknown) => error instanceof DOMException && error.name === "TimeoutError";

/** DATABASE_UNAVAILABLE for what may pass, the error itself for what is a fault of ours. */
export function inOurWords(error: unknown): unknown {
  if (isTimeout(error) || isBareSocketError(error) || (error instanceof MongoError && isPassing(error))) {
    return new KeyfastError("DATABASE_UNAVAILABLE", "the database cannot be reached, try again", {
      cause: error,
    });
  }
  return error;
}

/** Runs one operation against MongoDB, its faults in the project's own words. */
export async function attempt<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw inOurWords(error);
  }
}

export interface Committed<T> {
  readonly result: T;
  /** The cluster time of the commit or a later one; undefined where the server told none with it. */
  readonly time: Timestamp | undefined;
}

/**
 * Runs `work` in one transaction, again where MongoDB says that this is safe, also when the outcome of a commit is
 * unknown. `work` may therefore run several times.
 */
export function inTransaction<T>(
  client: Pick<MongoClient, "withSession">,
  work: (session: ClientSession) => Promise<T>,
): Promise<Committed<T>> {
  return attempt(() =>
    client.withSession(async (session) => {
      const { result, before } = await session.withTransaction(
        async () => ({ result: await work(session), before: session.operationTime }),
        {
          readConcern: { level: "snapshot" },
          writeConcern: { w: "majority", journal: true },
          readPreference: "primary",
        },
      );
      // The session keeps the latest time that it was told: one from before the commit is not the commit's.
      const { operationTime } = session;
      const isOfCommit = operationTime && (!before || operationTime.greaterThan(before));
      return { result, time: isOfCommit ? operationTime : undefined };
    }),
  );
}
