// libp5_microhttpd.so: the only code that sees libmicrohttpd.
//
// A request whose reply is not there when the handler returns is suspended; the reply resumes it. libmicrohttpd's
// timeout begins anew with each byte, so a thread of ours closes connections that need too long for a whole request.
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <charconv>
#include <condition_variable>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "serve/microhttpd_server.h"

namespace p5 {
namespace {

using Clock = std::chrono::steady_clock;

// What a connection is doing, as far as its deadline goes.
struct Connection {
  int socket = -1;
  std::mutex mutex;
  std::optional<Clock::time_point> reading_since = Clock::now();  // none while a request is being answered
};

class MicrohttpdServer;

// One request: read, handed on, suspended until its reply comes, sent.
struct Exchange : std::enable_shared_from_this<Exchange> {
  enum class State { kReading, kAsked, kSuspended, kAnswered, kQueued, kGone };

  MicrohttpdServer* server = nullptr;
  MHD_Connection* connection = nullptr;
  HttpRequest request;
  bool too_long = false;
  std::mutex mutex;
  State state = State::kReading;
  HttpResponse response;
  std::shared_ptr<Exchange> self;  // while libmicrohttpd holds the pointer
};

class MicrohttpdServer final : public HttpServer {
 public:
  MicrohttpdServer(const HttpServerOptions& options, HttpHandler handler)
      : options_(options), handler_(std::move(handler)) {}
  ~MicrohttpdServer() override { stop(); }
  MicrohttpdServer(const MicrohttpdServer&) = delete;
  MicrohttpdServer& operator=(const MicrohttpdServer&) = delete;

  // The reason when it cannot start.
  std::string start();
  std::uint16_t port() const override { return port_; }
  void stop_accepting() override;
  std::size_t in_flight() const override { return in_flight_.load(); }
  void stop() override;

 private:
  static MHD_Result answer(void* self, MHD_Connection* connection, const char* url, const char* method,
                           const char* version, const char* upload, std::size_t* upload_size, void** exchange);
  static void completed(void* self, MHD_Connection* connection, void** exchange, MHD_RequestTerminationCode code);
  static void connected(void* self, MHD_Connection* connection, void** context, MHD_ConnectionNotificationCode code);
  static void complain(void* self, const char* format, va_list arguments);
  static std::size_t keep_escapes(void*, MHD_Connection*, char* text) { return std::strlen(text); }

  void* begin(MHD_Connection* connection, const char* url, const char* method);
  MHD_Result take(Exchange& exchange, const char* bytes, std::size_t count);
  MHD_Result hand_on(Exchange& exchange);
  MHD_Result send(Exchange& exchange);
  // While an exchange waits for its reply, its server lives; a reply that comes later than that touches the exchange
  // alone.
  static void reply(Exchange& exchange, HttpResponse response);
  void close_late_readers();
  std::string listen_on();

  HttpServerOptions options_;
  HttpHandler handler_;
  MHD_Daemon* daemon_ = nullptr;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> in_flight_{0};
  std::atomic<bool> closing_{false};  // no connection is kept after its answer
  std::string last_complaint_;

