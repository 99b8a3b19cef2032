// One HTTP/2 connection in clear text to 127.0.0.1, on a socket that never blocks.
#pragma once
#include <nghttp2/nghttp2.h>
#include <string>
#include <unordered_map>
#include <vector>
#include "exchange.hpp"
#include "options.hpp"

enum class Ending {
  answered,   // whether rightly is for the driver to judge
  unserved,   // the server says that it did not begin with it: safe to send again
  broken,
};

class Listener {
 public:
  virtual ~Listener() = default;
  virtual void ended(Exchange* exchange, Ending ending) = 0;
};

class Connection {
 public:
  Connection(const Options& options, Listener& listener);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int socket() const { return socket_; }
  // Takes no new calls: the server has said goodbye, or the connection is gone.
  bool is_leaving() const { return leaving_; }
  bool is_over() const { return over_; }
  bool has_room() const { return !leaving_ && in_flight_.size() < static_cast<size_t>(options_.streams); }
  size_t in_flight() const { return in_flight_.size(); }
  // Whether the socket took less than there is to send.
  bool wants_to_write() const { return written_ < out_.size(); }

  void submit(Exchange* exchange);
  void receive();
  void flush();

 private:
  friend struct Callbacks;
  void send_settings();
  void gather();
  void finish(int stream, Ending ending);
  void fail();

  const Options& options_;
  Listener& listener_;
  std::vector<nghttp2_nv> headers_;
  nghttp2_session* session_ = nullptr;
  int socket_ = -1;
  bool leaving_ = false;
  bool over_ = false;
  std::string out_;
  size_t written_ = 0;
  std::unordered_map<int, Exchange*> in_flight_;  // by stream
};
