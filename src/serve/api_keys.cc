#include "serve/api_keys.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "base/digest.h"
#include "p5/error.h"

namespace p5 {
namespace {

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin));
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned char differences = 0;
  for (std::size_t i = 0; i < a.size(); ++i) differences |= static_cast<unsigned char>(a[i] ^ b[i]);
  return differences == 0;
}

}  // namespace

ApiKeys::ApiKeys(std::vector<std::string> keys) {
  for (const std::string& key : keys) digests_.push_back(sha256_hex(key));
}

ApiKeys ApiKeys::read(const std::string& file) {
  std::vector<std::string> keys;
  if (!file.empty()) {
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) {
      std::string key = trimmed(line);
      if (!key.empty() && key.front() != '#') keys.push_back(std::move(key));
    }
    if (keys.empty()) {
      throw usage_error("no API key",
                        {.where = "serve.keys, " + file, .expected = "a readable file with one key per line"});
    }
  } else if (const char* listed = std::getenv("P5_SERVE_KEYS")) {
    std::string_view rest = listed;
    while (!rest.empty()) {
      const auto comma = std::min(rest.find(','), rest.size());
      std::string key = trimmed(rest.substr(0, comma));
      if (!key.empty()) keys.push_back(std::move(key));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return ApiKeys(std::move(keys));
}

bool ApiKeys::allow(const HttpRequest& request) const {
  if (!needed()) return true;
  std::string shown;
  if (const std::string* key = request.header("x-api-key")) shown = *key;
  if (const std::string* header = request.header("authorization");
      header != nullptr && header->starts_with("Bearer ")) {
    shown = header->substr(7);
  }
  const std::string digest = sha256_hex(trimmed(shown));
  bool allowed = false;
  for (const std::string& known : digests_) allowed |= equal_in_constant_time(digest, known);
  return allowed;
}

}  // namespace p5
