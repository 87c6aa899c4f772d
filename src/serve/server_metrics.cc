#include "serve/server_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>
#include <mutex>
#include <set>
#include <string_view>

namespace p5 {
namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;

const Buckets& second_buckets() {
  static const Buckets buckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return buckets;
}

const Buckets& batch_buckets() {
  static const Buckets buckets{1, 2, 4, 8, 16, 32, 64, 128, 256};
  return buckets;
}

double resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  long size = 0, resident = 0;
  const bool read = std::fscanf(file, "%ld %ld", &size, &resident) == 2;
  std::fclose(file);
  return read ? static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) : 0;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

// The value below which `share` of a histogram lies, by interpolation within its bucket.
double percentile(const prometheus::ClientMetric::Histogram& histogram, double share) {
  const double wanted = share * static_cast<double>(histogram.sample_count);
  double below = 0, start = 0;
  for (const auto& bucket : histogram.bucket) {
    const auto count = static_cast<double>(bucket.cumulative_count);
    if (count >= wanted && count > below) {
      if (bucket.upper_bound > second_buckets().back()) return start;
      return start + (bucket.upper_bound - start) * (wanted - below) / (count - below);
    }
    below = count;
    start = bucket.upper_bound;
  }
  return start;
}

void add_gauges(const std::vector<LiveGauge>& gauges, std::vector<prometheus::MetricFamily>& families) {
  for (const LiveGauge& gauge : gauges) {
    auto family = std::ranges::find(families, gauge.name, &prometheus::MetricFamily::name);
    if (family == families.end()) {
      family = families.insert(families.end(),
                               prometheus::MetricFamily{gauge.name, gauge.help, prometheus::MetricType::Gauge, {}});
    }
    prometheus::ClientMetric& metric = family->metric.emplace_back();
    for (const auto& [name, value] : gauge.labels) metric.label.push_back({name, value});
    metric.gauge.value = gauge.value;
  }
}

}  // namespace

struct ServerMetrics::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      prometheus::BuildCounter().Name("p5_http_requests_total").Help("Answered requests").Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds =
      prometheus::BuildHistogram()
          .Name("p5_http_request_seconds")
          .Help("Seconds from the last byte of a request to its answer")
          .Register(registry);
  prometheus::Family<prometheus::Gauge>& state =
      prometheus::BuildGauge().Name("p5_inflight").Help("Requests without an answer yet").Register(registry);
  prometheus::Family<prometheus::Gauge>& queue =
      prometheus::BuildGauge().Name("p5_queue_depth").Help("Requests that wait for a worker").Register(registry);
  prometheus::Family<prometheus::Histogram>& batches = prometheus::BuildHistogram()
                                                           .Name("p5_batch_size")
                                                           .Help("Requests that were answered together")
                                                           .Register(registry);
  prometheus::Family<prometheus::Gauge>& models =
      prometheus::BuildGauge().Name("p5_model_info").Help("Loaded versions of models").Register(registry);
  prometheus::Family<prometheus::Gauge>& loading = prometheus::BuildGauge()
                                                       .Name("p5_model_load_seconds")
                                                       .Help("Seconds that the last load of a model took")
                                                       .Register(registry);
  prometheus::Family<prometheus::Counter>& fallbacks = prometheus::BuildCounter()
                                                           .Name("p5_fallback_total")
                                                           .Help("Answers that fell back to a simpler source")
                                                           .Register(registry);
  prometheus::Family<prometheus::Counter>& feedback =
      prometheus::BuildCounter().Name("p5_feedback_total").Help("Events of feedback that were kept").Register(registry);
  prometheus::Family<prometheus::Gauge>& memory =
      prometheus::BuildGauge().Name("process_resident_memory_bytes").Help("Resident memory").Register(registry);
  prometheus::Family<prometheus::Gauge>& cpu = prometheus::BuildGauge()
                                                   .Name("process_cpu_seconds_total")
                                                   .Help("Processor time, user and system")
                                                   .Register(registry);

  prometheus::Histogram& all_seconds = seconds.Add({{"route", "all"}}, second_buckets());
  prometheus::Histogram& batch_size = batches.Add({}, batch_buckets());
  prometheus::Gauge& in_flight = state.Add({});
  prometheus::Gauge& waiting = queue.Add({});
  prometheus::Gauge& resident = memory.Add({});
  prometheus::Gauge& used = cpu.Add({});
  std::function<void(double&, double&)> ask;
  std::function<std::vector<LiveGauge>()> gauges;
  mutable std::mutex mutex;
  std::set<std::string> types;                      // of feedback: the first few have a label of their own
  std::map<std::string, prometheus::Gauge*> shown;  // by the name of a model
};

