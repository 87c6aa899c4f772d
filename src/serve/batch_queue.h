// The work that waits for a model: bounded, in order of arrival, answered by a few workers. A worker takes all
// recommendations that wait for one version of a model, up to a limit, and asks for them together. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "p5/error.h"
#include "p5/recommender.h"
#include "serve/served_model.h"

namespace p5 {

struct BatchQueueOptions {
  std::size_t workers = 1;
  std::size_t max_batch = 64;
  std::chrono::microseconds max_delay{0};
  std::size_t max_queue = 1024;
};

// One piece of work, on a worker's thread. `answer` may throw what the recommender throws; `fail` is called then, and
// where there is nobody to ask. `fail` must not throw.
struct ModelJob {
  std::shared_ptr<const ServedModel> model;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  // Set: answered together with others, and `items` is the list. Not set: `answer` asks the recommender itself, with no
  // items.
  std::optional<RecommendRequest> recommend = {};
  std::function<void(Recommender& recommender, std::span<const Recommendation> items)> answer = {};
  std::function<void(std::exception_ptr)> fail = {};
};

// Thrown to `fail` when the deadline passed while the job waited.
class DeadlinePassed : public Error {
 public:
  DeadlinePassed()
      : Error(ErrorCode::kUnavailable, ErrorSubject::kSystem, "the deadline passed while the request waited") {}
};

struct QueueFigures {
  std::size_t waiting = 0;
  std::size_t working = 0;  // jobs that workers have
};

class BatchQueue {
 public:
  // `batched` hears the size of each batch of recommendations.
  explicit BatchQueue(const BatchQueueOptions& options, std::function<void(std::size_t)> batched = {});
  // Fails what still waits.
  ~BatchQueue();
  BatchQueue(const BatchQueue&) = delete;
  BatchQueue& operator=(const BatchQueue&) = delete;

  // Returns false, and takes nothing, when the queue is full.
  bool submit(ModelJob job);
  QueueFigures figures() const;

 private:
  struct Worker;
  void work();
  void answer_batch(Worker& worker, std::span<ModelJob> batch) const;
  std::vector<ModelJob> next_batch(std::unique_lock<std::mutex>& lock);

  BatchQueueOptions options_;
  std::function<void(std::size_t)> batched_;
  mutable std::mutex mutex_;
  std::condition_variable wanted_;
  std::deque<ModelJob> waiting_;
  std::size_t working_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace p5
