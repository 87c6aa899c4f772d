// Reads typed fields of a model's config.json. A field that is absent or null leaves the value as it is; each error
// names file, field, what was expected and what was found. Thread-safe: all const.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "p5/error.h"

namespace p5 {

class ConfigFields {
 public:
  // Throws NotFound or Corrupted (model).
  explicit ConfigFields(const std::filesystem::path& config_json);

  // Throw Corrupted (model) for another type or a value outside of [low, high].
  void read(const char* key, std::int64_t& field, std::int64_t low, std::int64_t high) const;
  void read(const char* key, double& field, double low, double high) const;
  void read(const char* key, bool& field) const;
  void read(const char* key, std::string& field) const;
  // Throw Unsupported (model).
  void read_choice(const char* key, std::string& field, const std::vector<std::string>& choices) const;
  void require_token(const char* key, std::int64_t token) const;

 private:
  bool has(const char* key) const;
  Error wrong(const char* key, std::string expected) const;
  Error unsupported(const char* key, std::string expected) const;
  ErrorDetail detail(const char* key, std::string expected) const;

  std::string file_;
  nlohmann::json object_;
};

}  // namespace p5
