// What to do: read from standard input as lines of `name value`, so that no token stands on a command line.
#pragma once
#include <string>
#include <utility>
#include <vector>
#include "clock.hpp"

enum class Mode {
  closed,  // each connection keeps `streams` calls in flight
  rate,    // calls start by the clock, whether or not earlier ones have been answered
  once,    // as `closed`, but each call of the file exactly once
};

struct Options {
  int port = 0;                // on 127.0.0.1
  std::string path;            // of every request, such as /package.Service/Method
  std::string calls;           // file with the calls, see calls.hpp
  std::vector<std::pair<std::string, std::string>> headers;
  Mode mode = Mode::closed;
  double rate = 0;             // calls a second, mode `rate` only
  int connections = 1;
  int streams = 1;             // most calls in flight on one connection
  Nanos warm_up = 0;
  Nanos duration = 0;
  size_t first = 0;            // number of the call to begin with
  bool grpc = false;           // an answer also needs `grpc-status: 0`
  bool insist = false;         // send again what gRPC's UNAVAILABLE answers, as clients do; not for what is measured
  bool spin = false;           // poll without sleeping: the loader's own wake-up is then no part of a latency
};

Options read_options();
