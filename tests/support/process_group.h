// Processes that work together, played by threads of the test.
#pragma once

#include <gtest/gtest.h>

#include <barrier>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "train/process_group.h"

namespace p5::test {

class ThreadGroup {
 public:
  explicit ThreadGroup(std::int64_t size) : meeting_(size), texts_(static_cast<std::size_t>(size)) {}

  // Runs work(group) in a thread per rank, and waits for all.
  template <typename Work>
  void run(const Work& work) {
    std::vector<std::thread> threads;
    for (std::size_t rank = 0; rank < texts_.size(); ++rank) {
      threads.emplace_back([this, rank, &work] {
        Member member(*this, static_cast<std::int64_t>(rank));
        work(member);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

 private:
  class Member final : public ProcessGroup {
   public:
    Member(ThreadGroup& all, std::int64_t rank) : all_(all) {
      world_.rank = rank;
      world_.size = static_cast<std::int64_t>(all.texts_.size());
    }
    const TrainingWorld& world() const override { return world_; }
    std::vector<std::string> gather(const std::string& own) override {
      all_.texts_[static_cast<std::size_t>(world_.rank)] = own;
      all_.meeting_.arrive_and_wait();
      std::vector<std::string> texts = all_.texts_;
      all_.meeting_.arrive_and_wait();
      return texts;
    }
    void require_equal(std::string_view what, std::uint64_t number) override {
      for (const std::string& other : gather(std::to_string(number))) EXPECT_EQ(other, std::to_string(number)) << what;
    }

   private:
    ThreadGroup& all_;
    TrainingWorld world_;
  };

  std::barrier<> meeting_;
  std::vector<std::string> texts_;
};

}  // namespace p5::test
