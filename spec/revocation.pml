/*
 * The revocation protocol: once Delete has returned, no Verify that starts afterwards answers VALID.
 *
 * README.md says what is modelled, what is assumed and what every variant shows. A configuration sets the
 * sizes below by -D; a variant is one more -D, which breaks one rule.
 */

#ifndef REPLICAS
#define REPLICAS 1
#endif
#ifndef DELETES
#define DELETES 1
#endif
/* Lease documents that one replica may insert, each under a fresh id. */
#ifndef IDS
#define IDS 2
#endif
/* Renewals of one replica that may be on their way at once: more than one where some were given up. */
#ifndef RENEWALS
#define RENEWALS 1
#endif
/* Replicas that also load the key. The others have what they held at the start. */
#ifndef LOADERS
#define LOADERS REPLICAS
#endif
/* Commits in all. Positions in the log are 1 to COMMITS; 0 is before all of them. */
#ifndef COMMITS
#define COMMITS DELETES
#endif

#define DOCUMENTS (REPLICAS * IDS)
#define OWNER(n) (n / IDS)

#if defined(ACKNOWLEDGE_BEFORE_DROP) || defined(DROP_AND_MARK_APART)
#define EVENT_IN_TWO_STEPS
#endif
#if defined(ACKNOWLEDGE_BEFORE_DROP) || defined(APPLIED_MOVES_BACK) || defined(APPLIED_FROM_ELSEWHERE)
#define APPLIED_APART
#endif

/*
 * Lease length of replica r, in units of the clock that measures it. It stands in the lease document: with
 * TWO_LENGTHS, the first replica is of a version that uses a longer one than the second.
 */
#ifdef TWO_LENGTHS
#define LENGTH(r) (r == 0 -> 2 : 1)
#elif defined(SHORT_LEASES)
#define LENGTH(r) (1)
#else
#define LENGTH(r) (2)
#endif

/*
 * With SKEW, each clock gains one or two units in every step of time, another choice each time. These are
 * rates of 1.5 (1 - rho) and 1.5 (1 + rho) with rho = 1/3, hence W = L (1 + rho) / (1 - rho) = 2 L.
 * Clocks are read without error here, so the margin is zero.
 */
#ifdef SKEW
#define STRETCH 2
#else
#define STRETCH 1
#endif

/* W: how long to wait out document n. */
#ifdef WAIT_LEASE_LENGTH
#define WAIT(n) LENGTH(OWNER(n))
#elif defined(WAIT_OWN_LENGTH)
#define WAIT(n) 1
#elif defined(NO_WAIT_AFTER_FENCE)
#define WAIT(n) 0
#else
#define WAIT(n) (LENGTH(OWNER(n)) * STRETCH)
#endif

/* ---- MongoDB, as a majority sees it ---- */

/* A lease document. An insert that was sent takes effect at any later time, or never. */
#define ABSENT 0
#define SENT 1
#define LIVE 2
#define FENCED 3
#define REMOVED 4

typedef Document {
  byte state;
  byte applied
}

Document document[DOCUMENTS];

byte committed;            /* position of the last commit */
byte keyRemovedAt;         /* position of the commit that removed the key; 0: the key is there */
bit namesKey[COMMITS + 1]; /* the deletion marker at this position is of our key, not of another one */

/* ---- What a replica remembers ---- */

#define OUT 0       /* uses no lease, and may remove documents that it left behind */
#define INSERTING 1 /* the change stream is open, the insert on its way */
#define REGISTERED 2

/* A read of the key on behalf of Verifies that had a good lease. */
#define NONE 0
#define LOADING 1
#define UNLISTED 2 /* variants only: sent, but not yet in the table of loads */
#define JUDGED 3   /* variants only: found usable, but not yet cached */
#define ANSWERED 4 /* variants only: has left the table of loads, but is not judged yet */

typedef Replica {
  byte mode;
  byte id;             /* which of its documents it uses */
  byte applied;        /* all events up to this position are handled */
  bit registeredLater; /* its document came into being after the key was removed */
  byte lease;          /* units until the lease ends; 0: not good */
  byte insertLease;    /* what the lease will be if the insert's answer comes now */
  bit cached;
  byte load;
  bit loadDirty;
  bit loadStale;       /* the epoch was raised after the load had noted it */
  bit loadLate         /* of the Verifies that wait for it, one started after Delete had returned */
#ifdef LINEARIZABLE
  ;
  byte read;           /* a linearizable read: none, sent, evaluated */
  bit readFound;
  bit readLate
#endif
#ifdef TIMER_FLAG
  ;
  bit flag             /* set with the lease, taken back by a timer */
#endif
#ifdef APPLIED_APART
  ;
  byte cursor          /* where the stream is, where that may differ from `applied` */
#endif
#ifdef EVENT_IN_TWO_STEPS
  ;
  bit half             /* between the two halves of handling an event */
#endif
#ifdef STREAM_AFTER_INSERT
  ;
  bit open
#endif
}

Replica replica[REPLICAS];

/* A renewal, which also carries the acknowledgement. */
#define UNSENT 0
#define UNDER_WAY 1
#define SUCCEEDED 2
#define NO_MATCH 3

typedef Renewal {
  byte state;
  byte document;
  byte applied;
  byte lease /* what the lease will be if the answer comes now */
}

Renewal renewal[REPLICAS * RENEWALS];

/* ---- What a Delete remembers ---- */

#define BEGIN 0
#define OUTCOME_UNKNOWN 1
#define COMMITTED 2
#define WAITING 3
#define RETURNED 4
#define LISTED_TOO_EARLY 5 /* variants only */

typedef Delete {
  byte step;
  byte t;
  bit otherKey;
  bit again /* the transaction is run again after an unknown outcome */
}

Delete delete[DELETES];

/* How far each Delete is with each document: done with it, not yet, or DUE plus the units still to wait. */
#define DONE 0
#define PENDING 1
#define DUE 2

byte barrier[DELETES * DOCUMENTS];

/* A Delete of our key has returned OK or NOT_FOUND. */
bit returned;

/* ---- The promise ---- */

inline answerValid(startedAfterReturn) {
  assert(!startedAfterReturn)
}

inline atLeast(variable, value) {
  if
  :: variable < value -> variable = value
  :: else
  fi
}

#include "reached.pml"
#include "delete.pml"
#include "register.pml"
#include "follow.pml"
#include "renew.pml"
#include "verify.pml"
#include "clock.pml"

init {
  atomic {
    byte r, n;
    /* Of several Deletes the first may be of another key: what it does to leases must not harm ours. */
    if
    :: delete[0].otherKey = 0
    :: DELETES > 1 -> delete[0].otherKey = 1
    fi;
    for (r : 0 .. REPLICAS - 1) {
#ifdef START_REGISTERED
      document[r * IDS].state = LIVE;
      replica[r].mode = REGISTERED;
      replica[r].lease = LENGTH(r);
      replica[r].cached = 1;
#endif
      run Registration(r);
      run Follower(r);
      run Verifier(r);
      for (n : 0 .. RENEWALS - 1) { run Renewer(r, r * RENEWALS + n) }
    }
    for (n : 0 .. DOCUMENTS - 1) { run Insertion(n) }
    for (r : 0 .. DELETES - 1) {
      run Deleter(r);
      for (n : 0 .. DOCUMENTS - 1) { run Barrier(r, n) }
    }
    run Time();
    r = 0;
    n = 0
  }
}
