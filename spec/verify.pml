/* Rules 5 and 6. A Verify starts here when it looks at the lease: an earlier start would only be promised less. */

/*
 * A load reads at its afterClusterTime or later, perhaps from a superseded primary that stands still just there.
 * This says whether it may find the key. That is settled when the read is sent: a removal that is not committed
 * by then is always later than its afterClusterTime. Loads that cannot find the key are left out.
 */
#define APPLIED_EARLIER(r) (replica[r].applied < keyRemovedAt)
#define REGISTERED_EARLIER(r) (!replica[r].registeredLater)

#ifdef LOCAL_READS
#define MAY_FIND_KEY(r) (1)
#elif defined(READ_AFTER_APPLIED_ONLY)
#define MAY_FIND_KEY(r) (keyRemovedAt == 0 || APPLIED_EARLIER(r))
#elif defined(READ_AFTER_REGISTRATION_ONLY)
#define MAY_FIND_KEY(r) (keyRemovedAt == 0 || REGISTERED_EARLIER(r))
#else
#define MAY_FIND_KEY(r) (keyRemovedAt == 0 || (APPLIED_EARLIER(r) && REGISTERED_EARLIER(r)))
#endif

#define UNTOUCHED(r) (!replica[r].loadStale && !replica[r].loadDirty)

#ifdef NO_CHECK_AFTER_LOAD
#define USABLE(r) (1)
#elif defined(NO_LEASE_CHECK_AFTER_LOAD)
#define USABLE(r) UNTOUCHED(r)
#else
#define USABLE(r) (LEASE_GOOD(r) && UNTOUCHED(r))
#endif

#ifdef TABLE_LEFT_EARLY
#define TO_BE_JUDGED ANSWERED
#else
#define TO_BE_JUDGED LOADING
#endif

#ifdef JOIN_WITHOUT_LEASE
#define MAY_JOIN(r) (1)
#else
#define MAY_JOIN(r) LEASE_GOOD(r)
#endif

#ifdef HIT_WITHOUT_LEASE
#define MAY_HIT(r) (1)
#else
#define MAY_HIT(r) LEASE_GOOD(r)
#endif

inline startLoad(r) {
  reachedIf(keyRemovedAt != 0, LOAD_FROM_SUPERSEDED_PRIMARY);
  replica[r].cached = 0;
  replica[r].loadLate = returned;
#ifdef TABLE_ENTERED_LATE
  replica[r].load = UNLISTED;
#else
  replica[r].load = LOADING;
#endif
  printf("replica %d starts a load that may find the key\n", r)
}

inline useLoad(r) {
  reached(VALID_FROM_LOAD);
  replica[r].cached = 1;
  printf("replica %d caches what it loaded and answers VALID\n", r);
  answerValid(replica[r].loadLate);
  endLoad(r)
}

inline discardLoad(r) {
  reachedIf(replica[r].loadStale, LOAD_DISCARDED_FOR_EPOCH);
  reachedIf(replica[r].loadDirty, LOAD_DISCARDED_AS_DIRTY);
  reachedIf(UNTOUCHED(r), LOAD_DISCARDED_FOR_LEASE);
  printf("replica %d does not use what it loaded\n", r);
  endLoad(r)
}

#ifdef LINEARIZABLE
inline endRead(r) {
  replica[r].read = NONE;
  replica[r].readFound = 0;
  replica[r].readLate = 0
}
#endif

proctype Verifier(byte r) {
  do
  :: d_step { MAY_HIT(r) && replica[r].cached ->
       reached(VALID_FROM_MEMORY);
       if
       :: returned -> printf("replica %d answers VALID from memory\n", r)
       :: else
       fi;
       answerValid(returned)
     }
  :: d_step { LEASE_GOOD(r) && returned -> reached(GOOD_LEASE_AFTER_RETURN) }

  /* A miss, also of a key that was cached: entries are evicted at any time. */
  :: d_step { r < LOADERS && LEASE_GOOD(r) && replica[r].load == NONE && MAY_FIND_KEY(r) -> startLoad(r) }
#ifdef TABLE_ENTERED_LATE
  :: d_step { replica[r].load == UNLISTED ->
       replica[r].load = LOADING;
       replica[r].loadStale = 0;
       printf("replica %d enters its load in the table\n", r)
     }
#endif
  /* Another Verify joins the load. */
  :: d_step { returned && replica[r].load == LOADING && !replica[r].loadLate && UNTOUCHED(r) && MAY_JOIN(r) ->
       replica[r].loadLate = 1;
       printf("replica %d lets another Verify join its load\n", r)
     }
#ifdef TABLE_LEFT_EARLY
  :: d_step { replica[r].load == LOADING ->
       replica[r].load = ANSWERED;
       printf("replica %d takes its load out of the table\n", r)
     }
#endif
  :: d_step { replica[r].load == TO_BE_JUDGED ->
       if
       :: USABLE(r) ->
#ifdef CACHED_IN_A_LATER_STEP
          printf("replica %d finds its load usable\n", r);
          replica[r].load = JUDGED
#else
          useLoad(r)
#endif
       :: else -> discardLoad(r)
       fi
     }
#ifdef CACHED_IN_A_LATER_STEP
  :: d_step { replica[r].load == JUDGED -> useLoad(r) }
#endif
  /* The read failed, or found the key removed. */
  :: d_step { replica[r].load == LOADING -> endLoad(r) }

#ifdef LINEARIZABLE
  :: d_step { !LEASE_GOOD(r) && replica[r].read == NONE ->
       replica[r].read = 1;
       replica[r].readLate = returned;
       printf("replica %d has no lease and sends a linearizable read\n", r)
     }
  :: d_step { replica[r].read == 1 ->
       replica[r].read = 2;
#ifdef PLAIN_READ_WITHOUT_LEASE
       replica[r].readFound = 1;
#else
       replica[r].readFound = (keyRemovedAt == 0);
#endif
       printf("MongoDB evaluates the read of replica %d, found: %d\n", r, replica[r].readFound)
     }
  :: d_step { replica[r].read == 1 ->
       reached(UNAVAILABLE_WITHOUT_LEASE);
       endRead(r)
     }
  :: d_step { replica[r].read == 2 && !replica[r].readFound -> endRead(r) }
  :: d_step { replica[r].read == 2 && replica[r].readFound ->
       reached(VALID_WITHOUT_LEASE);
       printf("replica %d answers VALID from its linearizable read\n", r);
#ifdef CACHED_LINEARIZABLE_READ
       replica[r].cached = 1;
#endif
       answerValid(replica[r].readLate);
       endRead(r)
     }
#ifdef SHARED_LINEARIZABLE_READ
  :: d_step { replica[r].read == 2 && returned ->
       replica[r].readLate = 1;
       printf("replica %d lets another Verify share its linearizable read\n", r)
     }
#endif
#endif
  od
}
