// Starts calls, spreads them over connections, and judges what comes back. One thread: the loader has a core to itself.
#pragma once
#include <deque>
#include <memory>
#include <vector>
#include "calls.hpp"
#include "connection.hpp"
#include "options.hpp"
#include "tally.hpp"

class Driver : public Listener {
 public:
  Driver(const Options& options, const Calls& calls);
  ~Driver() override;
  // Prints one line when measuring begins, one when it has ended, and then the result.
  void run();

 private:
  void ended(Exchange* exchange, Ending ending) override;

  void connect_all();
  std::unique_ptr<Connection> open();
  void replace_leaving();
  bool may_start() const;
  bool is_in_window(const Exchange& exchange, Nanos at) const;
  void announce(Nanos at);
  void make_due(Nanos at);
  void start_calls(Nanos at);
  void start_on(Connection& connection, Nanos at);
  Exchange* next(Nanos due);
  Connection* roomy();
  Nanos next_moment(Nanos at) const;
  void wait(Nanos at);
  void serve(Connection& connection, unsigned events);
  void flush(Connection& connection);
  bool is_to_be_repeated(const Exchange& exchange, Ending ending) const;
  void give_up(Nanos at);
  bool is_finished(Nanos at);
  template <typename Work>
  void for_each(Work work);

  const Options& options_;
  const Calls& calls_;
  Tally tally_;
  int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> leaving_;
  std::deque<Exchange> exchanges_;   // a deque never moves what is in it
  std::vector<Exchange*> idle_;
  std::deque<Exchange*> waiting_;    // due, but no connection has had room yet
  size_t turn_ = 0;
  size_t begun_ = 0;
  size_t open_ = 0;                  // begun and not ended
  Nanos from_ = 0;
  Nanos to_ = 0;
  Nanos next_due_ = 0;
  Nanos cpu_from_ = 0;
  Nanos cpu_to_ = 0;
  bool announced_from_ = false;
  bool announced_to_ = false;
};
