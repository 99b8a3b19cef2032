// Load on an HTTP/2 server of this machine: many different calls, every answer checked.
#include <cstdio>
#include <exception>
#include <sys/prctl.h>
#include "driver.hpp"

int main() {
  // By default the kernel may wake a sleeper 50 microseconds late.
  prctl(PR_SET_TIMERSLACK, 1);
  try {
    const Options options = read_options();
    const Calls calls(options.calls);
    Driver(options, calls).run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
