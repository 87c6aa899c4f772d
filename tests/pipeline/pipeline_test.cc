#include "p5/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/interrupt.h"
#include "p5/error.h"
#include "pipeline/run_config.h"
#include "pipeline/settings.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::HasSubstr;

template <typename Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.what();
  }
  ADD_FAILURE() << "was not refused";
  return {};
}

TEST(Pipeline, ImportsWithSettingsByName) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "log.csv", "who,what\nann,a\nann,b\nbob,a\n");
  const ImportRequest request{.inputs = {(folder / "log.csv").string()},
                              .out = (folder / "corpus").string(),
                              .settings = {{"import.user_column", "who"}, {"import.item_column", "what"}}};
  const StageReport report = import_corpus(request);
  const auto json = nlohmann::json::parse(report.json);
  EXPECT_EQ(json["users"], 2);
  EXPECT_EQ(json["interactions"], 3);
  EXPECT_THAT(report.text, HasSubstr("2 users, 2 items, 3 events"));
  EXPECT_EQ(Corpus::open(folder / "corpus")->item_count(), 2u);
}

TEST(Pipeline, AStoppedImportLeavesNothing) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "log.csv", "user,item\nann,a\nbob,b\n");
  StopSource stop;
  stop.request_stop();
  const ImportRequest request{
      .inputs = {(folder / "log.csv").string()}, .out = (folder / "corpus").string(), .stop = stop.token()};
  EXPECT_THROW(import_corpus(request), Interrupted);
  EXPECT_FALSE(std::filesystem::exists(folder / "corpus"));
}

TEST(Pipeline, BadSettingsAreNamedWithWhoSetThem) {
  const test::TemporaryFolder folder;
  const std::string out = (folder / "out").string();
  EXPECT_THAT(refusal([&] {
                import_corpus({.inputs = {"log.csv"}, .out = out, .settings = {{"import.fromat", "csv"}}});
              }),
              HasSubstr("import.format"));
  EXPECT_THAT(refusal([&] {
                train({.corpus = "c", .out = out, .settings = {{"train.epochs", "many", "notebook 3"}}});
              }),
              HasSubstr("notebook 3"));
  EXPECT_THAT(refusal([&] { train({.out = out}); }), HasSubstr("request.corpus"));
}

TEST(Pipeline, SettingsOfATableAreThoseThatSomebodySet) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "run.toml", "[train]\nlr = 0.5\n[task]\nseparator = \" , \"\n");
  RunConfig config;
  OptionTable table;
  config.bind(table);
  table.set("train.epochs", "3", "a test");
  for (const Setting& setting : read_run_settings((folder / "run.toml").string())) {
    EXPECT_THAT(setting.origin, HasSubstr("run.toml"));
    table.set(setting.key, setting.value, setting.origin);
  }
  RunConfig copy;
  OptionTable other;
  copy.bind(other);
  set_options(settings_of(table), other);
  EXPECT_EQ(settings_of(table).size(), 3u);
  EXPECT_EQ(copy.train.epochs, 3);
  EXPECT_EQ(copy.train.lr, 0.5);
  EXPECT_EQ(copy.task.separator, " , ");
  EXPECT_EQ(other.to_toml(), table.to_toml());
}

}  // namespace
}  // namespace p5
