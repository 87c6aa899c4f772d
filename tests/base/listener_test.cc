#include "base/listener.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/logger.h"
#include "base/progress.h"

namespace p5 {
namespace {

class Heard final : public WorkListener {
 public:
  void on_progress(const WorkProgress& progress) override {
    done.push_back(progress.done);
    label = progress.label;
    unit = progress.unit;
    total = progress.total;
    ends += progress.ended ? 1 : 0;
  }
  void on_message(const WorkMessage& message) override {
    texts.emplace_back(message.text);
    json.emplace_back(message.json);
    levels.push_back(message.level);
  }

  std::vector<std::uint64_t> done;
  std::string label, unit;
  std::uint64_t total = 0;
  int ends = 0;
  std::vector<std::string> texts, json;
  std::vector<MessageLevel> levels;
};

TEST(Listener, HearsProgressAtOnceAndItsEndOnce) {
  Heard heard;
  testing::internal::CaptureStderr();
  {
    const ListenerScope scope(&heard);
    Progress progress("read", 3, "lines");
    std::thread([&] { progress.advance(2); }).join();  // whoever counts, the maker's listener hears
    progress.advance();                                // too soon after the one before
    progress.finish();
    progress.finish();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(heard.done, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(heard.label, "read");
  EXPECT_EQ(heard.unit, "lines");
  EXPECT_EQ(heard.total, 3U);
  EXPECT_EQ(heard.ends, 1);
}

TEST(Listener, HearsMessagesOfEveryLevelWithTheirFields) {
  Heard heard;
  testing::internal::CaptureStderr();
  {
    const ListenerScope scope(&heard);
    log_debug("a step", {{"step", std::int64_t{3}}});
    log_warning("look");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(heard.texts, (std::vector<std::string>{"a step", "look"}));
  EXPECT_EQ(heard.levels, (std::vector<MessageLevel>{MessageLevel::kDebug, MessageLevel::kWarning}));
  EXPECT_EQ(heard.json.front(), R"({"level":"debug","message":"a step","step":3})");
}

TEST(Listener, BelongsToItsThreadAndScope) {
  Heard outer, inner;
  const ListenerScope scope(&outer);
  {
    const ListenerScope nested(&inner);
    log_info("inner");
    std::thread([] { EXPECT_EQ(current_listener(), nullptr); }).join();
  }
  log_info("outer");
  EXPECT_EQ(inner.texts, std::vector<std::string>{"inner"});
  EXPECT_EQ(outer.texts, std::vector<std::string>{"outer"});
}

}  // namespace
}  // namespace p5
