/**
 * Every search of the model: its sizes, what is broken in it if anything, and what must come out.
 *
 * - `holds`: searched to the end, and the promise is kept in every reachable state
 * - `breaks`: a run is found in which a Verify that started after Delete had returned answers VALID
 * - `reached`: a run is found that comes to the named state
 */

export type Outcome = "holds" | "breaks" | "reached";

export interface Case {
  readonly name: string;
  /** Sizes and switches of the model, as `-D` arguments without the `-D`. */
  readonly flags: readonly string[];
  readonly expected: Outcome;
  /** The rule of the protocol that is at stake, or nothing where it is all of them. */
  readonly rule: string;
  /** What the search shows, for a reader of the table. */
  readonly shows: string;
}

const oneDelete = ["DELETES=1", "IDS=2"];
const twoDeletes = ["DELETES=2", "IDS=1"];

function intact(name: string, flags: readonly string[], shows: string): Case {
  return { name, flags, expected: "holds", rule: "", shows };
}

const skewed = [...oneDelete, "SKEW"];
const unleased = [...oneDelete, "LINEARIZABLE"];
const unknown = [...twoDeletes, "COMMITS=4", "UNKNOWN_OUTCOMES"];
const twoReplicasTwoDeletes = ["REPLICAS=2", "DELETES=2", "IDS=1", "SHORT_LEASES", "START_REGISTERED"];

/** The protocol as it is meant, the largest search first. */
export const protocol: readonly Case[] = [
  intact(
    "two-replicas-two-deletes",
    [...twoReplicasTwoDeletes, "LOADERS=0"],
    "two registered replicas hold the key, two deletes; no loads, and a replica that gave up stays out",
  ),
  intact("two-deletes", ["DELETES=2", "IDS=2"], "one replica that may register again, two deletes"),
  intact("three-deletes", ["DELETES=3", "IDS=1"], "one replica, three deletes"),
  intact(
    "two-replicas",
    ["REPLICAS=2", "DELETES=1", "IDS=1", "TWO_LENGTHS"],
    "two replicas with different lease lengths, one delete",
  ),
  intact("unknown-commits", unknown, "two deletes, each may not hear of a commit, and commits or runs again"),
  intact("late-renewals", [...oneDelete, "RENEWALS=2"], "a renewal that was given up may still succeed"),
  intact("three-registrations", ["DELETES=1", "IDS=3"], "one replica that registers up to three times"),
  intact("no-lease", unleased, "Verify without a lease, by a linearizable read"),
  intact(
    "skewed-clocks",
    [...twoDeletes, "SKEW"],
    "clocks whose rates differ by a factor of two, two deletes",
  ),
  intact("skewed-clocks-reregister", [...oneDelete, "SKEW"], "the same with a replica that registers again"),
];

/** The same with more in one search: minutes each, for when the protocol changes. */
export const long: readonly Case[] = [
  intact(
    "two-replicas-two-deletes-loading",
    [...twoReplicasTwoDeletes, "LOADERS=1"],
    "two replicas, two deletes, and one of the replicas loads the key as well",
  ),
  intact(
    "two-deletes-skewed-clocks",
    ["DELETES=2", "IDS=2", "SKEW"],
    "one replica that may register again, two deletes, clock rates that differ by a factor of two",
  ),
  intact(
    "two-deletes-no-lease",
    ["DELETES=2", "IDS=2", "LINEARIZABLE"],
    "one replica that may register again, two deletes, and Verify without a lease",
  ),
];

function broken(rule: string, flag: string, shows: string, sizes: readonly string[] = oneDelete): Case {
  return { name: flag, flags: [...sizes, flag], expected: "breaks", rule, shows };
}

