/*
 * What must be seen to happen, so that the promise is not kept for want of anything happening: with
 * -DTRAP=STATE, the search fails where it reaches that state.
 */

#define VALID_FROM_MEMORY 1
#define VALID_FROM_LOAD 2
#define VALID_WITHOUT_LEASE 3
#define UNAVAILABLE_WITHOUT_LEASE 4
#define GOOD_LEASE_AFTER_RETURN 5
#define LOAD_FROM_SUPERSEDED_PRIMARY 6
#define LOAD_DISCARDED_AS_DIRTY 7
#define LOAD_DISCARDED_FOR_EPOCH 8
#define LOAD_DISCARDED_FOR_LEASE 9
#define RETURN_BY_ACKNOWLEDGEMENT 10
#define RETURN_BY_FENCE 11
#define RETURN_BY_BOTH 12
#define RETURN_AFTER_REREGISTRATION 13
#define RETURN_BY_WAIT_OF_ANOTHER 14
#define RETURN_WITH_NOTHING_LISTED 15
#define NOTHING_TO_DELETE 16
#define FENCE_OF_ANOTHER_LISTED 17
#define RENEWAL_MEETS_FENCE 18
#define RENEWAL_ANSWER_OF_EARLIER_ID 19
#define RENEWAL_ANSWERED_OUT_OF_ORDER 20
#define INSERT_LATE 21
#define COMMIT_REPEATED 22
#define COMMIT_REPEATED_TELLS_LATER_TIME 23
#define TRANSACTION_RUN_AGAIN 24

#ifndef TRAP
#define TRAP 0
#endif

inline reached(state) {
  assert(TRAP != state)
}

inline reachedIf(condition, state) {
  if
  :: condition -> reached(state)
  :: else
  fi
}

/* For which reasons a Delete got past the documents that it listed. */
#define BY_ACKNOWLEDGEMENT 1
#define BY_FENCE 2
#define BY_LEAVING 4
#define BY_WAIT_OF_ANOTHER 8

#if TRAP
byte passed[DELETES];
#endif

inline note(d, reason) {
#if TRAP
  passed[d] = passed[d] | reason
#else
  skip
#endif
}

inline reachedReturn(d) {
#if TRAP
  reachedIf(passed[d] == 0, RETURN_WITH_NOTHING_LISTED);
  reachedIf(passed[d] == BY_ACKNOWLEDGEMENT, RETURN_BY_ACKNOWLEDGEMENT);
  reachedIf(passed[d] == BY_FENCE, RETURN_BY_FENCE);
  reachedIf(passed[d] == (BY_ACKNOWLEDGEMENT | BY_FENCE), RETURN_BY_BOTH);
  reachedIf(passed[d] == BY_WAIT_OF_ANOTHER, RETURN_BY_WAIT_OF_ANOTHER);
  reachedIf(passed[d] == BY_LEAVING && replica[0].id > 0 && replica[0].mode == REGISTERED,
            RETURN_AFTER_REREGISTRATION)
#else
  skip
#endif
}
