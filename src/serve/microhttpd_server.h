// The door to libp5_microhttpd.so, so that programs that serve nothing start without the library and its TLS.
#pragma once

#include <string>

#include "serve/http_server.h"

extern "C" {
// Null with the reason in `complaint`. The caller owns the server. C++ types: both sides are of one build.
p5::HttpServer* p5_microhttpd_start(const p5::HttpServerOptions& options, p5::HttpHandler handler,
                                    std::string& complaint);
}
