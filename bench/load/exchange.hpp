// One call on its way, from the moment at which it should start to its answer.
#pragma once
#include <string>
#include "calls.hpp"
#include "clock.hpp"

struct Exchange {
  size_t number = 0;
  const Call* call = nullptr;
  Nanos due = 0;      // when it should have started; latency counts from here
  Nanos started = 0;  // when it was handed to HTTP/2
  bool open = false;  // begun, and not ended
  int attempts = 0;
  size_t sent = 0;
  bool status_is_200 = false;
  std::string grpc_status;
  std::string received;

  void begin(size_t which, const Call& what, Nanos when) {
    number = which;
    call = &what;
    due = when;
    attempts = 0;
    reset();
  }

  void reset() {
    sent = 0;
    status_is_200 = false;
    grpc_status.clear();
    received.clear();
  }

  bool is_unavailable() const { return grpc_status == "14"; }

  bool is_right(bool grpc) const {
    if (!status_is_200 || (grpc && grpc_status != "0")) return false;
    if (call->exact) return received == call->answer;
    return received.find(call->answer) != std::string::npos;
  }
};