/** The protocol with one rule broken, each of which must be caught. */
export const variants: readonly Case[] = [
  broken("all", "NO_BARRIER", "Delete returns when it has committed"),
  broken("1", "WALL_CLOCK", "the lease is judged by a clock that can be set back"),
  broken("1", "TIMER_FLAG", "the lease is judged by a flag that a late timer takes back"),
  broken(
    "1",
    "WAIT_LEASE_LENGTH",
    "a fenced lease is waited out for L, not W, and clock rates differ",
    skewed,
  ),
  broken("2", "REREGISTER_KEEPS_CACHE", "the cache survives a new registration"),
  broken("2", "REREGISTER_KEEPS_LEASE", "the old lease stays in use until the new registration is in"),
  broken("2", "STREAM_AFTER_INSERT", "the stream opens, at its own time, after the lease document is in"),
  broken("2", "SAME_ID", "a replica registers again under the id it had", twoDeletes),
  broken("2", "INSERT_NOT_BY_MAJORITY", "the lease document is inserted on a superseded primary"),
  broken("2", "WAIT_OWN_LENGTH", "a fenced lease is waited out for the deleter's own, shorter length"),
  broken("3", "LEASE_FROM_END", "the lease counts from the end of the renewal"),
  broken("3", "RENEWAL_IGNORES_FENCE", "a fenced document can still be renewed"),
  broken("3", "RENEWAL_UPSERTS", "a renewal brings a removed document back"),
  broken("3", "RENEWAL_NOT_BY_MAJORITY", "a renewal succeeds on a superseded primary"),
  broken("3", "ANSWER_OF_EARLIER_ID_COUNTS", "the late answer of an earlier registration's renewal counts"),
  broken("3", "APPLIED_MOVES_BACK", "`applied` in memory is set back by a late renewal's answer", [
    ...oneDelete,
    "RENEWALS=2",
  ]),
  broken("4", "ACKNOWLEDGE_BEFORE_DROP", "`applied` is raised before the key is dropped"),
  broken("4", "DROP_AND_MARK_APART", "the key is dropped in one tick, loads are marked dirty in a later one"),
  broken("4", "NO_DIRTY_MARK", "loads in flight are not marked by an event"),
  broken("4", "APPLIED_FROM_ELSEWHERE", "`applied` follows the operationTime of renewals"),
  broken("4", "RESUME_FROM_NOW", "a lost stream is opened anew from now on, without registering again"),
  broken("5", "HIT_WITHOUT_LEASE", "what is cached is used without a look at the lease"),
  broken("5", "NO_EPOCH", "a load may outlive the epoch that it began in"),
  broken("5", "NO_CHECK_AFTER_LOAD", "what was loaded is used without any check"),
  broken("5", "TABLE_ENTERED_LATE", "a load enters the table, and notes the epoch, after its read was sent"),
  broken(
    "5",
    "TABLE_LEFT_EARLY",
    "a load leaves the table when its answer comes, and is judged in a later step",
  ),
  broken("5", "CACHED_IN_A_LATER_STEP", "a load is found usable in one tick and cached in a later one"),
  broken("5", "LOCAL_READS", "loads read without afterClusterTime"),
  broken("5", "READ_AFTER_APPLIED_ONLY", "loads read after `applied`, not after the registration too"),
  broken("5", "READ_AFTER_REGISTRATION_ONLY", "loads read after the registration, not after `applied` too"),
  {
    name: "JOIN_AND_USE_WITHOUT_LEASE",
    flags: [...oneDelete, "JOIN_WITHOUT_LEASE", "NO_LEASE_CHECK_AFTER_LOAD"],
    expected: "breaks",
    rule: "5",
    shows: "a Verify joins a load, and its result is used, both without a look at the lease",
  },
  broken("6", "PLAIN_READ_WITHOUT_LEASE", "without a lease, a plain majority read answers", unleased),
  broken("6", "SHARED_LINEARIZABLE_READ", "a linearizable read answers a Verify that came later", unleased),
  broken("6", "CACHED_LINEARIZABLE_READ", "what a linearizable read found is cached", unleased),
  broken("7", "NO_MARKER", "NOT_FOUND is answered at once, without marker and barrier", twoDeletes),
  broken("7", "TIME_FROM_BEFORE_COMMIT", "t is a time from before the commit"),
  broken("7", "UNKNOWN_TAKEN_AS_DONE", "a commit with unknown outcome (or not by majority) is taken as done"),
  broken("8", "LIST_BEFORE_COMMIT", "the list of documents is older than the commit"),
  broken("8", "POLL_WITHOUT_TIME", "a listed document is looked up again by a read without afterClusterTime"),
  broken("9", "FENCE_BY_REMOVAL", "a document is removed before the wait, not after it", twoDeletes),
  broken("9", "NO_WAIT_AFTER_FENCE", "Delete returns when the fence mark is in"),
  broken("9", "WAIT_FROM_BEFORE_FENCE", "the wait counts from before the fence mark is in"),
  broken("9", "FENCE_NOT_BY_MAJORITY", "the fence mark is set on, or read from, a superseded primary"),
  broken(
    "9",
    "FENCE_LOOKED_UP_WITHOUT_TIME",
    "after its mark a Delete reads as of its own commit, sees no mark, and goes on",
  ),
  broken(
    "9",
    "MEETS_FENCE_AND_GOES_ON",
    "a Delete does not wait for what another one has fenced",
    twoDeletes,
  ),
  broken("9", "JANITOR", "a janitor or time-to-live index removes documents"),
  broken("10", "LEAVE_REVERSED", "the document is removed before the lease is given up"),
];

