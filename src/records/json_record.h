// One JSON object per line, and how its values become fields. One object is not thread-safe. Includes simdjson: only
// for .cc files of readers.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/interaction.h"
#include "records/field_parsing.h"
#include "records/time_format.h"

namespace p5 {

// Parses lines fully (UTF-8, syntax, numbers) with the widest instructions of the processor. Python literals are
// rewritten first.
class JsonRecord {
 public:
  // `line` must have LineSource::kPadding readable bytes after it. Returns nullptr, or what is wrong, short and
  // stable. The object lives until the next call.
  const char* parse(std::string_view line);
  // The same for text from anywhere, which is copied.
  const char* parse_copy(std::string_view text);
  const simdjson::dom::object& object() const { return object_; }

 private:
  const char* parse_padded(std::string_view json);

  simdjson::dom::parser parser_;
  simdjson::dom::object object_;
  std::string rewritten_;
};

// Numbers, and texts that hold one. nullopt for anything else.
std::optional<double> number_of(const simdjson::dom::element& element);
// Texts, and whole numbers written out into `scratch`. nullopt for anything else, also for null.
std::optional<std::string_view> text_of(const simdjson::dom::element& element, std::string& scratch);
std::optional<std::int64_t> time_of(const simdjson::dom::element& element, const TimeFormat& format);
// What is at the path ("customer.id") of an object; nothing where a step is missing.
std::optional<simdjson::dom::element> value_at(const simdjson::dom::object& object, std::string_view path);

enum class Markup { kPlain, kHtml };

// The texts in a text or in nested lists of texts, in order, each once, without empty ones.
void collect_texts(const simdjson::dom::element& element, Markup markup, std::vector<std::string>& texts);
// Appends what `element` holds: a token, a number, a list of tokens or of numbers; objects one level deep as
// "name.key". Nulls, empty values and deeper nesting are left out.
void add_attributes(std::string_view name, const simdjson::dom::element& element, Markup markup,
                    std::vector<Attribute>& attributes);

}  // namespace p5
