// Reads required fields of a JSON object, such as a manifest. Errors name the file, the field, what was expected and
// what was found. Thread-safe: all const.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "p5/error.h"

namespace p5 {

// The value, or a discarded one when the text is not JSON or nests deeper than `depth`; `why` then gets the reason. The
// limit is there because copying and printing a value recurse.
inline constexpr int kJsonDepth = 64;
nlohmann::json parse_json(std::string_view text, int depth = kJsonDepth, std::string* why = nullptr);
// The same for a file of at most `limit` bytes. Throws Corrupted (subject) when it is not JSON.
nlohmann::json read_json(const std::filesystem::path& file, std::uint64_t limit, ErrorSubject subject);
// JSON for people and files: indented. Ill-formed UTF-8 is replaced, so that printing never fails.
std::string pretty_json(const nlohmann::json& value);
std::string pretty_json(const nlohmann::ordered_json& value);
// A value as a message shows it: the start of a text; for a list or an object only its type and size.
std::string brief(const nlohmann::json& value);

class JsonFields {
 public:
  // `where` names the file, `subject` says whose damage it is. Throws Corrupted when the value is not an object;
  // borrows it.
  JsonFields(const nlohmann::json& object, std::string where, ErrorSubject subject);

  // Throw Corrupted when the field is missing or of another type.
  const nlohmann::json& at(const char* name) const;
  const nlohmann::json& list(const char* name) const;
  const std::string& text(const char* name) const;
  std::uint64_t number(const char* name, std::uint64_t limit = std::numeric_limits<std::uint64_t>::max()) const;
  JsonFields object(const char* name) const;
  // Comes first, because the other fields have a meaning only in a known version. Throws Unsupported; `advice` says
  // what helps then.
  void require_version(std::uint64_t version, std::string_view advice = {}) const;

  Error bad(std::string_view field, std::string expected, std::string got) const;

 private:
  ErrorDetail detail(std::string_view field, std::string expected, std::string got) const;

  const nlohmann::json* object_;
  std::string where_;
  ErrorSubject subject_;
};

}  // namespace p5
