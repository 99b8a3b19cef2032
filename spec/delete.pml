/* Rules 7 to 9: commit, list, wait for acknowledgements, fence, wait out. */

#define AT(d, n) barrier[d * DOCUMENTS + n]

#ifdef FENCE_BY_REMOVAL
#define GONE(d, n) (document[n].state == REMOVED && AT(d, n) == PENDING)
#else
#define GONE(d, n) (document[n].state == REMOVED)
#endif

#define ACKNOWLEDGED(d, n) (document[n].state != REMOVED && document[n].applied >= delete[d].t)

#ifdef WAIT_FROM_BEFORE_FENCE
#define WAITED(d, n) (AT(d, n) == DUE && document[n].state != LIVE)
#else
#define WAITED(d, n) (AT(d, n) == DUE)
#endif

/*
 * Whenever a document changes, and when it is listed: is it still one to wait for? A document that is gone was
 * removed by one who had waited, or by its replica after discarding the cache.
 */
inline settleFor(d, n, removedHow) {
  if
  :: AT(d, n) != DONE && GONE(d, n) ->
     AT(d, n) = DONE;
     note(d, removedHow)
  :: AT(d, n) != DONE && ACKNOWLEDGED(d, n) ->
     AT(d, n) = DONE;
     note(d, BY_ACKNOWLEDGEMENT)
  :: else
  fi
}

inline settle(n, removedHow) {
  settleFor(0, n, removedHow);
#if DELETES > 1
  settleFor(1, n, removedHow);
#endif
#if DELETES > 2
  settleFor(2, n, removedHow);
#endif
}

inline remove(n, how) {
  document[n].state = REMOVED;
  document[n].applied = 0;
  settle(n, how)
}

/* One transaction: remove the key if it is there, and always insert a marker. */
inline commit(d) {
#ifdef TIME_FROM_BEFORE_COMMIT
  delete[d].t = committed;
#endif
  committed++;
  if
  :: delete[d].otherKey
  :: else ->
     namesKey[committed] = 1;
     if
     :: keyRemovedAt == 0 -> keyRemovedAt = committed
     :: else -> reached(NOTHING_TO_DELETE)
     fi
  fi;
#ifndef TIME_FROM_BEFORE_COMMIT
  delete[d].t = committed;
#endif
  printf("Delete %d commits at %d (our key: %d)\n", d, committed, !delete[d].otherKey)
}

#ifdef MEETS_FENCE_AND_GOES_ON
#define LISTED(n) (document[n].state == LIVE)
#else
#define LISTED(n) (document[n].state == LIVE || document[n].state == FENCED)
#endif

/* One read with afterClusterTime t: every document that was there when the commit took effect, or later ones too. */
inline list(d) {
  for (n : 0 .. DOCUMENTS - 1) {
    reachedIf(document[n].state == FENCED, FENCE_OF_ANOTHER_LISTED);
    AT(d, n) = (LISTED(n) -> PENDING : DONE);
    settleFor(d, n, 0)
  }
  n = 0;
  printf("Delete %d lists the documents\n", d)
}

inline answerDelete(d) {
  for (n : 0 .. DOCUMENTS - 1) {
    if
    :: AT(d, n) == DUE -> note(d, BY_FENCE)
    :: else
    fi;
    AT(d, n) = DONE
  }
  n = 0;
  if
  :: delete[d].otherKey
  :: else ->
     reachedReturn(d);
     returned = 1
  fi;
  delete[d].step = RETURNED;
  delete[d].t = 0;
  delete[d].otherKey = 0;
  delete[d].again = 0;
  printf("Delete %d returns\n", d)
}

#define PASSED(d, n) (AT(d, n) == DONE || WAITED(d, n))

#if DOCUMENTS == 1
#define ALL_PASSED(d) (PASSED(d, 0))
#elif DOCUMENTS == 2
#define ALL_PASSED(d) (PASSED(d, 0) && PASSED(d, 1))
#elif DOCUMENTS == 3
#define ALL_PASSED(d) (PASSED(d, 0) && PASSED(d, 1) && PASSED(d, 2))
#endif

