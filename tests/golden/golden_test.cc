// Runs the program itself. A case is one file tests/golden/<group>/<case>.toml: commands in a scratch folder, and what
// they must print. The files of the folder tests/golden/<group>/<case>/, where there is one, are copied there first.
//
//   needs = "datasets/s3rec"              # skipped where the shared folder has no such data
//
//   [[step]]
//   run = "p5 stats corpus --json"        # words, with '...' or "..." around those that have blanks; not shell
//   env = { OMP_NUM_THREADS = "1" }
//   input = "log.csv"                     # standard input; none unless given
//   output = "stats.json"                 # file that also gets standard output
//   exit = 0
//   stdout_has = ["users"]                # also stdout_lacks, stderr_has, stderr_lacks
//   [step.json]                           # JSON pointers into standard output
//   "/users" = 3
//   "/mean" = { near = 0.5, within = 0.01 }
//   "/hr" = { above = 0, below = 1 }
//   "/items" = { length = 10 }
//   "/probabilities" = { sum = 1 }
//
// Words may begin with $SHARED (the shared folder) or $GOLDEN (this folder, with scripts for what a command cannot do).
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <toml++/toml.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct GoldenCase {
  std::string name;
  fs::path file;  // the .toml
};
void PrintTo(const GoldenCase& golden, std::ostream* out) { *out << golden.name; }

fs::path golden_folder() { return fs::path(P5_SOURCE_DIR) / "tests/golden"; }

