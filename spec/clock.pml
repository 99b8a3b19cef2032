/*
 * Rule 1. Time passes in steps, and nothing says how much else happens between two of them: a paused process is
 * one that does nothing while time passes. What is measured counts down, so time goes on without end.
 */

inline countDown(remaining, end, units) {
  if
  :: remaining > end + units -> remaining = remaining - units
  :: remaining > end && remaining <= end + units -> remaining = end
  :: else
  fi
}

/* One clock for all that a replica measures. */
inline replicaClockGains(r, units) {
  countDown(replica[r].lease, 0, units);
  countDown(replica[r].insertLease, 0, units);
  for (n : r * RENEWALS .. (r + 1) * RENEWALS - 1) {
    countDown(renewal[n].lease, 0, units)
  }
  n = 0
}

inline deleterClockGains(d, units) {
  for (n : 0 .. DOCUMENTS - 1) {
    countDown(AT(d, n), DUE, units)
  }
  n = 0
}

#ifdef SKEW
#define STEP atomic
inline chooseRate() {
  if
  :: units = 1
  :: units = 2
  fi
}
#else
#define STEP d_step
inline chooseRate() {
  units = 1
}
#endif

proctype Time() {
  byte i, n, units;
  do
  :: STEP { true ->
       printf("time passes\n");
       for (i : 0 .. REPLICAS - 1) {
         chooseRate();
         replicaClockGains(i, units)
       }
       for (i : 0 .. DELETES - 1) {
         chooseRate();
         deleterClockGains(i, units)
       }
       i = 0;
       units = 0
     }
#ifdef WALL_CLOCK
  :: d_step { true ->
       printf("the wall clocks are set back\n");
       for (i : 0 .. REPLICAS - 1) {
         if
         :: replica[i].mode == REGISTERED -> replica[i].lease = LENGTH(i)
         :: else
         fi
       }
       i = 0
     }
#endif
  od
}
