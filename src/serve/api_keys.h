// The keys that clients must show, where there are any. Thread-safe: all const.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "serve/http_message.h"

namespace p5 {

class ApiKeys {
 public:
  // Keys of `file`, one per line ('#' begins a comment); without a file those of the environment variable
  // P5_SERVE_KEYS, separated by commas. Throws InvalidArgument when the file cannot be read or has no key.
  static ApiKeys read(const std::string& file);
  ApiKeys() = default;
  explicit ApiKeys(std::vector<std::string> keys);

  bool needed() const { return !digests_.empty(); }
  // "Authorization: Bearer KEY" or "X-API-Key: KEY". The time that it takes does not depend on how much of a key is
  // right: digests are compared, all of them, byte by byte.
  bool allow(const HttpRequest& request) const;

 private:
  std::vector<std::string> digests_;
};

}  // namespace p5