function needless(rule: string, flag: string, shows: string, sizes: readonly string[] = oneDelete): Case {
  return { name: flag, flags: [...sizes, flag], expected: "holds", rule, shows };
}

/** Parts of rules that the promise does not hang on, as long as all the others are kept. */
export const spare: readonly Case[] = [
  needless("5", "NO_LEASE_CHECK_AFTER_LOAD", "the lease is looked at before a load, and not again after it"),
  needless(
    "5",
    "JOIN_WITHOUT_LEASE",
    "a Verify joins a load without a look at the lease, which is checked after it",
  ),
  needless(
    "3",
    "DOCUMENT_MOVES_BACK",
    "`applied` in the document may move back: a Delete only waits longer",
    [...oneDelete, "RENEWALS=2"],
  ),
];

function reached(state: string, shows: string, sizes: readonly string[] = oneDelete): Case {
  return { name: state, flags: [...sizes, `TRAP=${state}`], expected: "reached", rule: "", shows };
}

/** States that the intact protocol must come to. */
export const states: readonly Case[] = [
  reached("VALID_FROM_MEMORY", "VALID from the cache"),
  reached("VALID_FROM_LOAD", "VALID from a load"),
  reached("VALID_WITHOUT_LEASE", "VALID from a linearizable read", unleased),
  reached("UNAVAILABLE_WITHOUT_LEASE", "no lease, and the read fails", unleased),
  reached("GOOD_LEASE_AFTER_RETURN", "a replica serves under a good lease after Delete has returned"),
  reached("LOAD_FROM_SUPERSEDED_PRIMARY", "a load finds a key that is removed already"),
  reached("LOAD_DISCARDED_AS_DIRTY", "an event spoils a load in flight"),
  reached("LOAD_DISCARDED_FOR_EPOCH", "a load outlives its epoch"),
  reached("LOAD_DISCARDED_FOR_LEASE", "a load outlives the lease"),
  reached("RETURN_BY_ACKNOWLEDGEMENT", "Delete returns because all acknowledged"),
  reached("RETURN_BY_FENCE", "Delete returns because it fenced and waited"),
  reached("RETURN_BY_BOTH", "Delete returns, one document acknowledged and one waited out"),
  reached("RETURN_AFTER_REREGISTRATION", "Delete returns because the replica left and registered again"),
  reached("RETURN_BY_WAIT_OF_ANOTHER", "Delete returns because another had waited", twoDeletes),
  reached("RETURN_WITH_NOTHING_LISTED", "Delete returns at once, nobody is registered"),
  reached("NOTHING_TO_DELETE", "Delete finds the key removed", twoDeletes),
  reached("FENCE_OF_ANOTHER_LISTED", "Delete meets a document that another has fenced", twoDeletes),
  reached("RENEWAL_MEETS_FENCE", "a renewal finds its document fenced"),
  reached("RENEWAL_ANSWER_OF_EARLIER_ID", "a renewal's answer comes after a new registration"),
  reached("RENEWAL_ANSWERED_OUT_OF_ORDER", "a renewal's answer is overtaken", [...oneDelete, "RENEWALS=2"]),
  reached("INSERT_LATE", "an insert takes effect when its replica has given it up"),
  reached("COMMIT_REPEATED", "a commit is sent again", unknown),
  reached("COMMIT_REPEATED_TELLS_LATER_TIME", "a commit sent again reports a later time", unknown),
  reached("TRANSACTION_RUN_AGAIN", "a transaction is run again", unknown),
];
