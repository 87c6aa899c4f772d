#include "cli/serving.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>
#include <utility>

#include "base/interrupt.h"
#include "base/logger.h"
#include "serve/recommendation_server.h"

namespace p5::cli {
namespace {

std::atomic<bool> reload_wanted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

}  // namespace

int serve_until_stopped(const ServeOptions& options, std::map<std::string, std::string> runs,
                        const std::string& default_name, const ServedModelOptions& of_models) {
  std::signal(SIGHUP, [](int) { reload_wanted = true; });
  RecommendationServer server(options, std::move(runs), default_name, of_models);
  server.start();
  fmt::print("p5 answers at {}://{}:{}/\n", options.certificate.empty() ? "http" : "https",
             options.host.find(':') == std::string::npos ? options.host : "[" + options.host + "]", server.port());
  std::fflush(stdout);
  while (interrupt_requested() == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (reload_wanted.exchange(false)) server.reload();
  }
  log_info("stopping: requests that were admitted are answered");
  const std::size_t left = server.stop();
  if (left > 0) log_warning(fmt::format("{} requests were not answered in time", left));
  set_interrupt(0);  // a daemon that was asked to stop, and did, ended well
  return 0;
}

}  // namespace p5::cli
