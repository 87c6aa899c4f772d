#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace p5 {

struct ThreadPool::Impl {
  using Body = std::function<void(std::size_t, std::size_t, std::size_t)>;

  std::vector<std::thread> threads;
  std::mutex mutex;
  std::condition_variable start, done;
  std::uint64_t generation = 0;
  std::size_t running = 0;
  bool stopping = false;

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

  void loop(std::size_t worker) {
    std::uint64_t seen = 0;
    for (;;) {
      {
        std::unique_lock lock(mutex);
        start.wait(lock, [&] { return stopping || generation != seen; });
        if (stopping) return;
        seen = generation;
      }
      work(worker);
      const std::lock_guard lock(mutex);
      if (--running == 0) done.notify_one();
    }
  }
};

ThreadPool::ThreadPool(std::size_t threads) : impl_(std::make_unique<Impl>()) {
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  for (std::size_t i = 1; i < threads; ++i) impl_->threads.emplace_back([impl = impl_.get(), i] { impl->loop(i); });
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
    impl_->running = impl_->threads.size();
    ++impl_->generation;
  }
  impl_->start.notify_all();
  impl_->work(0);
  std::unique_lock lock(impl_->mutex);
  impl_->done.wait(lock, [&] { return impl_->running == 0; });
  if (impl_->failure) std::rethrow_exception(impl_->failure);
}

}  // namespace p5
