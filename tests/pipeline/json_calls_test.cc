#include "p5/json_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "p5/error.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::HasSubstr;

std::string refusal(std::string_view verb, const std::string& request) {
  try {
    run_json(verb, request);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.what();
    return error.what();
  }
  return "none";
}

TEST(JsonCalls, ImportAndLookAtACorpus) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "log.csv", "who,item\nann,a\nann,b\nbob,a\n");
  const nlohmann::json request{{"inputs", {(folder / "log.csv").string()}},
                               {"out", (folder / "corpus").string()},
                               {"settings", {{"import.user_column", "who", "a notebook"}}}};
  EXPECT_EQ(nlohmann::json::parse(run_json("import", request.dump()))["users"], 2);
  const std::string corpus = nlohmann::json{{"corpus", (folder / "corpus").string()}}.dump();
  EXPECT_EQ(nlohmann::json::parse(run_json("stats", corpus))["items"], 2);
  EXPECT_THAT(run_json("sources", "{}"), HasSubstr("item-knn"));
}

TEST(JsonCalls, SimulateACorpus) {
  const test::TemporaryFolder folder;
  const nlohmann::json request{
      {"out", (folder / "world").string()},
      // A bare list of pairs would be an object.
      {"settings",
       nlohmann::json::array({{"simulate.users", "20"}, {"simulate.items", "10"}, {"simulate.events", "100"}})}};
  EXPECT_EQ(nlohmann::json::parse(run_json("simulate", request.dump()))["interactions"], 100);
  EXPECT_NE(refusal("simulate", request.dump()), "none");  // it is there already
}

TEST(JsonCalls, NameWhatIsWrong) {
  EXPECT_THAT(refusal("trian", "{}"), HasSubstr("import, simulate, stats, train"));
  EXPECT_THAT(refusal("train", R"({"corpus": "c"})"), HasSubstr("out: a field is missing"));
  EXPECT_THAT(refusal("train", R"({"out": "r", "corpsu": "c"})"), HasSubstr("perhaps 'corpus'"));
  EXPECT_THAT(refusal("train", R"({"out": "r", "corpus": "c", "settings": [["train.lr"]]})"), HasSubstr("settings"));
  EXPECT_THAT(refusal("train", R"({"out": "r", "corpus": "c", "settings": [["train.lr", "fast", "cell 3"]]})"),
              HasSubstr("cell 3"));
  EXPECT_THAT(refusal("stats", "not JSON"), HasSubstr("no JSON"));
  EXPECT_THROW(table_import_request_of(R"({"out": "c", "user_keys": "number"})"), Error);
  EXPECT_THROW(recommender_options_of(R"({"threads": -1})"), Error);
}

}  // namespace
}  // namespace p5
