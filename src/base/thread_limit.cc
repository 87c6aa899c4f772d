#include "base/thread_limit.h"

#include <fmt/format.h>

#include <future>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "p5/error.h"

namespace p5 {

std::size_t startable_threads(std::size_t wanted) {
  std::vector<std::thread> started;
  started.reserve(wanted);
  std::promise<void> release;
  const std::shared_future<void> released(release.get_future());
  try {
    while (started.size() + 1 < wanted) started.emplace_back([released] { released.wait(); });
  } catch (const std::system_error&) {
    // These are all.
  }
  release.set_value();
  for (std::thread& thread : started) thread.join();
  return started.size() + 1;
}

void require_threads(std::size_t threads) {
  const std::size_t found = startable_threads(threads);
  if (found >= threads) return;
  throw system_error("the system cannot start that many threads",
                     {.where = "device.threads",
                      .expected = fmt::format("at most {}, or 0 for as many as there are", found),
                      .got = std::to_string(threads)});
}

}  // namespace p5
