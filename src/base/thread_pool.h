// A fixed set of worker threads for loops over independent ranges.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace p5 {

// Thread-safe for one parallel_for at a time.
class ThreadPool {
 public:
  // `threads` 0 takes the number of hardware threads. When the system gives fewer, the pool works with those and logs a
  // warning.
  explicit ThreadPool(std::size_t threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  std::size_t size() const;

  // Calls body(begin, end, worker) over chunks of at most `grain` indices of [0, count); `worker` < size() names the
  // executing thread, for per-thread scratch, and 0 is the caller. Chunks are begun in ascending order. Returns when
  // all chunks are done. The first exception is rethrown.
  void parallel_for(std::size_t count, std::size_t grain,
                    const std::function<void(std::size_t begin, std::size_t end, std::size_t worker)>& body);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace p5
