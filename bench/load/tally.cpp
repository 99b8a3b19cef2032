#include "tally.hpp"
#include <algorithm>
#include <cstdio>
#include <numeric>

namespace {

std::string hex(const std::string& bytes) {
  std::string text;
  char pair[3];
  for (const unsigned char byte : bytes) {
    std::snprintf(pair, sizeof pair, "%02x", byte);
    text += pair;
  }
  return text;
}

// The smallest value that at least `share` of all do not exceed. `sorted` must be sorted.
double percentile(const std::vector<Nanos>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<size_t>(share * static_cast<double>(sorted.size()) + 0.999999);
  return static_cast<double>(sorted[std::clamp<size_t>(rank, 1, sorted.size()) - 1]) / 1e3;
}

void print_distribution(const char* name, std::vector<Nanos>& values) {
  std::sort(values.begin(), values.end());
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  std::printf("\"%s\":{\"min\":%.2f,\"mean\":%.2f,", name, percentile(values, 0),
              values.empty() ? 0 : sum / static_cast<double>(values.size()) / 1e3);
  for (const auto& [label, share] : {std::pair{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p999", 0.999}}) {
    std::printf("\"%s\":%.2f,", label, percentile(values, share));
  }
  std::printf("\"max\":%.2f},", percentile(values, 1));
}

}  // namespace

void Tally::answered(const Exchange& exchange, Nanos at, bool in_window) {
  if (!exchange.is_right(grpc_)) {
    wrong_++;
    note_first_bad(exchange, "wrong answer");
  } else if (in_window) {
    answered_++;
    latencies_.push_back(at - exchange.due);
    lags_.push_back(exchange.started - exchange.due);
  }
}

void Tally::broken(const Exchange& exchange) {
  broken_++;
  note_first_bad(exchange, "broken stream");
}

void Tally::unanswered(const Exchange& exchange, Nanos at, bool in_window) {
  unanswered_++;
  if (in_window) latencies_.push_back(at - exchange.due);
}

void Tally::note_first_bad(const Exchange& exchange, const char* what) {
  if (first_bad_) return;
  first_bad_ = std::string("{\"what\":\"") + what + "\",\"call\":" + std::to_string(exchange.number) +
               ",\"http_200\":" + (exchange.status_is_200 ? "true" : "false") + ",\"grpc_status\":\"" +
               hex(exchange.grpc_status) + "\",\"body\":\"" + hex(exchange.received) + "\"}";
}

void Tally::print(double seconds, Nanos cpu) {
  std::printf("{\"event\":\"result\",\"calls\":%zu,\"seconds\":%.6f,\"cpu_seconds\":%.6f,", answered_, seconds,
              static_cast<double>(cpu) / 1e9);
  std::printf("\"wrong\":%zu,\"broken\":%zu,\"unanswered\":%zu,\"retried\":%zu,\"reconnected\":%zu,", wrong_, broken_,
              unanswered_, retried, reconnected);
  print_distribution("latency_us", latencies_);
  print_distribution("lag_us", lags_);
  std::printf("\"first_bad\":%s}\n", first_bad_ ? first_bad_->c_str() : "null");
  std::fflush(stdout);
}
