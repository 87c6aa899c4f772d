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
  const std::string* header(std::string_view name) const { return find(headers, name); }
  const std::string* parameter(std::string_view name) const { return find(query, name); }

 private:
  static const std::string* find(const HttpFields& fields, std::string_view name) {
    for (const auto& [known, value] : fields) {
      if (known == name) return &value;
    }
    return nullptr;
  }
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

// "%41" to "A"; '+' stays. Returns false for a broken escape or a NUL. Inline, because libp5_microhttpd.so uses it,
// too.
inline bool percent_decode(std::string_view text, std::string& decoded) {
  const auto digit_of = [](char letter) {
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return -1;
  };
  decoded.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\0') return false;
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? digit_of(text[i + 2]) : -1;
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return false;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return true;
}

}  // namespace p5
