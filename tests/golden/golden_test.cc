// Runs the program itself: each case of tests/golden/*.json is a list of shell steps in a scratch folder, with what
// they must print. Numbers are compared with the tolerance that the case gives.
//
//   {"cases": [{"name": "stats", "needs": "datasets/s3rec", "files": {"log.csv": "..."},
//     "steps": [{"run": "$P5 stats corpus --json", "exit": 0, "stdout_has": ["..."], "stderr_has": ["..."],
//                "stdout_lacks": ["..."], "json": {"/users": 3, "/mean": {"near": 0.5, "within": 0.01}, "/hr":
//                {"above": 0, "below": 1}, "/items": {"length": 10}, "/probabilities": {"sum": 1}}}]}]}
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ostream>
#include <string>
#include <vector>

#include "base/file.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct GoldenCase {
  std::string name;
  json body;
};
void PrintTo(const GoldenCase& golden, std::ostream* out) { *out << golden.name; }

std::vector<GoldenCase> load_cases() {
  std::vector<GoldenCase> cases;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(P5_SOURCE_DIR) / "tests/golden")) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    const json document = json::parse(read_file(file));
    for (const auto& body : document.at("cases")) {
      cases.push_back({file.stem().string() + "_" + body.at("name").get<std::string>(), body});
    }
  }
  return cases;
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

void run_step(const json& step, const fs::path& folder) {
  const std::string command = step.at("run").get<std::string>();
  SCOPED_TRACE(command);
  const std::string line = "cd '" + folder.string() + "' && P5='" P5_PROGRAM "' SHARED='" +
                           test::shared_folder().string() + "' sh -c '" + command +
                           "' > stdout.txt 2> stderr.txt < /dev/null";
  const int status = std::system(line.c_str());
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  const std::string out = read_file(folder / "stdout.txt"), err = read_file(folder / "stderr.txt");
  ASSERT_EQ(code, step.value("exit", 0)) << out << err;
  expect_text(step, "stdout_has", out, true);
  expect_text(step, "stdout_lacks", out, false);
  expect_text(step, "stderr_has", err, true);
  expect_text(step, "stderr_lacks", err, false);
  if (!step.contains("json")) return;
  const json got = json::parse(out, nullptr, false);
  ASSERT_FALSE(got.is_discarded()) << "stdout is no JSON:\n" << out;
  for (const auto& [pointer, expected] : step.at("json").items()) {
    const json::json_pointer at(pointer);
    ASSERT_TRUE(got.contains(at)) << pointer << " is missing in " << out;
    expect_value(expected, got.at(at), pointer);
  }
}

class Golden : public testing::TestWithParam<GoldenCase> {};

TEST_P(Golden, Case) {
  const json& body = GetParam().body;
  if (body.contains("needs") && !fs::exists(test::shared_folder() / body.at("needs").get<std::string>())) {
    GTEST_SKIP() << "needs " << body.at("needs");
  }
  const test::TemporaryFolder folder;
  const json files = body.value("files", json::object());
  for (const auto& [name, content] : files.items()) {
    fs::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << content.get<std::string>();
  }
  for (const auto& step : body.at("steps")) {
    run_step(step, folder.path());
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Program, Golden, testing::ValuesIn(load_cases()),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace p5
