#include "policy/log_lines.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "records/line_source.h"

namespace p5 {
namespace {

std::string text_of_key(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_integer() ? value.dump() : std::string();
}

}  // namespace

void ProblemSink::bad_line(std::string_view file, std::uint64_t line, std::string_view reason, std::string_view got) {
  problems_->count(reason, fmt::format("{}:{}", file, line), got);
}

void each_object(const std::filesystem::path& file, LogProblems& problems,
                 const std::function<void(const nlohmann::json& object, const std::string& where)>& take) {
  ProblemSink sink(problems);
  LineSource lines(file, sink);
  std::string_view line;
  while (lines.next(line)) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const std::string where = fmt::format("{}:{}", file.string(), lines.line_number());
    const nlohmann::json object = parse_json(line);
    if (!object.is_object()) {
      problems.count("no JSON object", where, line);
      continue;
    }
    take(object, where);
  }
}

std::string text_in(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? std::string() : text_of_key(*found);
}

double number_in(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? found->get<double>() : std::nan("");
}

std::vector<std::string> texts_in(const nlohmann::json& object, const char* name) {
  std::vector<std::string> texts;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) return texts;
  for (const nlohmann::json& each : *found) {
    if (std::string text = text_of_key(each); !text.empty()) texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace p5
