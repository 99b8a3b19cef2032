#include "connection.hpp"
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr int WINDOW = 1 << 24;
constexpr size_t GATHERED = 64 * 1024;

int connect_to(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(std::string("cannot connect: ") + std::strerror(errno));
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return fd;
}

nghttp2_nv header(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  const std::uint8_t flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  return {bytes(name), bytes(value), name.size(), value.size(), flags};
}

std::vector<nghttp2_nv> headers_of(const Options& options) {
  std::vector<nghttp2_nv> headers = {
      header(":method", "POST"),
      header(":scheme", "http"),
      header(":authority", "127.0.0.1"),
      header(":path", options.path),
  };
  for (const auto& [name, value] : options.headers) headers.push_back(header(name, value));
  return headers;
}

}  // namespace

struct Callbacks {
  static Exchange* exchange_of(nghttp2_session* session, int stream) {
    return static_cast<Exchange*>(nghttp2_session_get_stream_user_data(session, stream));
  }

  static ssize_t read_body(nghttp2_session*, int, std::uint8_t* to, size_t room, std::uint32_t* flags,
                           nghttp2_data_source* source, void*) {
    auto* exchange = static_cast<Exchange*>(source->ptr);
    const auto rest = exchange->call->body.substr(exchange->sent);
    const size_t length = std::min(room, rest.size());
    std::memcpy(to, rest.data(), length);
    exchange->sent += length;
    if (length == rest.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(length);
  }

  static int on_header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                       size_t name_length, const std::uint8_t* value, size_t value_length, std::uint8_t, void*) {
    auto* exchange = exchange_of(session, frame->hd.stream_id);
    if (!exchange) return 0;
    const std::string_view key(reinterpret_cast<const char*>(name), name_length);
    const std::string_view text(reinterpret_cast<const char*>(value), value_length);
    if (key == ":status") exchange->status_is_200 = text == "200";
    if (key == "grpc-status") exchange->grpc_status = text;
    return 0;
  }

  static int on_data(nghttp2_session* session, std::uint8_t, int stream, const std::uint8_t* data, size_t length,
                     void*) {
    auto* exchange = exchange_of(session, stream);
    if (exchange) exchange->received.append(reinterpret_cast<const char*>(data), length);
    return 0;
  }

  static int on_stream_close(nghttp2_session*, int stream, std::uint32_t error, void* user) {
    const auto ending = error == NGHTTP2_NO_ERROR         ? Ending::answered
                        : error == NGHTTP2_REFUSED_STREAM ? Ending::unserved
                                                          : Ending::broken;
    static_cast<Connection*>(user)->finish(stream, ending);
    return 0;
  }

  // A request that waited its turn when the server said goodbye.
  static int on_frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int, void* user) {
    if (frame->hd.type == NGHTTP2_HEADERS) {
      static_cast<Connection*>(user)->finish(frame->hd.stream_id, Ending::unserved);
    }
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_GOAWAY) static_cast<Connection*>(user)->leaving_ = true;
    return 0;
  }

  static nghttp2_session* open_session(Connection* connection) {
    nghttp2_session_callbacks* callbacks;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_frame_not_sent);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session* session;
    nghttp2_session_client_new(&session, callbacks, connection);
    nghttp2_session_callbacks_del(callbacks);
    return session;
  }
};

Connection::Connection(const Options& options, Listener& listener)
    : options_(options), listener_(listener), headers_(headers_of(options)) {
  socket_ = connect_to(options.port);
  session_ = Callbacks::open_session(this);
  send_settings();
  flush();
}

Connection::~Connection() {
  nghttp2_session_del(session_);
  close(socket_);
}

void Connection::send_settings() {
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW},
  };
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, WINDOW);
}

void Connection::submit(Exchange* exchange) {
  nghttp2_data_provider body{};
  body.source.ptr = exchange;
  body.read_callback = Callbacks::read_body;
  exchange->reset();
  const int stream =
      nghttp2_submit_request(session_, nullptr, headers_.data(), headers_.size(), &body, exchange);
  // After 2^30 calls a connection has no stream numbers left.
  if (stream < 0) throw std::runtime_error(nghttp2_strerror(stream));
  in_flight_.emplace(stream, exchange);
}

void Connection::receive() {
  std::uint8_t buffer[GATHERED];
  while (!over_) {
    const ssize_t length = read(socket_, buffer, sizeof buffer);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (length <= 0) return fail();
    if (nghttp2_session_mem_recv(session_, buffer, static_cast<size_t>(length)) < 0) return fail();
    if (static_cast<size_t>(length) < sizeof buffer) return;
  }
}

void Connection::gather() {
  if (written_ == out_.size()) {
    out_.clear();
    written_ = 0;
  }
  while (out_.size() < GATHERED) {
    const std::uint8_t* data;
    const ssize_t length = nghttp2_session_mem_send(session_, &data);
    if (length <= 0) return;
    out_.append(reinterpret_cast<const char*>(data), static_cast<size_t>(length));
  }
}

void Connection::flush() {
  while (!over_) {
    gather();
    if (out_.empty()) break;
    const ssize_t length = send(socket_, out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (length < 0) return fail();
    written_ += static_cast<size_t>(length);
  }
  if (!nghttp2_session_want_read(session_) && !nghttp2_session_want_write(session_)) fail();
}

void Connection::finish(int stream, Ending ending) {
  const auto found = in_flight_.find(stream);
  if (found == in_flight_.end()) return;
  auto* exchange = found->second;
  in_flight_.erase(found);
  listener_.ended(exchange, ending);
}

// The end of the connection, expected or not: what is still in flight will never be answered.
void Connection::fail() {
  if (over_) return;
  over_ = leaving_ = true;
  while (!in_flight_.empty()) finish(in_flight_.begin()->first, Ending::broken);
}
