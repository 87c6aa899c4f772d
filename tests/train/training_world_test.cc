#include "train/training_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>

#include "p5/error.h"

namespace p5 {
namespace {

// The variables for one test; those of the process come back after it.
class TrainingWorldTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : kNames) {
      if (const char* value = std::getenv(name)) before_[name] = value;
      unsetenv(name);
    }
  }
  void TearDown() override {
    for (const char* name : kNames) unsetenv(name);
    for (const auto& [name, value] : before_) setenv(name.c_str(), value.c_str(), 1);
  }
  static void set(const std::map<std::string, std::string>& variables) {
    for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
  }
  static std::string problem() {
    try {
      TrainingWorld::from_environment();
      return "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      return error.what();
    }
  }

 private:
  static constexpr const char* kNames[] = {
      "RANK",         "WORLD_SIZE",   "MASTER_ADDR",          "MASTER_PORT",
      "SLURM_PROCID", "SLURM_NTASKS", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"};
  std::map<std::string, std::string> before_;
};

TEST_F(TrainingWorldTest, WithoutVariablesAProcessIsAlone) {
  const TrainingWorld world = TrainingWorld::from_environment();
  EXPECT_TRUE(world.alone());
  EXPECT_TRUE(world.leads());
}

TEST_F(TrainingWorldTest, ReadsTheVariablesOfTorchrunSlurmAndOpenMpi) {
  set({{"RANK", "2"}, {"WORLD_SIZE", "4"}, {"MASTER_ADDR", "host"}, {"MASTER_PORT", "1234"}});
  TrainingWorld world = TrainingWorld::from_environment();
  EXPECT_EQ(world.rank, 2);
  EXPECT_EQ(world.size, 4);
  EXPECT_EQ(world.address, "host");
  EXPECT_EQ(world.port, 1234);
  EXPECT_FALSE(world.leads());
  unsetenv("RANK");
  unsetenv("WORLD_SIZE");
  set({{"SLURM_PROCID", "1"}, {"SLURM_NTASKS", "2"}});
  EXPECT_EQ(TrainingWorld::from_environment().size, 2);
  unsetenv("MASTER_ADDR");
  EXPECT_TRUE(TrainingWorld::from_environment().alone());  // a batch script
  set({{"MASTER_ADDR", "host"}, {"SLURM_NTASKS", ""}, {"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "3"}});
  EXPECT_EQ(TrainingWorld::from_environment().size, 3);
}

TEST_F(TrainingWorldTest, MistakesNameTheVariable) {
  set({{"RANK", "0"}});
  EXPECT_THAT(problem(), testing::HasSubstr("WORLD_SIZE"));
  set({{"WORLD_SIZE", "2"}});
  EXPECT_THAT(problem(), testing::HasSubstr("MASTER_ADDR"));
  set({{"MASTER_ADDR", "host"}, {"RANK", "2"}});
  EXPECT_THAT(problem(), testing::AllOf(testing::HasSubstr("RANK"), testing::HasSubstr("0 to 1")));
  set({{"RANK", "x"}});
  EXPECT_THAT(problem(), testing::HasSubstr("RANK"));
  set({{"RANK", "1"}, {"MASTER_PORT", "70000"}});
  EXPECT_THAT(problem(), testing::HasSubstr("MASTER_PORT"));
}

}  // namespace
}  // namespace p5
