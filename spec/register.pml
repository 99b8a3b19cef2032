/* Rules 2 and 10: registering, leaving, and doing both after a failure. */

#define MINE(r) (r * IDS + replica[r].id)

#ifdef APPLIED_APART
#define CURSOR(r) replica[r].cursor
#else
#define CURSOR(r) replica[r].applied
#endif

#ifdef TIMER_FLAG
#define LEASE_GOOD(r) (replica[r].flag)
#else
#define LEASE_GOOD(r) (replica[r].lease > 0)
#endif

inline grantLease(r, units) {
  atLeast(replica[r].lease, units);
#ifdef TIMER_FLAG
  replica[r].flag = 1
#endif
}

inline dropLease(r) {
  replica[r].lease = 0;
#ifdef TIMER_FLAG
  replica[r].flag = 0
#endif
}

/* A load that will not be used has one reason for that and nobody waiting: fewer states, the same answers. */
inline markStale(r) {
  if
  :: replica[r].load != NONE ->
     replica[r].loadStale = 1;
     replica[r].loadDirty = 0;
     replica[r].loadLate = 0
  :: else
  fi
}

inline endLoad(r) {
  replica[r].load = NONE;
  replica[r].loadDirty = 0;
  replica[r].loadStale = 0;
  replica[r].loadLate = 0
}

/* Stop using the lease, discard the cache, raise the epoch: in one step, and without waiting for anyone. */
inline discard(r) {
#ifndef REREGISTER_KEEPS_LEASE
  dropLease(r);
#endif
#ifndef REREGISTER_KEEPS_CACHE
  replica[r].cached = 0;
#endif
#ifndef NO_EPOCH
  markStale(r);
#endif
#ifdef EVENT_IN_TWO_STEPS
  replica[r].half = 0;
#endif
#ifdef STREAM_AFTER_INSERT
  replica[r].open = 0;
#endif
  replica[r].insertLease = 0;
  replica[r].mode = OUT
}

/* The stream opens at a time that some member told; all events after that come, soon or late. */
inline openStream(r) {
  CURSOR(r) = 0;
  do
  :: CURSOR(r) < committed -> CURSOR(r)++
  :: break
  od;
  replica[r].applied = CURSOR(r)
}

#ifdef SAME_ID
#define HAS_ID(r) (1)
#else
#define HAS_ID(r) (document[MINE(r)].state == ABSENT || replica[r].id + 1 < IDS)
#endif

inline sendInsert(r) {
#ifdef SAME_ID
  if
  :: document[MINE(r)].state == ABSENT -> document[MINE(r)].state = SENT
  :: else ->
     document[MINE(r)].state = LIVE;
     replica[r].registeredLater = (keyRemovedAt != 0)
  fi;
#else
  if
  :: document[MINE(r)].state == ABSENT
  :: else -> replica[r].id++
  fi;
  document[MINE(r)].state = SENT;
#endif
  document[MINE(r)].applied = replica[r].applied
}

proctype Registration(byte r) {
  do
  /* The lease counts from here, before the insert is sent. */
  :: atomic { replica[r].mode == OUT && HAS_ID(r) ->
       openStream(r);
       sendInsert(r);
       replica[r].mode = INSERTING;
       replica[r].insertLease = LENGTH(r);
       printf("replica %d opens its stream at %d and sends the insert of document %d\n", r, CURSOR(r), MINE(r))
     }
  :: d_step { replica[r].mode == INSERTING && document[MINE(r)].state > SENT ->
       replica[r].mode = REGISTERED;
       grantLease(r, replica[r].insertLease);
       replica[r].insertLease = 0;
       printf("replica %d hears that document %d is in, lease %d\n", r, MINE(r), replica[r].lease)
     }
  /* The stream failed, the outcome of the insert is unknown, or the replica leaves. */
  :: d_step { replica[r].mode != OUT ->
       discard(r);
       printf("replica %d discards its cache and raises its epoch\n", r)
     }
  :: d_step { replica[r].mode != OUT ->
       discard(r);
       dropLease(r);
       replica[r].cached = 0;
       endLoad(r);
       printf("replica %d crashes\n", r)
     }
#ifdef TIMER_FLAG
  :: d_step { replica[r].flag && replica[r].lease == 0 ->
       replica[r].flag = 0;
       printf("the timer of replica %d fires\n", r)
     }
#endif
  od
}

/* What becomes of one lease document, apart from what a Delete does to it. */
proctype Insertion(byte n) {
  do
  :: d_step { document[n].state == SENT ->
#ifdef INSERT_NOT_BY_MAJORITY
       document[n].state = REMOVED;
       document[n].applied = 0;
       printf("document %d is in, on a superseded primary\n", n);
#else
       document[n].state = LIVE;
       printf("document %d is in\n", n);
#endif
       if
       :: n == MINE(OWNER(n)) && replica[OWNER(n)].mode == INSERTING ->
          replica[OWNER(n)].registeredLater = (keyRemovedAt != 0)
       :: else -> reached(INSERT_LATE)
       fi
     }
  :: d_step { (document[n].state == LIVE || document[n].state == FENCED) &&
       (n != MINE(OWNER(n)) || replica[OWNER(n)].mode == OUT) ->
       remove(n, BY_LEAVING);
       printf("replica %d removes document %d, which it no longer uses\n", OWNER(n), n)
     }
#ifdef LEAVE_REVERSED
  :: d_step { document[n].state == LIVE && n == MINE(OWNER(n)) && replica[OWNER(n)].mode == REGISTERED ->
       remove(n, BY_LEAVING);
       printf("replica %d removes document %d before it stops using it\n", OWNER(n), n)
     }
#endif
#ifdef JANITOR
  :: d_step { document[n].state == LIVE || document[n].state == FENCED ->
       remove(n, BY_WAIT_OF_ANOTHER);
       printf("the janitor removes document %d\n", n)
     }
#endif
  od
}
