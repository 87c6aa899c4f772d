// One HTTP request and its response, free of any server library. Thread-safe: values.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace p5 {

using HttpFields = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;                                  // "GET", in capitals
  std::string path;                                    // as it was sent, before decoding: "/api/v1/users/a%2Fb"
  HttpFields query = {};                               // decoded
  HttpFields headers = {};                             // names in small letters
  std::string body = {};                               // whole; at most HttpServerOptions::max_body bytes
  std::string peer = {};                               // the client's address, for logs
  std::chrono::steady_clock::time_point arrived = {};  // when its last byte came

  // Null when there is none. `name` in small letters.
  const std::string* header(std::string_view name) const;
  const std::string* parameter(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string body = {};
  std::string content_type = "application/json";
  HttpFields headers = {};
};

// Sends the response. To be called exactly once, from any thread.
using HttpReply = std::function<void(HttpResponse)>;
// Must return soon: it runs on a thread that serves other connections, too. Must not throw.
using HttpHandler = std::function<void(HttpRequest, HttpReply)>;

// "%41" to "A"; '+' stays. Returns false for a broken escape or a NUL.
bool percent_decode(std::string_view text, std::string& decoded);

}  // namespace p5
