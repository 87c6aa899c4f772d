#include "base/thread_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "base/logger.h"
#include "base/spin.h"

namespace p5 {

struct ThreadPool::Impl {
  using Body = std::function<void(std::size_t, std::size_t, std::size_t)>;

  std::vector<std::thread> threads;
  std::mutex mutex;
  std::condition_variable start, done;
  // All change under the mutex.
  std::atomic<std::uint64_t> generation{0};  // counts loops
  std::atomic<std::size_t> helping{0};       // workers that have joined the loop
  std::atomic<bool> stopping{false};
  bool open = false;  // whether the loop may be joined

  const Body* body = nullptr;
  std::size_t count = 0, grain = 1;
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;

  void work(std::size_t worker) {
    try {
      for (std::size_t begin = next.fetch_add(grain); begin < count; begin = next.fetch_add(grain)) {
        (*body)(begin, std::min(begin + grain, count), worker);
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      next.store(count);
    }
  }

  // Loops follow each other closely in a training step: a worker that sleeps in between would wake too late to help.
  // Nobody waits for a worker that comes too late.
  void loop(std::size_t worker) {
    std::uint64_t seen = 0;
    for (;;) {
      const auto called = [&] { return stopping.load() || generation.load() != seen; };
      const bool awake = spin_until(called);
      std::unique_lock lock(mutex);
      if (!awake) start.wait(lock, called);
      if (stopping) return;
      seen = generation;
      if (!open) continue;
      ++helping;
      lock.unlock();
      work(worker);
      lock.lock();
      if (--helping == 0) done.notify_one();
    }
  }

  void start_threads(std::size_t wanted) {
    threads.reserve(wanted);
    try {
      while (threads.size() < wanted) threads.emplace_back([this, i = threads.size() + 1] { loop(i); });
    } catch (const std::exception& error) {
      log_warning(fmt::format("{} threads instead of {}: the system gave no more ({})", threads.size() + 1, wanted + 1,
                              error.what()));
    }
  }
};

ThreadPool::ThreadPool(std::size_t threads) : impl_(std::make_unique<Impl>()) {
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  impl_->start_threads(threads - 1);
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->start.notify_all();
  for (auto& thread : impl_->threads) thread.join();
}

std::size_t ThreadPool::size() const { return impl_->threads.size() + 1; }

void ThreadPool::parallel_for(std::size_t count, std::size_t grain, const Impl::Body& body) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->body = &body;
    impl_->count = count;
    impl_->grain = std::max<std::size_t>(grain, 1);
    impl_->next.store(0);
    impl_->failure = nullptr;
    impl_->open = true;
    ++impl_->generation;
  }
  impl_->start.notify_all();
  impl_->work(0);
  const auto alone = [&] { return impl_->helping.load() == 0; };
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->open = false;
  }
  const bool finished = spin_until(alone);
  std::unique_lock lock(impl_->mutex);
  if (!finished) impl_->done.wait(lock, alone);
  if (impl_->failure) std::rethrow_exception(impl_->failure);
}

}  // namespace p5
