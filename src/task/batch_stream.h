// The training stream as padded batches. Draws a window of examples, tokenises them, groups rows of similar length, and
// returns the batches in random order while the next window is prepared in the background. Deterministic: the batches
// depend on seed, data and options alone. Not thread-safe.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "task/evidence_writer.h"
#include "task/prompt_tokenizer.h"
#include "task/task_mixture.h"
#include "text/token_batch.h"

namespace p5 {

struct BatchStreamOptions {
  std::int64_t batch_tokens = 4096;  // padded source tokens plus target tokens of a batch
  std::int64_t window_batches = 50;  // batches drawn at once
  std::int64_t threads = 1;          // for encoding; 0 = all. The batches do not depend on it
};

class BatchStream {
 public:
  // `evidence` is added to the rows; null: none.
  BatchStream(std::shared_ptr<const TaskMixture> mixture, std::shared_ptr<const PromptTokenizer> tokenizer,
              std::shared_ptr<const EvidenceWriter> evidence, const BatchStreamOptions& options);
  ~BatchStream();

  TokenBatch next();
  // Estimated from the first window: what schedules and validation intervals count by.
  std::int64_t batches_per_epoch() const { return batches_per_epoch_; }
  // The position of the batch that next() returns next, as a short text.
  std::string state() const;
  // Throws Corrupted (model) for a text that state() did not write, or that it wrote for another stream: other data,
  // prompts, seed or options.
  void set_state(const std::string& state);

 private:
  struct Window;
  std::unique_ptr<Window> build(std::uint64_t begin);
  // Examples from `position` on, encoded by all threads.
  void encode(std::uint64_t position, std::span<TokenRow> rows);
  void enter(std::unique_ptr<Window> window, std::size_t index);
  std::uint64_t fingerprint_of(const Window& first) const;

  std::shared_ptr<const TaskMixture> mixture_;
  std::shared_ptr<const PromptTokenizer> tokenizer_;
  std::shared_ptr<const EvidenceWriter> evidence_;
  BatchStreamOptions options_;
  ThreadPool pool_;  // for one build() at a time
  std::unique_ptr<Window> window_;
  std::size_t index_ = 0;  // of the next batch in window_
  std::int64_t batches_per_epoch_ = 0;
  std::uint64_t fingerprint_ = 0;                   // hash of everything that decides the stream
  std::future<std::unique_ptr<Window>> following_;  // last member, so that its destructor waits first
};

}  // namespace p5
