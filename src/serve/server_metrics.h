// What a daemon counts, for Prometheus. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace p5 {

// A figure that is worked out when the page is asked for.
struct LiveGauge {
  std::string name, help;
  std::map<std::string, std::string> labels;
  double value = 0;
};

class ServerMetrics {
 public:
  ServerMetrics();
  ~ServerMetrics();
  ServerMetrics(const ServerMetrics&) = delete;
  ServerMetrics& operator=(const ServerMetrics&) = delete;

  // `route` is a pattern, never a path, so that there are few of them.
  void answered(const std::string& route, int status, double seconds);
  void batched(std::size_t requests);
  // The version that a name serves from now on.
  void model_serves(const std::string& name, std::int64_t version, double load_seconds);
  void fell_back(const std::string& reason);
  void fed_back(const std::string& type, std::size_t events);
  // Asked at each page for the requests in flight and those that wait.
  void on_page(std::function<void(double& in_flight, double& waiting)> ask);
  // Asked at each page for further gauges; those of one name follow each other on it.
  void on_page(std::function<std::vector<LiveGauge>()> gauges);

  // The page in Prometheus' text format 0.0.4.
  std::string page() const;

  // Since the start, for the console: requests by status class, percentiles of seconds.
  struct Summary {
    double requests = 0, errors = 0;
    double p50 = 0, p95 = 0, p99 = 0;
    double mean_batch = 0;
  };
  Summary summary() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace p5