/* It may stop anywhere for any time, which is also what a crash of it looks like to the others. */
proctype Deleter(byte d) {
  byte n;
  do
#ifdef LIST_BEFORE_COMMIT
  :: d_step { delete[d].step == BEGIN ->
       list(d);
       delete[d].step = LISTED_TOO_EARLY
     }
  :: d_step { delete[d].step == LISTED_TOO_EARLY && committed < COMMITS ->
       commit(d);
       delete[d].step = WAITING
     }
#else
  :: d_step { delete[d].step == BEGIN && committed < COMMITS ->
       commit(d);
       delete[d].step = COMMITTED
     }
#endif
  :: d_step { delete[d].step == COMMITTED ->
       list(d);
       delete[d].step = WAITING
     }
  :: d_step { delete[d].step == WAITING && ALL_PASSED(d) -> answerDelete(d) }

#ifdef UNKNOWN_OUTCOMES
  :: d_step { delete[d].step == BEGIN && !delete[d].again && committed < COMMITS ->
       commit(d);
       printf("Delete %d does not hear whether it committed\n", d);
       delete[d].step = OUTCOME_UNKNOWN
     }
  /* The same commit is sent again, and the answer tells its time, or a later one. */
  :: d_step { delete[d].step == OUTCOME_UNKNOWN ->
       reached(COMMIT_REPEATED);
       delete[d].step = COMMITTED
     }
  :: d_step { delete[d].step == OUTCOME_UNKNOWN && delete[d].t < committed ->
       reached(COMMIT_REPEATED_TELLS_LATER_TIME);
       delete[d].t = committed;
       delete[d].step = COMMITTED
     }
  :: d_step { delete[d].step == OUTCOME_UNKNOWN ->
       reached(TRANSACTION_RUN_AGAIN);
       delete[d].t = 0;
       delete[d].again = 1;
       delete[d].step = BEGIN
     }
#endif
#ifdef UNKNOWN_TAKEN_AS_DONE
  :: d_step { delete[d].step == BEGIN ->
       printf("Delete %d sends a commit that is lost, and goes on\n", d);
       delete[d].t = committed;
       delete[d].step = COMMITTED
     }
#endif
#ifdef NO_MARKER
  :: d_step { delete[d].step == BEGIN && !delete[d].otherKey && keyRemovedAt != 0 ->
       printf("Delete %d finds nothing to delete\n", d);
       answerDelete(d)
     }
#endif
#ifdef NO_BARRIER
  :: d_step { delete[d].step == COMMITTED -> answerDelete(d) }
#endif
  od
}

/* What Delete d does about the listed document n, as long as it is not acknowledged. */
proctype Barrier(byte d; byte n) {
  do
  :: d_step { AT(d, n) == PENDING && document[n].state == LIVE ->
#ifdef FENCE_BY_REMOVAL
       AT(d, n) = DUE + WAIT(n);
       remove(n, BY_WAIT_OF_ANOTHER);
       printf("Delete %d removes document %d and then waits\n", d, n);
#elif defined(WAIT_FROM_BEFORE_FENCE) || defined(FENCE_NOT_BY_MAJORITY)
       AT(d, n) = DUE + WAIT(n);
       printf("Delete %d sends the fence mark for document %d and waits\n", d, n);
#else
       document[n].state = FENCED;
       printf("Delete %d fences document %d\n", d, n);
#endif
     }
#ifdef WAIT_FROM_BEFORE_FENCE
  :: d_step { AT(d, n) >= DUE && document[n].state == LIVE ->
       document[n].state = FENCED;
       printf("the fence mark of document %d is in\n", n)
     }
#endif
  /* The fence mark was answered, or one of another Delete is met: only now does the wait begin. */
  :: d_step { AT(d, n) == PENDING && document[n].state == FENCED ->
       AT(d, n) = DUE + WAIT(n);
       printf("Delete %d waits out document %d\n", d, n)
     }
  :: d_step { AT(d, n) == DUE && document[n].state == FENCED ->
       note(d, BY_FENCE);
       AT(d, n) = DONE;
       remove(n, BY_WAIT_OF_ANOTHER);
       printf("Delete %d has waited and removes document %d\n", d, n)
     }
#ifdef FENCE_LOOKED_UP_WITHOUT_TIME
  :: d_step { AT(d, n) == PENDING && document[n].state == FENCED ->
       AT(d, n) = DONE;
       printf("Delete %d still reads document %d without the mark, and goes on\n", d, n)
     }
#endif
#ifdef POLL_WITHOUT_TIME
  :: d_step { AT(d, n) == PENDING ->
       AT(d, n) = DONE;
       printf("Delete %d asks a member that does not know document %d yet\n", d, n)
     }
#endif
  od
}
