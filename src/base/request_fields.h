// Reads the fields of a JSON request. A bad field is one error that names it, what was expected and what was found. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "p5/error.h"

namespace p5 {

// The object of a body. Throws InvalidArgument when the body is empty, no JSON, too deep or no object.
nlohmann::json parse_request(std::string_view body);

// Whether every store can keep the text: at most `most` bytes, none of them NUL.
inline bool can_be_kept(std::string_view text, std::size_t most) {
  return text.size() <= most && text.find('\0') == std::string_view::npos;
}
inline constexpr std::size_t kMostKeyBytes = 1024;  // of users, items and events that a server is told of

class RequestFields {
 public:
  // `where` is put before the names of fields in messages: "requests[3]". Borrows the object. Throws InvalidArgument
  // when it is none.
  explicit RequestFields(const nlohmann::json& object, std::string where = {});

  // Each throws InvalidArgument for a value of another type or out of range. Null and a missing field are the same.
  std::optional<std::string> text(const char* name);
  std::string required_text(const char* name);
  std::int64_t integer(const char* name, std::int64_t otherwise, std::int64_t least, std::int64_t most);
  std::optional<double> number(const char* name);
  bool boolean(const char* name, bool otherwise);
  // True or false, or a name: the name, `yes` for true, none for false.
  std::optional<std::string> boolean_or_text(const char* name, const char* yes);
  // Whether there is one, of whatever type.
  bool exists(const char* name) { return find(name) != nullptr; }
  // A list of texts, or of objects whose `member` is one; numbers are taken as texts, since keys often look like them.
  std::vector<std::string> texts(const char* name, std::size_t most, const char* member = nullptr);
  // A text or a list of them, as a list.
  std::vector<std::string> text_or_texts(const char* name, std::size_t most);
  // Null when there is none.
  const nlohmann::json* object(const char* name);
  const nlohmann::json* list(const char* name, std::size_t most);
  // A list of objects.
  const nlohmann::json& objects(const char* name, std::size_t most);

  // Throws InvalidArgument for the first field that nobody asked for, naming the nearest one that somebody did.
  void finish() const;

  Error bad(std::string_view name, std::string expected, const nlohmann::json& got) const;
  // The field as messages name it.
  std::string path(std::string_view name) const;

 private:
  const nlohmann::json* find(const char* name);

  const nlohmann::json* object_;
  std::string where_;
  std::vector<std::string> asked_;
};

}  // namespace p5
