/** What answers calls, made once and handed what it needs: all that is behind the doors. */
import type { AppConfig } from "../config.ts";
import { parseKeyText } from "../domain/key-text.ts";
import type { Logger } from "../log.ts";
import { BarrierMetrics } from "../metrics/barrier-metrics.ts";
import { CallMetrics } from "../metrics/call-metrics.ts";
import { type Collect, createCollect } from "../metrics/families.ts";
import { type Authenticate, createAuthenticator } from "../rpc/authenticate.ts";
import { createRpc, type Rpc, shuttingDown } from "../rpc/handler.ts";
import { Health } from "../rpc/health.ts";
import { createJwtCheck } from "../rpc/oidc.ts";
import { createHandlers } from "../rpc/service.ts";
import type { Store } from "../store/store.ts";
import { createBarrier } from "../verify/barrier.ts";
import { systemClock } from "../verify/clock.ts";
import { LeasedFinder } from "../verify/leased-finder.ts";
import { pepperMap } from "../verify/match.ts";
import type { Replica } from "../verify/replica.ts";
import type { Barrier } from "../verify/revoke.ts";
import { createVerify } from "../verify/verifier.ts";

const PING_BUDGET_MS = 500;

export interface Serving extends Rpc {
  readonly authenticate: Authenticate;
  readonly health: Health;
  readonly collect: Collect;
  /** Ends the calls that are under way. */
  readonly endCalls: () => void;
}

/** `otherBarrier`: in place of the one that Deletes wait at. */
export function createServing(
  config: AppConfig,
  log: Logger,
  store: Store,
  replica: Replica,
  otherBarrier?: Barrier,
): Serving {
  const peppers = pepperMap([config.pepper, ...config.retiredPeppers]);
  const finder = new LeasedFinder(replica, store.keys, peppers);
  const verify = createVerify(finder);
  const barrier =
    otherBarrier ?? createBarrier({ ...config, leases: store.leases, clock: systemClock, own: replica });
  const shutdown = new AbortController();
  const health = new Health(() => store.ping(PING_BUDGET_MS));
  const authenticator = authenticatorOf(config, finder);
  const metrics = new CallMetrics();
  const barrierMetrics = new BarrierMetrics();
  const handlers = createHandlers({
    store,
    verify,
    barrier: (time) => barrierMetrics.watch(() => barrier(time)),
    deletions: () => replica.deletions,
    currentPepper: config.pepper,
    retiredPeppers: config.retiredPeppers,
    keyPrefix: config.keyPrefix,
  });
  const rpc = createRpc({
    handlers,
    verify,
    authenticator,
    callTimeoutMs: config.callTimeoutMs,
    shutdown: shutdown.signal,
    health,
    metrics,
    onFault: (err, method) => log.error({ err, method }, "a call failed"),
  });
  const memory = () => ({
    keys: replica.memory?.size ?? 0,
    leaseIsGood: replica.memory?.lease.isGood() ?? false,
    deletions: replica.followed,
  });
  return {
    ...rpc,
    authenticate: authenticator.authenticate,
    health,
    collect: createCollect({ calls: metrics, barrier: barrierMetrics, memory }),
    endCalls: () => shutdown.abort(shuttingDown()),
  };
}

function authenticatorOf(config: AppConfig, finder: LeasedFinder) {
  return createAuthenticator({
    operatorDigests: config.operatorDigests,
    services: config.serviceTokens,
    findKey: (text) => {
      const keyId = parseKeyText(text);
      return keyId === undefined ? undefined : finder.find(text, keyId);
    },
    checkJwt: config.issuer && createJwtCheck(config.issuer),
  });
}
