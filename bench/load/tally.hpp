// What is counted, and how it is told.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "clock.hpp"
#include "exchange.hpp"

class Tally {
 public:
  explicit Tally(bool grpc) : grpc_(grpc) {}

  // `in_window`: whether it belongs to what is measured. Wrong answers count always.
  void answered(const Exchange& exchange, Nanos at, bool in_window);
  void broken(const Exchange& exchange);
  // Still in flight when the loader stopped waiting.
  void unanswered(const Exchange& exchange, Nanos at, bool in_window);

  size_t retried = 0;      // declined when a server closed a connection, or unavailable, and sent again
  size_t reconnected = 0;

  void print(double seconds, Nanos cpu);

 private:
  void note_first_bad(const Exchange& exchange, const char* what);

  bool grpc_;
  size_t wrong_ = 0;
  size_t broken_ = 0;
  size_t answered_ = 0;    // rightly, and in the window
  size_t unanswered_ = 0;
  std::vector<Nanos> latencies_;
  std::vector<Nanos> lags_;  // between when a call should have started and when it did
  std::optional<std::string> first_bad_;
};
