/**
 * All parts, in the order in which they run. What counts replicas or needs all processors comes before the service that
 * several parts share; what stores many keys comes last, so that it disturbs nobody.
 */
import type { Part } from "../harness/part.ts";
import { client } from "./client.ts";
import { deadReplica } from "./dead-replica.ts";
import { deletion } from "./delete.ts";
import { latency } from "./latency.ts";
import { list } from "./list.ts";
import { load } from "./load.ts";
import { memory } from "./memory.ts";
import { peer } from "./peer.ts";
import { profile } from "./profile.ts";
import { rate } from "./rate.ts";
import { verify } from "./verify.ts";
import { workers } from "./workers.ts";

export const PARTS: readonly Part[] = [
  load,
  workers,
  deletion,
  deadReplica,
  verify,
  latency,
  rate,
  peer,
  client,
  profile,
  list,
  memory,
];
