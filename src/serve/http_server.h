// An HTTP/1.1 server behind which any library may stand. tests/serve/http_server_test.cc is what each has to pass.
//
// Its few I/O threads read requests, call the handler and send replies; a connection whose reply is not there yet costs
// no thread. Thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "serve/http_message.h"

namespace p5 {

struct HttpServerOptions {
  std::string host = "127.0.0.1";  // address to listen on, IPv4 or IPv6
  std::uint16_t port = 8080;       // 0: any free one
  int io_threads = 2;
  std::size_t max_body = 8 << 20;      // bytes; longer bodies get 413, or a closed connection once bytes have come
  std::size_t max_headers = 32 << 10;  // bytes of request line and headers
  unsigned max_connections = 1024;
  unsigned max_connections_per_client = 0;  // of one address; 0: as many as there are
  std::chrono::seconds idle_timeout{60};    // without any byte
  std::chrono::seconds read_timeout{20};    // from the first moment of waiting for a request to its last byte, however
                                            // slowly bytes drip in
  std::string certificate = {}, key = {};   // TLS: the PEM texts; empty: plain HTTP
};

class HttpServer {
 public:
  // Stops as stop() does.
  virtual ~HttpServer() = default;

  // The port that it listens on.
  virtual std::uint16_t port() const = 0;
  // Takes no further connection. Requests on open connections are still answered, and the connection is closed after
  // the answer.
  virtual void stop_accepting() = 0;
  // Requests whose reply was not sent whole.
  virtual std::size_t in_flight() const = 0;
  // Closes everything, whether answered or not. The handler is not called any more; replies that come later are
  // dropped.
  virtual void stop() = 0;
};

// On libmicrohttpd, which is opened at first use (libp5_microhttpd.so). Throws InvalidArgument for a bad address or
// certificate, Unavailable (system) when the port is taken.
std::unique_ptr<HttpServer> start_http_server(const HttpServerOptions& options, HttpHandler handler);

}  // namespace p5
