// Asks a daemon from many connections at once for a while, and prints what came back and how soon, as one JSON object.
//
//   serve_load PORT CONNECTIONS SECONDS METHOD PATH [FILE OF BODIES, ONE PER LINE]
//
// SIGTERM ends it before the time is over; it prints what it has.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/http_client.h"

// A server that is about to stop says so in its last answer, so that no client sends a request that nobody reads.
static bool says_close(const std::string& headers) {
  return headers.find("\r\nConnection: close\r\n") != std::string::npos;
}

static std::atomic<bool> stopping{false};

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr, "usage: serve_load PORT CONNECTIONS SECONDS METHOD PATH [FILE OF BODIES]\n");
    return 2;
  }
  using Clock = std::chrono::steady_clock;
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const int connections = std::atoi(argv[2]);
  const auto until =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(std::atof(argv[3])));
  const std::string method = argv[4], path = argv[5];
  std::vector<std::string> bodies;
  if (argc > 6) {
    std::ifstream stream(argv[6]);
    for (std::string line; std::getline(stream, line);) bodies.push_back(line);
  }
  if (bodies.empty()) bodies.emplace_back();

  std::signal(SIGTERM, [](int) { stopping = true; });

  std::mutex mutex;
  std::map<int, std::size_t> statuses;  // 0: the connection ended without an answer
  std::vector<double> seconds;
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  const auto begin = Clock::now();
  for (int i = 0; i < connections; ++i) {
    threads.emplace_back([&] {
      std::map<int, std::size_t> own_statuses;
      std::vector<double> own_seconds;
      p5::test::HttpClient client(port);
      while (Clock::now() < until && !stopping) {
        const auto sent = Clock::now();
        const auto answer = client.ask(method, path, bodies[next++ % bodies.size()]);
        own_seconds.push_back(std::chrono::duration<double>(Clock::now() - sent).count());
        ++own_statuses[answer.status];
        if (answer.status == 0 || says_close(answer.headers)) break;
      }
      const std::lock_guard lock(mutex);
      for (const auto& [status, count] : own_statuses) statuses[status] += count;
      seconds.insert(seconds.end(), own_seconds.begin(), own_seconds.end());
    });
  }
  for (auto& thread : threads) thread.join();
  const double took = std::chrono::duration<double>(Clock::now() - begin).count();
  std::ranges::sort(seconds);
  const auto at = [&](double share) {
    return seconds.empty()
               ? 0
               : 1000 * seconds[std::min(seconds.size() - 1,
                                         static_cast<std::size_t>(share * static_cast<double>(seconds.size())))];
  };
  std::printf(
      "{\"requests\": %zu, \"per_second\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, \"statuses\": {",
      seconds.size(), static_cast<double>(seconds.size()) / took, at(0.5), at(0.99), at(1));
  const char* comma = "";
  for (const auto& [status, count] : statuses) {
    std::printf("%s\"%d\": %zu", comma, status, count);
    comma = ", ";
  }
  std::printf("}}\n");
  return 0;
}
