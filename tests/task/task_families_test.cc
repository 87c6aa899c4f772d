#include "task/task_families.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "task/task_world.h"

namespace p5 {
namespace {

// The families that p5 knows are listed twice: what their prompts ask, and how they are trained.
TEST(TaskFamilies, AreThoseOfThePromptsExceptZeroShotAndPretraining) {
  std::vector<std::string> names;
  for (const TaskFamily& family : task_families()) {
    if (!family.pretrains) names.emplace_back(family.name);
  }
  names.emplace_back(kZeroShotFamily);
  EXPECT_EQ(names, prompt_family_names());
}

TEST(TaskFamilies, EachHasAnOptionForItsSamples) {
  TaskOptions options;
  OptionTable table;
  options.bind(table);
  std::int64_t number = 1;
  std::set<std::int64_t> seen;
  const auto check = [&](const TaskFamily& family) {
    table.set(samples_option(family), std::to_string(number), "test");
    EXPECT_EQ(options.samples_of(family.name), number) << family.name;
    seen.insert(number++);
  };
  for (const TaskFamily& family : task_families()) check(family);
  check(task_family("aspect"));
  for (const TaskFamily& family : task_families()) {
    EXPECT_EQ(seen.erase(options.samples_of(family.name)), 1u) << family.name;
  }
  EXPECT_EQ(options.samples_of("aspect"), *seen.begin());
  EXPECT_EQ(options.samples_of("another"), *seen.begin()) << "custom families share one option";
  EXPECT_EQ(options.samples_of(kZeroShotFamily), 0);
}

TEST(TaskFamilies, SamplersAreNamedAfterTheirFamily) {
  const auto data = test::make_data();
  const auto inputs = make_sampler_inputs(data, {});
  for (const TaskFamily& family : task_families()) {
    EXPECT_EQ(family.make_sampler(std::string(family.name), inputs)->family(), family.name);
  }
}

TEST(TaskFamilies, EveryPromptIsAskedByAFamilyThatKnowsItsTask) {
  const auto data = test::make_data();
  for (const PromptTemplate& prompt : data.prompts->all()) {
    const TaskFamily& family = asking_family(prompt);
    EXPECT_TRUE(family_asks(family.name, prompt.task)) << prompt.id;
    EXPECT_TRUE(prompt.family == kZeroShotFamily || prompt.family == family.name) << prompt.id;
  }
  EXPECT_EQ(asking_family(data.prompts->at("2-3")).name, kSequentialFamily);
  EXPECT_EQ(asking_family(data.prompts->at("4-2")).name, kReviewFamily);
}

}  // namespace
}  // namespace p5
