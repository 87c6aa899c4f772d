#include "policy/log_reader.h"

#include <fmt/format.h>

#include <array>

#include "p5/error.h"
#include "policy/answer_log_reader.h"
#include "policy/dsjson_reader.h"
#include "policy/log_lines.h"
#include "policy/open_bandit_reader.h"
#include "records/line_source.h"

namespace p5 {
namespace {

bool looks_like_answers(std::string_view first_line) {
  return first_line.find("\"request_id\"") != std::string_view::npos;
}

struct FormatRow {
  const char* name;
  bool (*recognises)(std::string_view first_line);
  void (*read)(const std::filesystem::path& file, DecisionLog& log);
};

constexpr std::array kLogFormats{FormatRow{"answers", looks_like_answers, read_answer_log},
                                 FormatRow{"dsjson", looks_like_dsjson, read_dsjson},
                                 FormatRow{"open-bandit", looks_like_open_bandit, read_open_bandit}};

std::string format_names() { return fmt::format("{}", fmt::join(log_formats(), ", ")); }

const FormatRow& row_of(const std::filesystem::path& file, const std::string& format) {
  LogProblems ignored;
  ProblemSink sink(ignored);
  const std::string first = format == "auto" ? std::string(LineSource(file, sink).first_line()) : "";
  for (const FormatRow& row : kLogFormats) {
    if (format == row.name || (format == "auto" && row.recognises(first))) return row;
  }
  if (format != "auto") {
    throw usage_error("no such format", {.where = "request.format", .expected = format_names(), .got = format});
  }
  throw data_error("not a log of decisions that p5 knows",
                   {.where = file.string() + ":1",
                    .expected = "answers of p5 serve (serve.answer_log), dsjson of Vowpal Wabbit, or the csv of Open "
                                "Bandit",
                    .got = first.empty() ? "an empty file" : "'" + first.substr(0, 60) + "'"});
}

}  // namespace

std::vector<std::string> log_formats() {
  std::vector<std::string> names{"auto"};
  for (const FormatRow& row : kLogFormats) names.emplace_back(row.name);
  return names;
}

DecisionLog read_decision_log(const std::filesystem::path& file, const std::string& format) {
  DecisionLog log;
  row_of(file, format).read(file, log);
  return log;
}

}  // namespace p5
