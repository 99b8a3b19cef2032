#include "options.hpp"
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>

namespace {

Mode mode_named(const std::string& name) {
  if (name == "closed") return Mode::closed;
  if (name == "rate") return Mode::rate;
  if (name == "once") return Mode::once;
  throw std::runtime_error("no such mode: " + name);
}

void add_header(Options& options, const std::string& line) {
  const auto colon = line.find(": ");
  if (colon == std::string::npos) throw std::runtime_error("a header is written as `name: value`");
  options.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
}

using Setter = std::function<void(Options&, const std::string&)>;

const std::map<std::string, Setter> SETTERS = {
    {"port", [](Options& o, const std::string& v) { o.port = std::stoi(v); }},
    {"path", [](Options& o, const std::string& v) { o.path = v; }},
    {"calls", [](Options& o, const std::string& v) { o.calls = v; }},
    {"header", add_header},
    {"mode", [](Options& o, const std::string& v) { o.mode = mode_named(v); }},
    {"rate", [](Options& o, const std::string& v) { o.rate = std::stod(v); }},
    {"connections", [](Options& o, const std::string& v) { o.connections = std::stoi(v); }},
    {"streams", [](Options& o, const std::string& v) { o.streams = std::stoi(v); }},
    {"warm_up_ms", [](Options& o, const std::string& v) { o.warm_up = millis(std::stod(v)); }},
    {"duration_ms", [](Options& o, const std::string& v) { o.duration = millis(std::stod(v)); }},
    {"first", [](Options& o, const std::string& v) { o.first = std::stoull(v); }},
    {"grpc", [](Options& o, const std::string& v) { o.grpc = v == "true"; }},
    {"insist", [](Options& o, const std::string& v) { o.insist = v == "true"; }},
    {"spin", [](Options& o, const std::string& v) { o.spin = v == "true"; }},
};

void require_sense(const Options& o) {
  if (o.port <= 0 || o.path.empty() || o.calls.empty()) throw std::runtime_error("port, path and calls are needed");
  if (o.connections < 1 || o.streams < 1) throw std::runtime_error("connections and streams must be at least 1");
  if (o.mode != Mode::once && o.duration <= 0) throw std::runtime_error("duration_ms must be above 0");
  if (o.mode == Mode::rate && o.rate <= 0) throw std::runtime_error("mode rate needs a rate above 0");
}

}  // namespace

Options read_options() {
  Options options;
  for (std::string line; std::getline(std::cin, line);) {
    const auto space = line.find(' ');
    const auto setter = SETTERS.find(line.substr(0, space));
    if (setter == SETTERS.end() || space == std::string::npos) throw std::runtime_error("unknown option");
    setter->second(options, line.substr(space + 1));
  }
  require_sense(options);
  return options;
}