ServerMetrics::ServerMetrics() : impl_(std::make_unique<Impl>()) {}
ServerMetrics::~ServerMetrics() = default;

void ServerMetrics::answered(const std::string& route, int status, double seconds) {
  impl_->requests.Add({{"route", route}, {"code", std::to_string(status)}}).Increment();
  impl_->seconds.Add({{"route", route}}, second_buckets()).Observe(seconds);
  impl_->all_seconds.Observe(seconds);
}

void ServerMetrics::batched(std::size_t requests) { impl_->batch_size.Observe(static_cast<double>(requests)); }

void ServerMetrics::model_serves(const std::string& name, std::int64_t version, double load_seconds) {
  const std::lock_guard lock(impl_->mutex);
  prometheus::Gauge*& shown = impl_->shown[name];
  if (shown != nullptr) impl_->models.Remove(shown);  // else each of a thousand swaps would leave a series
  shown = &impl_->models.Add({{"name", name}, {"version", std::to_string(version)}});
  shown->Set(1);
  impl_->loading.Add({{"name", name}}).Set(load_seconds);
}

void ServerMetrics::fell_back(const std::string& reason) { impl_->fallbacks.Add({{"reason", reason}}).Increment(); }

void ServerMetrics::fed_back(const std::string& type, std::size_t events) {
  constexpr std::size_t kMostTypes = 20;
  std::string label = type;
  {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->types.contains(type)) {
      if (impl_->types.size() < kMostTypes) {
        impl_->types.insert(type);
      } else {
        label = "other";
      }
    }
  }
  impl_->feedback.Add({{"type", label}}).Increment(static_cast<double>(events));
}

void ServerMetrics::on_page(std::function<void(double&, double&)> ask) { impl_->ask = std::move(ask); }

void ServerMetrics::on_page(std::function<std::vector<LiveGauge>()> gauges) { impl_->gauges = std::move(gauges); }

std::string ServerMetrics::page() const {
  double in_flight = 0, waiting = 0;
  if (impl_->ask) impl_->ask(in_flight, waiting);
  impl_->in_flight.Set(in_flight);
  impl_->waiting.Set(waiting);
  impl_->resident.Set(resident_bytes());
  impl_->used.Set(cpu_seconds());
  std::vector<prometheus::MetricFamily> families = impl_->registry.Collect();
  if (impl_->gauges) add_gauges(impl_->gauges(), families);
  return prometheus::TextSerializer().Serialize(families);
}

ServerMetrics::Summary ServerMetrics::summary() const {
  Summary summary;
  for (const auto& family : impl_->requests.Collect()) {
    for (const auto& metric : family.metric) {
      summary.requests += metric.counter.value;
      for (const auto& label : metric.label) {
        if (label.name == "code" && label.value.front() >= '4') summary.errors += metric.counter.value;
      }
    }
  }
  const auto seconds = impl_->all_seconds.Collect().histogram;
  if (seconds.sample_count > 0) {
    summary.p50 = percentile(seconds, 0.5);
    summary.p95 = percentile(seconds, 0.95);
    summary.p99 = percentile(seconds, 0.99);
  }
  const auto batches = impl_->batch_size.Collect().histogram;
  if (batches.sample_count > 0) summary.mean_batch = batches.sample_sum / static_cast<double>(batches.sample_count);
  return summary;
}

}  // namespace p5
