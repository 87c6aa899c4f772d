// Steps of a search allocate no memory. Counts every allocation of this test program.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <vector>

#include "t5/model_batches.h"
#include "t5/random_checkpoint.h"
#include "t5/scorer_walk.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define P5_COUNTS_ALLOCATIONS 0  // the sanitizer brings its own
#else
#define P5_COUNTS_ALLOCATIONS 1
#endif

namespace {

std::atomic<std::size_t> allocations{0};

}  // namespace

#if P5_COUNTS_ALLOCATIONS
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto line = static_cast<std::size_t>(alignment);
  if (void* memory = std::aligned_alloc(line, (size + line - 1) / line * line)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
#endif

namespace p5 {
namespace {

using namespace p5::test;

// Allocations of the steps of one search; `result` is used again, as a search does.
std::size_t count_in_steps(T5CpuModel& model, const TokenBatch& sources, const WalkOptions& options,
                           ScoreResult& result) {
  const auto scorer = model.start(sources);
  std::size_t count = 0;
  walk(sources.rows, model.spec().vocab_size, options, [&](const auto&, const ScoreRequest& request) {
    const std::size_t before = allocations;
    scorer->score(request, result);
    count += allocations - before;
  });
  return count;
}

TEST(T5CpuModel, StepsOfALaterSearchAllocateNothing) {
  if (!P5_COUNTS_ALLOCATIONS) GTEST_SKIP() << "the sanitizer counts its own";
  const TokenBatch sources = random_batch({{14, 0}, {6, 0}, {9, 0}}, 71);
  for (const T5Spec& spec : {nano(), gated_nano()}) {
    // One thread: with more, it is chance which thread's buffers have met the largest piece of work.
    const auto model = random_model(spec, 72, {.device = "cpu", .threads = 1});
    for (const bool constrained : {false, true}) {
      ScoreResult result;
      const WalkOptions options{.constrained = constrained, .rows = 25};
      EXPECT_GT(count_in_steps(*model, sources, options, result), 0U);  // memory grows, and is seen to
      // Buffers take turns between rows and sources, so each must have met the largest of them.
      for (int search = 0; search < 8; ++search) count_in_steps(*model, sources, options, result);
      EXPECT_EQ(count_in_steps(*model, sources, options, result), 0U) << constrained;
    }
  }
}

}  // namespace
}  // namespace p5