  std::mutex connections_mutex_;
  std::set<Connection*> connections_;
  std::mutex exchanges_mutex_;
  std::set<Exchange*> suspended_;
  std::condition_variable stopping_;
  bool stopped_ = false;
  std::thread sweeper_;
};

MHD_Result add_field(void* fields, MHD_ValueKind, const char* name, const char* value) {
  static_cast<HttpFields*>(fields)->emplace_back(name, value == nullptr ? "" : value);
  return MHD_YES;
}

Connection* connection_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info == nullptr ? nullptr : static_cast<Connection*>(info->socket_context);
}

std::string address_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  char text[NI_MAXHOST] = "";
  if (info == nullptr || info->client_addr == nullptr) return {};
  const socklen_t size = info->client_addr->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  getnameinfo(info->client_addr, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  return text;
}

// Opens the listening socket ourselves: libmicrohttpd would say only that it failed, not why.
std::string MicrohttpdServer::listen_on() {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(options_.port);
  const int code = getaddrinfo(options_.host.c_str(), port.c_str(), &hints, &found);
  if (code != 0) return std::string("'") + options_.host + "' (" + gai_strerror(code) + ")";
  listening_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(listening_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const bool bound =
      listening_ >= 0 && ::bind(listening_, found->ai_addr, found->ai_addrlen) == 0 && ::listen(listening_, 1024) == 0;
  const std::string reason = bound ? "" : std::strerror(errno);
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (bound && getsockname(listening_, reinterpret_cast<sockaddr*>(&own), &size) == 0) {
    port_ = ntohs(own.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(own).sin6_port
                                            : reinterpret_cast<sockaddr_in&>(own).sin_port);
  }
  freeaddrinfo(found);
  return reason;
}

std::string MicrohttpdServer::start() {
  std::string reason = listen_on();
  if (!reason.empty()) return reason;
  unsigned flags =
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
  std::vector<MHD_OptionItem> extra;
  if (!options_.certificate.empty()) {
    flags |= MHD_USE_TLS;
    extra.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, options_.certificate.data()});
    extra.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, options_.key.data()});
  }
  if (options_.io_threads > 1) extra.push_back({MHD_OPTION_THREAD_POOL_SIZE, options_.io_threads, nullptr});
  extra.push_back({MHD_OPTION_END, 0, nullptr});
  const unsigned limit = std::max(options_.max_connections, static_cast<unsigned>(options_.io_threads));
  daemon_ = MHD_start_daemon(
      flags, 0, nullptr, nullptr, &MicrohttpdServer::answer, this,    //
      MHD_OPTION_EXTERNAL_LOGGER, &MicrohttpdServer::complain, this,  // first, so that it hears of bad options
      MHD_OPTION_LISTEN_SOCKET, listening_,                           //
      MHD_OPTION_CONNECTION_LIMIT, limit,                             //
      MHD_OPTION_PER_IP_CONNECTION_LIMIT, options_.max_connections_per_client, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      options_.max_headers, MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(options_.idle_timeout.count()),
      MHD_OPTION_UNESCAPE_CALLBACK, &MicrohttpdServer::keep_escapes, nullptr, MHD_OPTION_NOTIFY_COMPLETED,
      &MicrohttpdServer::completed, this, MHD_OPTION_NOTIFY_CONNECTION, &MicrohttpdServer::connected, this,
      MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, extra.data(), MHD_OPTION_END);
  if (daemon_ == nullptr) {
    ::close(listening_);
    return last_complaint_.empty() ? "no reason from libmicrohttpd" : last_complaint_;
  }
  sweeper_ = std::thread([this] { close_late_readers(); });
  return {};
}

void MicrohttpdServer::complain(void* self, const char* format, va_list arguments) {
  char text[512] = "";
  std::vsnprintf(text, sizeof text, format, arguments);
  auto* server = static_cast<MicrohttpdServer*>(self);
  if (server->daemon_ == nullptr) {  // while starting, on one thread
    server->last_complaint_ = text;
    while (!server->last_complaint_.empty() && server->last_complaint_.back() == '\n')
      server->last_complaint_.pop_back();
  }
}

void MicrohttpdServer::connected(void* self, MHD_Connection* connection, void** context,
                                 MHD_ConnectionNotificationCode code) {
  auto* server = static_cast<MicrohttpdServer*>(self);
  const std::lock_guard lock(server->connections_mutex_);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    auto* added = new Connection;
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != nullptr) added->socket = info->connect_fd;
    server->connections_.insert(added);
    *context = added;
  } else {
    auto* closed = static_cast<Connection*>(*context);
    server->connections_.erase(closed);
    delete closed;
  }
}

