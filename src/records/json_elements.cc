#include "records/json_elements.h"

#include "records/field_parsing.h"

namespace p5 {
namespace {

// Follows strings and brackets through a text; Python's single quotes count too, where the text begins with them.
class Brackets {
 public:
  // Whether the object that began ends with this letter.
  bool ends(char c) {
    if (quote_ != 0) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == quote_) {
        quote_ = 0;
      }
      return false;
    }
    if (c == '"') quote_ = c;
    if (c == '{' || c == '[') ++depth_;
    if (c == '}' || c == ']') --depth_;
    return depth_ == 0;
  }

 private:
  char quote_ = 0;
  bool escaped_ = false;
  int depth_ = 0;
};

}  // namespace

bool is_json_document(std::string_view head) {
  const std::size_t start = head.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return false;
  if (head[start] == '[') return true;
  if (head[start] != '{') return false;
  const std::string_view line = head.substr(start, head.find_first_of("\r\n", start) - start);
  if (line.size() + start == head.size()) return false;  // one line, or longer than what is seen
  return trimmed(line) == "{" || trimmed(line).ends_with(',');
}

bool JsonElements::next(std::string_view& element) {
  element_.clear();
  Brackets brackets;
  bool inside = false;
  for (;;) {
    if (at_ >= line_.size()) {
      std::string_view line;
      if (!lines_->next(line)) break;
      line_.assign(line).push_back('\n');
      at_ = 0;
    }
    for (; at_ < line_.size(); ++at_) {
      if (!inside && line_[at_] != '{') continue;  // the array's brackets and commas
      if (!inside) first_line_ = lines_->line_number();
      inside = true;
      element_.push_back(line_[at_]);
      if (brackets.ends(line_[at_])) {
        ++at_;
        element_.reserve(element_.size() + LineSource::kPadding);
        element = element_;
        return true;
      }
    }
    if (element_.size() > LineSource::kMaxLine) break;
  }
  if (!inside) return false;
  element_.reserve(element_.size() + LineSource::kPadding);
  element = element_;  // without its end: the parser says so
  return true;
}

}  // namespace p5
