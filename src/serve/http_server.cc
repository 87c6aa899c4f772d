#include "serve/http_server.h"

#include "base/shared_library.h"
#include "p5/error.h"
#include "serve/microhttpd_server.h"

namespace p5 {

std::unique_ptr<HttpServer> start_http_server(const HttpServerOptions& options, HttpHandler handler) {
  static const SharedLibrary library({.file = "libp5_microhttpd.so",
                                      .provides = "the HTTP server",
                                      .remedy = "install libmicrohttpd and build p5 whole"});
  std::string complaint;
  std::unique_ptr<HttpServer> server(
      library.function<decltype(&p5_microhttpd_start)>("p5_microhttpd_start")(options, std::move(handler), complaint));
  if (server == nullptr) {
    throw system_error("cannot serve", {.where = options.host + ":" + std::to_string(options.port),
                                        .expected = "an address of this machine and a free port",
                                        .got = complaint});
  }
  return server;
}

}  // namespace p5