// Holding the lock on connections keeps a socket's number from being closed, and given to another, meanwhile.
void MicrohttpdServer::close_late_readers() {
  std::unique_lock lock(connections_mutex_);
  while (!stopped_) {
    const auto limit = options_.read_timeout;
    const auto step = std::min<Clock::duration>(std::chrono::seconds(1), limit / 4);
    stopping_.wait_for(lock, step, [this] { return stopped_; });
    const auto now = Clock::now();
    for (Connection* connection : connections_) {
      const std::lock_guard own(connection->mutex);
      if (!connection->reading_since || now - *connection->reading_since < limit) continue;
      ::shutdown(connection->socket, SHUT_RD);
      connection->reading_since.reset();
    }
  }
}

void set_reading(MHD_Connection* connection, bool reading) {
  Connection* known = connection_of(connection);
  if (known == nullptr) return;
  const std::lock_guard lock(known->mutex);
  if (reading) {
    known->reading_since = Clock::now();
  } else {
    known->reading_since.reset();
  }
}

void* MicrohttpdServer::begin(MHD_Connection* connection, const char* url, const char* method) {
  auto exchange = std::make_shared<Exchange>();
  exchange->server = this;
  exchange->connection = connection;
  HttpRequest& request = exchange->request;
  request.method = method;
  request.path = url;
  request.peer = address_of(connection);
  MHD_get_connection_values(connection, MHD_HEADER_KIND, &add_field, &request.headers);
  for (auto& [name, value] : request.headers) {
    std::ranges::transform(name, name.begin(), [](unsigned char letter) { return std::tolower(letter); });
  }
  HttpFields query;
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &add_field, &query);
  for (auto& [name, value] : query) {
    std::pair<std::string, std::string> decoded;
    if (percent_decode(name, decoded.first) && percent_decode(value, decoded.second)) {
      request.query.push_back(std::move(decoded));
    }
  }
  if (const std::string* length = request.header("content-length")) {
    std::size_t bytes = 0;
    const auto [end, error] = std::from_chars(length->data(), length->data() + length->size(), bytes);
    exchange->too_long = error != std::errc() || end != length->data() + length->size() || bytes > options_.max_body;
    if (!exchange->too_long) request.body.reserve(bytes);
  }
  ++in_flight_;
  exchange->self = exchange;
  return exchange.get();
}

MHD_Result MicrohttpdServer::take(Exchange& exchange, const char* bytes, std::size_t count) {
  if (exchange.request.body.size() + count > options_.max_body) return MHD_NO;  // chunked: the connection is closed
  exchange.request.body.append(bytes, count);
  return MHD_YES;
}

MHD_Result MicrohttpdServer::answer(void* self, MHD_Connection* connection, const char* url, const char* method,
                                    const char*, const char* upload, std::size_t* upload_size, void** slot) {
  auto* server = static_cast<MicrohttpdServer*>(self);
  if (*slot == nullptr) {
    *slot = server->begin(connection, url, method);
    auto& exchange = *static_cast<Exchange*>(*slot);
    if (!exchange.too_long) return MHD_YES;
    exchange.response = {.status = 413,
                         .body = R"({"error":"the body is longer than the server takes","code":"InvalidArgument"})"};
    exchange.response.headers.emplace_back("Connection", "close");
    set_reading(connection, false);
    return server->send(exchange);
  }
  auto& exchange = *static_cast<Exchange*>(*slot);
  if (*upload_size > 0) {
    const MHD_Result taken = server->take(exchange, upload, *upload_size);
    *upload_size = 0;
    return taken;
  }
  {
    std::unique_lock lock(exchange.mutex);
    if (exchange.state == Exchange::State::kQueued) return MHD_YES;
    if (exchange.state == Exchange::State::kAnswered) {
      lock.unlock();
      return server->send(exchange);
    }
    if (exchange.state != Exchange::State::kReading) return MHD_NO;  // resumed without an answer: the server stops
  }
  set_reading(connection, false);
  return server->hand_on(exchange);
}

