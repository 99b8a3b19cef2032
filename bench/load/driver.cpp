#include "driver.hpp"
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <sys/epoll.h>
#include <unistd.h>

namespace {

// How long answers may still come in after the window.
constexpr Nanos DRAIN = 5'000'000'000;
constexpr int MOST_ATTEMPTS = 20;
constexpr Nanos NEVER = std::numeric_limits<Nanos>::max();

void say(const char* event) {
  std::printf("{\"event\":\"%s\"}\n", event);
  std::fflush(stdout);
}

}  // namespace

Driver::Driver(const Options& options, const Calls& calls)
    : options_(options), calls_(calls), tally_(options.grpc), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

Driver::~Driver() { close(epoll_); }

void Driver::run() {
  connect_all();
  from_ = now() + options_.warm_up;
  to_ = options_.mode == Mode::once ? NEVER : from_ + options_.duration;
  next_due_ = now();
  for (Nanos at = now(); !is_finished(at); at = now()) {
    announce(at);
    make_due(at);
    replace_leaving();
    start_calls(at);
    for_each([this](Connection& connection) { flush(connection); });
    wait(now());
  }
  give_up(now());
  tally_.print(static_cast<double>(to_ - from_) / 1e9, cpu_to_ - cpu_from_);
}

template <typename Work>
void Driver::for_each(Work work) {
  for (auto& connection : connections_) work(*connection);
  for (auto& connection : leaving_) work(*connection);
}

void Driver::connect_all() {
  for (int i = 0; i < options_.connections; i++) connections_.push_back(open());
}

std::unique_ptr<Connection> Driver::open() {
  auto connection = std::make_unique<Connection>(options_, *this);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = connection.get();
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, connection->socket(), &event) != 0) throw std::runtime_error("epoll_ctl");
  return connection;
}

// A server may close connections by age; calls that it took before are still answered on them.
void Driver::replace_leaving() {
  std::erase_if(leaving_, [](const auto& c) { return c->is_over() || c->in_flight() == 0; });
  for (auto& connection : connections_) {
    if (!connection->is_leaving()) continue;
    leaving_.push_back(std::move(connection));
    connection = open();
    tally_.reconnected++;
  }
}

bool Driver::may_start() const {
  return options_.mode == Mode::once ? begun_ < calls_.size() : !announced_to_;
}

// At a fixed rate a call belongs to the moment at which it should have started: a slow one must not get out of the
// window by being slow.
bool Driver::is_in_window(const Exchange& exchange, Nanos at) const {
  const Nanos moment = options_.mode == Mode::rate ? exchange.due : at;
  return moment >= from_ && moment < to_;
}

void Driver::announce(Nanos at) {
  if (!announced_from_ && at >= from_) {
    announced_from_ = true;
    cpu_from_ = cpu_time();
    say("measuring");
  }
  if (!announced_to_ && at >= to_) {
    announced_to_ = true;
    cpu_to_ = cpu_time();
    say("measured");
  }
}

void Driver::make_due(Nanos at) {
  if (options_.mode != Mode::rate) return;
  while (next_due_ <= at && next_due_ < to_) {
    waiting_.push_back(next(next_due_));
    next_due_ += static_cast<Nanos>(1e9 / options_.rate);
  }
}

Exchange* Driver::next(Nanos due) {
  if (idle_.empty()) idle_.push_back(&exchanges_.emplace_back());
  auto* exchange = idle_.back();
  idle_.pop_back();
  const size_t number = (options_.first + begun_) % calls_.size();
  exchange->begin(number, calls_[number], due);
  exchange->open = true;
  begun_++;
  open_++;
  return exchange;
}

void Driver::start_calls(Nanos at) {
  while (!waiting_.empty()) {
    auto* connection = roomy();
    if (!connection) return;
    waiting_.front()->started = at;
    connection->submit(waiting_.front());
    waiting_.pop_front();
  }
  for (auto& connection : connections_) start_on(*connection, at);
}

void Driver::start_on(Connection& connection, Nanos at) {
  if (options_.mode == Mode::rate) return;
  while (connection.has_room() && may_start()) {
    auto* exchange = next(at);
    exchange->started = at;
    connection.submit(exchange);
  }
}

Connection* Driver::roomy() {
  for (size_t tried = 0; tried < connections_.size(); tried++) {
    auto& connection = *connections_[turn_++ % connections_.size()];
    if (connection.has_room()) return &connection;
  }
  return nullptr;
}

void Driver::flush(Connection& connection) {
  const bool waited = connection.wants_to_write();
  connection.flush();
  if (connection.wants_to_write() == waited || connection.is_over()) return;
  epoll_event event{};
  event.events = EPOLLIN | (connection.wants_to_write() ? EPOLLOUT : 0u);
  event.data.ptr = &connection;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket(), &event);
}

// When there is something to do even if no socket stirs.
Nanos Driver::next_moment(Nanos at) const {
  Nanos until = at + millis(100);
  for (const Nanos moment : {from_, to_}) {
    if (moment > at) until = std::min(until, moment);
  }
  if (options_.mode == Mode::rate && next_due_ < to_) until = std::min(until, std::max(next_due_, at));
  return until;
}

void Driver::wait(Nanos at) {
  const Nanos pause = options_.spin ? 0 : next_moment(at) - at;
  const timespec limit{pause / 1'000'000'000, pause % 1'000'000'000};
  epoll_event events[64];
  const int count = epoll_pwait2(epoll_, events, 64, &limit, nullptr);
  for (int i = 0; i < count; i++) serve(*static_cast<Connection*>(events[i].data.ptr), events[i].events);
}

void Driver::serve(Connection& connection, unsigned events) {
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) connection.receive();
  if (waiting_.empty()) start_on(connection, now());
  flush(connection);
}

bool Driver::is_to_be_repeated(const Exchange& exchange, Ending ending) const {
  if (ending == Ending::unserved) return true;
  return options_.insist && ending == Ending::answered && exchange.is_unavailable() && exchange.attempts < MOST_ATTEMPTS;
}

void Driver::ended(Exchange* exchange, Ending ending) {
  const Nanos at = now();
  if (!announced_to_ && is_to_be_repeated(*exchange, ending)) {
    tally_.retried++;
    exchange->attempts++;
    waiting_.push_back(exchange);
    return;
  }
  // Declined after the window: nothing was lost, and nothing is to be measured any more.
  if (ending == Ending::answered) tally_.answered(*exchange, at, is_in_window(*exchange, at));
  if (ending == Ending::broken) tally_.broken(*exchange);
  exchange->open = false;
  open_--;
  idle_.push_back(exchange);
}

// Calls that nobody answered have waited at least this long: leaving them out would flatter a server that is too slow.
void Driver::give_up(Nanos at) {
  for (const auto& exchange : exchanges_) {
    if (exchange.open) tally_.unanswered(exchange, at, is_in_window(exchange, at));
  }
}

bool Driver::is_finished(Nanos at) {
  if (options_.mode != Mode::once) return at >= to_ && announced_to_ && (open_ == 0 || at >= to_ + DRAIN);
  if (begun_ < calls_.size() || open_ > 0) return false;
  to_ = at;
  announce(at);
  return true;
}