std::vector<GoldenCase> find_cases() {
  std::vector<GoldenCase> cases;
  for (const auto& group : fs::directory_iterator(golden_folder())) {
    if (!group.is_directory()) continue;
    for (const auto& entry : fs::directory_iterator(group.path())) {
      if (entry.path().extension() != ".toml") continue;
      cases.push_back({group.path().filename().string() + "_" + entry.path().stem().string(), entry.path()});
    }
  }
  std::sort(cases.begin(), cases.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return cases;
}

json to_json(const toml::node& node) {
  if (const auto* table = node.as_table()) {
    json object = json::object();
    for (const auto& [key, value] : *table) object[std::string(key.str())] = to_json(value);
    return object;
  }
  if (const auto* array = node.as_array()) {
    json list = json::array();
    for (const auto& value : *array) list.push_back(to_json(value));
    return list;
  }
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return *number;
  if (const auto number = node.value_exact<double>()) return *number;
  return node.value<bool>().value();
}

json read_case(const fs::path& file) {
  static const std::vector<std::string> kFields = {"run",        "env",          "input",      "output",       "exit",
                                                   "stdout_has", "stdout_lacks", "stderr_has", "stderr_lacks", "json"};
  const json body = to_json(toml::parse(read_file(file), file.string()));
  for (const auto& step : body.at("step")) {
    for (const auto& [field, value] : step.items()) {
      // A misspelt field would be an assertion that is never made.
      if (std::find(kFields.begin(), kFields.end(), field) == kFields.end()) {
        throw std::runtime_error(file.string() + ": unknown field '" + field + "'");
      }
    }
  }
  return body;
}

std::string shell_word(const std::string& word) {
  std::string text = "'";
  for (const char letter : word) text += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return text + "'";
}

// The words of a step, each quoted for the shell that starts it, so that nothing in them has a meaning to it.
std::string command_of(const std::string& run) {
  std::string command, word;
  bool in_word = false;
  char quote = 0;
  const auto finish = [&] {
    for (const auto& [name, value] : {std::pair<std::string, fs::path>{"$SHARED", test::shared_folder()},
                                      std::pair<std::string, fs::path>{"$GOLDEN", golden_folder()}}) {
      if (word.starts_with(name)) word.replace(0, name.size(), value.string());
    }
    if (in_word) command += shell_word(word) + " ";
    word.clear();
    in_word = false;
  };
  for (const char letter : run) {
    if (quote != 0 && letter == quote) {
      quote = 0;
    } else if (quote == 0 && (letter == '\'' || letter == '"')) {
      quote = letter;
      in_word = true;
    } else if (quote == 0 && letter == ' ') {
      finish();
    } else {
      word += letter;
      in_word = true;
    }
  }
  finish();
  return command;
}

void expect_value(const json& expected, const json& got, const std::string& what) {
  if (!expected.is_object()) {
    EXPECT_EQ(expected, got) << what;
    return;
  }
  if (expected.contains("length")) {
    ASSERT_TRUE(got.is_array()) << what << " is " << got;
    EXPECT_EQ(got.size(), expected.at("length").get<std::size_t>()) << what << " is " << got;
    return;
  }
  if (expected.contains("sum")) {
    ASSERT_TRUE(got.is_array()) << what << " is " << got;
    const auto values = got.get<std::vector<double>>();
    EXPECT_NEAR(std::accumulate(values.begin(), values.end(), 0.0), expected.at("sum").get<double>(), 1e-6) << what;
    return;
  }
  ASSERT_TRUE(got.is_number()) << what << " is " << got;
  if (expected.contains("near")) {
    EXPECT_NEAR(expected.at("near").get<double>(), got.get<double>(), expected.at("within").get<double>()) << what;
  }
  if (expected.contains("above")) {
    EXPECT_GT(got.get<double>(), expected.at("above").get<double>()) << what;
  }
  if (expected.contains("below")) {
    EXPECT_LT(got.get<double>(), expected.at("below").get<double>()) << what;
  }
}

void expect_text(const json& step, const char* field, const std::string& text, bool present) {
  for (const auto& part : step.value(field, json::array())) {
    const bool found = text.find(part.get<std::string>()) != std::string::npos;
    EXPECT_EQ(found, present) << field << " '" << part.get<std::string>() << "' in:\n" << text;
  }
}

int run_command(const json& step, const fs::path& folder) {
  const fs::path program = P5_PROGRAM;
  std::string line = "cd " + shell_word(folder.string()) + " && export GOLDEN=" + shell_word(golden_folder().string()) +
                     " PATH=" + shell_word(program.parent_path().string()) + ":\"$PATH\"";
  const json environment = step.value("env", json::object());
  for (const auto& [name, value] : environment.items()) {
    line += " " + name + "=" + shell_word(value.get<std::string>());
  }
  line += " && exec " + command_of(step.at("run").get<std::string>());
  line += "> " + shell_word(step.value("output", "stdout.txt")) + " 2> stderr.txt";
  line += " < " + shell_word(step.value("input", "/dev/null"));
  const int status = std::system(line.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void run_step(const json& step, const fs::path& folder) {
  SCOPED_TRACE(step.at("run").get<std::string>());
  const int code = run_command(step, folder);
  const fs::path output = folder / step.value("output", "stdout.txt");
  const std::string out = fs::is_regular_file(output) ? read_file(output) : "", err = read_file(folder / "stderr.txt");
  ASSERT_EQ(code, step.value("exit", 0)) << out << err;
  expect_text(step, "stdout_has", out, true);
  expect_text(step, "stdout_lacks", out, false);
  expect_text(step, "stderr_has", err, true);
  expect_text(step, "stderr_lacks", err, false);
  if (!step.contains("json")) return;
  const json got = json::parse(out, nullptr, false);
  ASSERT_FALSE(got.is_discarded()) << "stdout is not JSON:\n" << out;
  for (const auto& [pointer, expected] : step.at("json").items()) {
    const json::json_pointer at(pointer);
    ASSERT_TRUE(got.contains(at)) << pointer << " is missing in " << out;
    expect_value(expected, got.at(at), pointer);
  }
}

class Golden : public testing::TestWithParam<GoldenCase> {};

TEST_P(Golden, Case) {
  const fs::path file = GetParam().file;
  const json body = read_case(file);
  if (body.contains("needs") && !fs::exists(test::shared_folder() / body.at("needs").get<std::string>())) {
    GTEST_SKIP() << "needs " << body.at("needs");
  }
  const test::TemporaryFolder folder;
  const fs::path inputs = file.parent_path() / file.stem();
  if (fs::exists(inputs)) fs::copy(inputs, folder.path(), fs::copy_options::recursive);
  for (const auto& step : body.at("step")) {
    run_step(step, folder.path());
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Program, Golden, testing::ValuesIn(find_cases()),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace p5