MHD_Result MicrohttpdServer::hand_on(Exchange& exchange) {
  const std::shared_ptr<Exchange> shared = exchange.self;
  exchange.request.arrived = Clock::now();
  exchange.state = Exchange::State::kAsked;
  handler_(std::move(exchange.request), [shared](HttpResponse response) { reply(*shared, std::move(response)); });
  std::unique_lock lock(exchange.mutex);
  if (exchange.state == Exchange::State::kAnswered) {
    lock.unlock();
    return send(exchange);
  }
  const std::lock_guard all(exchanges_mutex_);
  if (closing_ && stopped_) return MHD_NO;
  MHD_suspend_connection(exchange.connection);
  exchange.state = Exchange::State::kSuspended;
  suspended_.insert(&exchange);
  return MHD_YES;
}

void MicrohttpdServer::reply(Exchange& exchange, HttpResponse response) {
  const std::lock_guard lock(exchange.mutex);
  using State = Exchange::State;
  if (exchange.state != State::kAsked && exchange.state != State::kSuspended) return;
  exchange.response = std::move(response);
  const bool suspended = exchange.state == State::kSuspended;
  exchange.state = State::kAnswered;
  if (!suspended) return;
  MicrohttpdServer& server = *exchange.server;
  const std::lock_guard all(server.exchanges_mutex_);
  if (server.suspended_.erase(&exchange) > 0) MHD_resume_connection(exchange.connection);
}

MHD_Result MicrohttpdServer::send(Exchange& exchange) {
  HttpResponse& response = exchange.response;
  MHD_Response* made =
      MHD_create_response_from_buffer(response.body.size(), response.body.data(), MHD_RESPMEM_MUST_COPY);
  if (made == nullptr) return MHD_NO;
  MHD_add_response_header(made, "Content-Type", response.content_type.c_str());
  for (const auto& [name, value] : response.headers) MHD_add_response_header(made, name.c_str(), value.c_str());
  if (closing_) MHD_add_response_header(made, "Connection", "close");
  {
    const std::lock_guard lock(exchange.mutex);
    exchange.state = Exchange::State::kQueued;
  }
  const MHD_Result queued = MHD_queue_response(exchange.connection, static_cast<unsigned>(response.status), made);
  MHD_destroy_response(made);
  return queued;
}

void MicrohttpdServer::completed(void* self, MHD_Connection* connection, void** slot, MHD_RequestTerminationCode) {
  auto* server = static_cast<MicrohttpdServer*>(self);
  if (*slot == nullptr) return;
  const std::shared_ptr<Exchange> exchange = std::move(static_cast<Exchange*>(*slot)->self);
  *slot = nullptr;
  {
    const std::lock_guard lock(exchange->mutex);
    exchange->state = Exchange::State::kGone;
    const std::lock_guard all(server->exchanges_mutex_);
    server->suspended_.erase(exchange.get());
  }
  set_reading(connection, true);
  --server->in_flight_;
}

void MicrohttpdServer::stop_accepting() {
  if (closing_.exchange(true) || daemon_ == nullptr) return;
  const MHD_socket socket = MHD_quiesce_daemon(daemon_);
  if (socket != MHD_INVALID_SOCKET) ::close(socket);
}

void MicrohttpdServer::stop() {
  if (daemon_ == nullptr) return;
  stop_accepting();
  {
    const std::lock_guard lock(connections_mutex_);
    const std::lock_guard all(exchanges_mutex_);
    stopped_ = true;
  }
  stopping_.notify_all();
  if (sweeper_.joinable()) sweeper_.join();
  {
    // libmicrohttpd may only be stopped when nothing is suspended.
    const std::lock_guard all(exchanges_mutex_);
    for (Exchange* exchange : suspended_) MHD_resume_connection(exchange->connection);
    suspended_.clear();
  }
  MHD_stop_daemon(daemon_);
  daemon_ = nullptr;
}

}  // namespace
}  // namespace p5

p5::HttpServer* p5_microhttpd_start(const p5::HttpServerOptions& options, p5::HttpHandler handler,
                                    std::string& complaint) {
  auto server = std::make_unique<p5::MicrohttpdServer>(options, std::move(handler));
  complaint = server->start();
  return complaint.empty() ? server.release() : nullptr;
}
