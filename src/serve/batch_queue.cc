#include "serve/batch_queue.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "p5/error.h"

namespace p5 {

// The recommenders of one worker, for each version of a model that it was asked for lately.
struct BatchQueue::Worker {
  struct Opened {
    std::weak_ptr<const ServedModel> model;
    Recommender recommender;
  };
  std::map<const ServedModel*, Opened> opened;

  Recommender& of(const std::shared_ptr<const ServedModel>& model) {
    std::erase_if(opened, [](const auto& each) { return each.second.model.expired(); });
    const auto found = opened.find(model.get());
    if (found != opened.end()) return found->second.recommender;
    return opened.emplace(model.get(), Opened{model, model->worker()}).first->second.recommender;
  }
};

BatchQueue::BatchQueue(const BatchQueueOptions& options, std::function<void(std::size_t)> batched)
    : options_(options), batched_(std::move(batched)) {
  for (std::size_t i = 0; i < std::max<std::size_t>(options.workers, 1); ++i) threads_.emplace_back([this] { work(); });
}

BatchQueue::~BatchQueue() {
  std::deque<ModelJob> left;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    left.swap(waiting_);
  }
  wanted_.notify_all();
  for (ModelJob& job : left) job.fail(std::make_exception_ptr(system_error("the server stops")));
  for (std::thread& thread : threads_) thread.join();
}

bool BatchQueue::submit(ModelJob job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= options_.max_queue) return false;
    waiting_.push_back(std::move(job));
  }
  wanted_.notify_one();
  return true;
}

QueueFigures BatchQueue::figures() const {
  const std::lock_guard lock(mutex_);
  return {.waiting = waiting_.size(), .working = working_};
}

// The oldest job and, where it is a recommendation, the others for the same version.
std::vector<ModelJob> BatchQueue::next_batch(std::unique_lock<std::mutex>& lock) {
  wanted_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  std::vector<ModelJob> batch;
  if (stopping_) return batch;
  batch.push_back(std::move(waiting_.front()));
  waiting_.pop_front();
  if (!batch.front().recommend) return batch;
  const auto* model = batch.front().model.get();
  const auto gather = [&] {
    for (auto at = waiting_.begin(); at != waiting_.end() && batch.size() < options_.max_batch;) {
      if (at->recommend && at->model.get() == model) {
        batch.push_back(std::move(*at));
        at = waiting_.erase(at);
      } else {
        ++at;
      }
    }
  };
  gather();
  const auto until = std::chrono::steady_clock::now() + options_.max_delay;
  while (options_.max_delay.count() > 0 && batch.size() < options_.max_batch && !stopping_ &&
         wanted_.wait_until(lock, until) != std::cv_status::timeout) {
    gather();
  }
  return batch;
}

void BatchQueue::work() {
  Worker worker;
  std::unique_lock lock(mutex_);
  for (;;) {
    std::vector<ModelJob> batch = next_batch(lock);
    if (batch.empty()) return;
    working_ += batch.size();
    lock.unlock();
    const std::size_t taken = batch.size();
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(batch, [&](ModelJob& job) {
      if (now <= job.deadline) return false;
      job.fail(std::make_exception_ptr(DeadlinePassed()));
      return true;
    });
    if (!batch.empty()) answer_batch(worker, batch);
    batch.clear();  // outside of the lock: the last holder of a version frees it
    lock.lock();
    working_ -= taken;
  }
}

void BatchQueue::answer_batch(Worker& worker, std::span<ModelJob> batch) const {
  const auto guarded = [](ModelJob& job, const auto& body) {
    try {
      body();
    } catch (...) {
      job.fail(std::current_exception());
    }
  };
  std::vector<std::vector<Recommendation>> lists;
  Recommender* recommender = nullptr;
  try {
    recommender = &worker.of(batch.front().model);
    if (batch.front().recommend) {
      std::vector<RecommendRequest> requests;
      for (const ModelJob& job : batch) requests.push_back(*job.recommend);
      if (batched_) batched_(batch.size());
      lists = recommender->recommend(requests);
    }
  } catch (...) {
    if (recommender == nullptr) {
      for (ModelJob& job : batch) job.fail(std::current_exception());
      return;
    }
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    guarded(batch[i], [&] {
      if (!batch[i].recommend) {
        batch[i].answer(*recommender, {});
      } else if (lists.empty()) {  // one bad request fails all: each is asked for alone, so that only that one fails
        batch[i].answer(*recommender, recommender->recommend(*batch[i].recommend));
      } else {
        batch[i].answer(*recommender, lists[i]);
      }
    });
  }
}

}  // namespace p5
