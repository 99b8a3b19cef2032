/* Rule 3: renewing, and acknowledging with the same write. */

inline clear(n) {
  renewal[n].state = UNSENT;
  renewal[n].document = 0;
  renewal[n].applied = 0;
  renewal[n].lease = 0
}

inline matched(n) {
#ifdef DOCUMENT_MOVES_BACK
  document[renewal[n].document].applied = renewal[n].applied;
#else
  atLeast(document[renewal[n].document].applied, renewal[n].applied);
#endif
  settle(renewal[n].document, 0);
#ifdef APPLIED_FROM_ELSEWHERE
  /* The operationTime of the answer, which says nothing about the stream. */
  renewal[n].applied = committed;
#endif
  renewal[n].state = SUCCEEDED
}

#ifdef ANSWER_OF_EARLIER_ID_COUNTS
#define ANSWER_COUNTS(r, n) (1)
#else
#define ANSWER_COUNTS(r, n) (renewal[n].document == MINE(r) && replica[r].mode == REGISTERED)
#endif

inline hearSuccess(r, n) {
  reachedIf(renewal[n].applied < document[renewal[n].document].applied, RENEWAL_ANSWERED_OUT_OF_ORDER);
#ifdef LEASE_FROM_END
  grantLease(r, LENGTH(r));
#else
  grantLease(r, renewal[n].lease);
#endif
#ifdef APPLIED_MOVES_BACK
  replica[r].applied = renewal[n].applied;
#endif
#ifdef APPLIED_FROM_ELSEWHERE
  atLeast(replica[r].applied, renewal[n].applied);
#endif
  printf("replica %d hears that the renewal of document %d succeeded, lease %d\n",
         r, renewal[n].document, replica[r].lease)
}

/* The write may take effect late, and its answer may come late or never. */
proctype Renewer(byte r; byte n) {
  do
  :: d_step { renewal[n].state == UNSENT && replica[r].mode == REGISTERED ->
       renewal[n].state = UNDER_WAY;
       renewal[n].document = MINE(r);
       renewal[n].applied = replica[r].applied;
       renewal[n].lease = LENGTH(r);
       printf("replica %d sends a renewal of document %d with applied %d\n", r, MINE(r), replica[r].applied)
     }
  :: d_step { renewal[n].state == UNDER_WAY ->
       if
       :: document[renewal[n].document].state == LIVE -> matched(n)
#ifdef RENEWAL_IGNORES_FENCE
       :: document[renewal[n].document].state == FENCED -> matched(n)
#endif
#ifdef RENEWAL_UPSERTS
       :: document[renewal[n].document].state == REMOVED ->
          document[renewal[n].document].state = LIVE;
          matched(n)
#endif
#ifdef RENEWAL_NOT_BY_MAJORITY
       :: document[renewal[n].document].state > LIVE -> renewal[n].state = SUCCEEDED
#endif
       :: else ->
          reachedIf(document[renewal[n].document].state == FENCED, RENEWAL_MEETS_FENCE);
          renewal[n].state = NO_MATCH
       fi;
       printf("MongoDB answers the renewal of document %d\n", renewal[n].document)
     }
  :: d_step { renewal[n].state == SUCCEEDED ->
       if
       :: ANSWER_COUNTS(r, n) -> hearSuccess(r, n)
       :: else -> reached(RENEWAL_ANSWER_OF_EARLIER_ID)
       fi;
       clear(n)
     }
  :: d_step { renewal[n].state == NO_MATCH ->
       if
       :: renewal[n].document == MINE(r) && replica[r].mode == REGISTERED ->
          discard(r);
          printf("replica %d hears of no match, discards its cache and raises its epoch\n", r)
       :: else
       fi;
       clear(n)
     }
  /* Lost on the way there or back. */
  :: d_step { renewal[n].state != UNSENT -> clear(n) }
  od
}
