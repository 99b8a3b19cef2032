// The calls: request bodies, and what each must be answered with.
#pragma once
#include <string>
#include <string_view>
#include <vector>

struct Call {
  std::string_view body;
  std::string_view answer;
  bool exact;  // the answer is all of the response's body; otherwise a piece of it
};

// Written by `harness/calls-file.ts`: "KFCALLS1", a count, then for each call the length of the body, the body, one byte
// (0 exact, 1 a piece), the length of the answer, the answer. Numbers are 32 bits, little-endian.
class Calls {
 public:
  explicit Calls(const std::string& path);
  const Call& operator[](size_t number) const { return calls_[number % calls_.size()]; }
  size_t size() const { return calls_.size(); }

 private:
  std::string bytes_;
  std::vector<Call> calls_;
};
