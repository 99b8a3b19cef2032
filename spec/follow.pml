/* Rule 4: following the stream of keys and deletion markers. */

#ifdef STREAM_AFTER_INSERT
#define EVENT_WAITS(r) (replica[r].open && CURSOR(r) < committed)
#else
#define EVENT_WAITS(r) (replica[r].mode != OUT && CURSOR(r) < committed)
#endif

inline dropKey(r) {
  if
  :: namesKey[CURSOR(r) + 1] -> replica[r].cached = 0
  :: else
  fi
}

inline markDirty(r) {
  if
  :: namesKey[CURSOR(r) + 1] && replica[r].load == LOADING && !replica[r].loadStale ->
     replica[r].loadDirty = 1;
     replica[r].loadLate = 0
  :: else
  fi
}

inline raiseApplied(r) {
  CURSOR(r)++;
  atLeast(replica[r].applied, CURSOR(r));
  printf("replica %d has handled the event at %d\n", r, CURSOR(r))
}

proctype Follower(byte r) {
  do
#ifdef ACKNOWLEDGE_BEFORE_DROP
  :: d_step { EVENT_WAITS(r) && !replica[r].half ->
       replica[r].half = 1;
       replica[r].applied = CURSOR(r) + 1;
       printf("replica %d raises applied to %d and has not dropped yet\n", r, replica[r].applied)
     }
  :: d_step { replica[r].half ->
       replica[r].half = 0;
       dropKey(r);
       markDirty(r);
       raiseApplied(r)
     }
#elif defined(DROP_AND_MARK_APART)
  :: d_step { EVENT_WAITS(r) && !replica[r].half ->
       replica[r].half = 1;
       dropKey(r);
       printf("replica %d drops for the event at %d and has not marked loads yet\n", r, CURSOR(r) + 1)
     }
  :: d_step { replica[r].half ->
       replica[r].half = 0;
       markDirty(r);
       raiseApplied(r)
     }
#else
  :: d_step { EVENT_WAITS(r) ->
       dropKey(r);
#ifndef NO_DIRTY_MARK
       markDirty(r);
#endif
       raiseApplied(r)
     }
#endif
#ifdef STREAM_AFTER_INSERT
  :: d_step { replica[r].mode == REGISTERED && !replica[r].open ->
       replica[r].open = 1;
       CURSOR(r) = committed;
       printf("replica %d opens its stream only now, at %d\n", r, CURSOR(r))
     }
#endif
#ifdef RESUME_FROM_NOW
  :: d_step { replica[r].mode == REGISTERED && CURSOR(r) < committed ->
       CURSOR(r) = committed;
       atLeast(replica[r].applied, committed);
       printf("replica %d lost its stream and opens another one at %d\n", r, CURSOR(r))
     }
#endif
  od
}
