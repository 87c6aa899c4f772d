#include "nn/layer_team.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "base/thread_pool.h"
#include "nn/matrix_product.h"

namespace p5 {
namespace {

struct LayerTeam {
  std::mutex in_use;  // held by the running loop
  std::unique_ptr<ThreadPool> pool;
  std::atomic<std::size_t> size{1};
};

// Lives until the process ends: sleeping threads need no orderly end, and a forked child has none to wait for.
LayerTeam& team() {
  static auto* const the_team = new LayerTeam;
  return *the_team;
}

thread_local bool in_loop = false;

class InLoop {
 public:
  InLoop() : before_(in_loop) { in_loop = true; }
  ~InLoop() { in_loop = before_; }
  InLoop(const InLoop&) = delete;
  InLoop& operator=(const InLoop&) = delete;

 private:
  bool before_;
};

}  // namespace

void set_layer_threads(std::size_t threads) {
  LayerTeam& all = team();
  const std::lock_guard lock(all.in_use);
  if (threads == all.size) return;
  all.size = 1;
  all.pool.reset();
  if (threads == 1) return;
  all.pool = std::make_unique<ThreadPool>(threads);
  all.size = all.pool->size();
}

std::size_t layer_threads() { return team().size; }

void for_each_on_team(std::int64_t count, const std::function<void(std::int64_t)>& body) {
  LayerTeam& all = team();
  std::unique_lock<std::mutex> lock(all.in_use, std::defer_lock);
  if (count <= 1 || all.size == 1 || in_loop || !lock.try_lock() || all.pool == nullptr) {
    for (std::int64_t index = 0; index < count; ++index) body(index);
    return;
  }
  const MatrixPrecision precision = matrix_precision();
  all.pool->parallel_for(static_cast<std::size_t>(count), 1,
                         [&](std::size_t begin, std::size_t end, std::size_t worker) {
                           const InLoop inside;
                           std::optional<MatrixPrecisionScope> as_the_caller;
                           if (worker > 0) as_the_caller.emplace(precision);
                           for (; begin < end; ++begin) body(static_cast<std::int64_t>(begin));
                         });
}

}  // namespace p5
