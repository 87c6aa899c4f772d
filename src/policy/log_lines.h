// The lines of a log, one JSON object each, plain, gzip or zip. What is none is counted. Not thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "policy/decision_log.h"
#include "records/record_sink.h"

namespace p5 {

// Counts what readers of general use report as bad.
class ProblemSink final : public RecordSink {
 public:
  explicit ProblemSink(LogProblems& problems) : problems_(&problems) {}
  void interaction(Interaction&) override {}
  void item(ItemRecord&) override {}
  void user(UserRecord&) override {}
  void bad_line(std::string_view file, std::uint64_t line, std::string_view reason, std::string_view got) override;
  void progress(std::uint64_t, std::uint64_t) override {}

 private:
  LogProblems* problems_;
};

// Calls `take` with each object and its place, "file:line". Throws as LineSource where the file cannot be read.
void each_object(const std::filesystem::path& file, LogProblems& problems,
                 const std::function<void(const nlohmann::json& object, const std::string& where)>& take);

// A text, or a whole number as one; empty where there is neither.
std::string text_in(const nlohmann::json& object, const char* name);
// NaN where there is no number.
double number_in(const nlohmann::json& object, const char* name);
// The texts of a list; others in it are passed over.
std::vector<std::string> texts_in(const nlohmann::json& object, const char* name);

}  // namespace p5
