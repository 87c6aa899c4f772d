#include "serve/recommendation_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>
#include <thread>
#include <utility>

#include "base/logger.h"
#include "base/unix_time.h"
#include "online/alarm_rules.h"
#include "online/feedback_follower.h"
#include "online/feedback_store.h"
#include "online/feedback_writer.h"
#include "online/live_evaluation.h"
#include "p5/error.h"
#include "p5/version.h"
#include "policy/bandit_states.h"
#include "policy/reward_rules.h"
#include "serve/access_log.h"
#include "serve/answer_log.h"
#include "serve/api_keys.h"
#include "serve/api_reply.h"
#include "serve/catalog_api.h"
#include "serve/gzip_body.h"
#include "serve/http_server.h"
#include "serve/inference_api.h"
#include "serve/live_figures.h"
#include "serve/live_reference.h"
#include "serve/model_api.h"
#include "serve/native_api.h"
#include "serve/sagemaker_api.h"
#include "serve/serve_context.h"
#include "serve/static_files.h"
#include "serve/tensorflow_api.h"

namespace p5 {
namespace {

using Clock = std::chrono::steady_clock;

std::string text_of_file(const std::string& file, const char* option) {
  if (file.empty()) return {};
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  if (!stream || text.str().empty())
    throw usage_error("cannot read the file", {.where = std::string(option) + ", " + file});
  return text.str();
}

HttpServerOptions http_options(const ServeOptions& options) {
  HttpServerOptions http;
  http.host = options.host;
  http.port = static_cast<std::uint16_t>(options.port);
  http.io_threads = static_cast<int>(options.io_threads);
  http.max_body = static_cast<std::size_t>(options.max_body);
  http.max_connections = static_cast<unsigned>(options.max_connections);
  http.max_connections_per_client = static_cast<unsigned>(options.max_connections_per_client);
  http.idle_timeout = std::chrono::seconds(options.idle_timeout_s);
  http.read_timeout = std::chrono::seconds(options.read_timeout_s);
  http.certificate = text_of_file(options.certificate, "serve.certificate");
  http.key = text_of_file(options.private_key, "serve.private_key");
  return http;
}

BatchQueueOptions queue_options(const ServeOptions& options) {
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  return {.workers = options.workers > 0 ? static_cast<std::size_t>(options.workers) : cores,
          .max_batch = static_cast<std::size_t>(options.max_batch),
          .max_delay = std::chrono::microseconds(static_cast<std::int64_t>(options.max_delay_ms * 1000)),
          .max_queue = static_cast<std::size_t>(options.max_queue)};
}

// The client's own id where it is short and plain, else one of ours.
std::string request_id_of(const HttpRequest& request) {
  const std::string* given = request.header("x-request-id");
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  if (given != nullptr && !given->empty() && given->size() <= 64 && std::ranges::all_of(*given, plain)) return *given;
  thread_local std::mt19937_64 random(std::random_device{}());
  return fmt::format("{:016x}", random());
}

// The body as it was before the client compressed it; else what to answer: status and message.
std::optional<std::pair<int, std::string>> decompress(HttpRequest& request, std::size_t limit) {
  const std::string* encoding = request.header("content-encoding");
  if (encoding == nullptr || *encoding == "identity") return std::nullopt;
  if (*encoding != "gzip") return std::pair(415, "the body is compressed: expected Content-Encoding gzip or none");
  try {
    std::optional<std::string> body = inflate_gzip(request.body, limit);
    if (!body) return std::pair(413, fmt::format("the body is longer than {} bytes (serve.max_body)", limit));
    request.body = std::move(*body);
    return std::nullopt;
  } catch (const Error& error) {
    return std::pair(400, error.what());
  }
}

// What needs no key: the page that asks for one, and what probes ask.
bool is_open_to_all(const std::string& path) {
  for (const char* open : {"/", "/console.js", "/console.css", "/openapi.json", "/ping"}) {
    if (path == open) return true;
  }
  return path.starts_with("/health/") || path.starts_with("/v2/health/");
}

}  // namespace

struct RecommendationServer::Impl {
  Impl(const ServeOptions& given, std::map<std::string, std::string> named_runs, std::string first,
       const ServedModelOptions& of_models)
      : options(given),
        runs(std::move(named_runs)),
        default_name(std::move(first)),
        model_options(with_bandits(of_models, options)),
        rewards(options.rewards, "serve.rewards"),
        keys(ApiKeys::read(options.keys)),
        log(options.access_log),
        answers(options.answer_log),
        registry([this](const std::string& name, std::int64_t version, const std::string& run) {
          return open(name, version, run);
        }),
        queue(queue_options(options), [this](std::size_t requests) { metrics.batched(requests); }) {
    if (!options.feedback.empty()) {
      store = open_feedback_store(options.feedback);
      follower =
          std::make_unique<FeedbackFollower>(store, histories, [this](const FeedbackEvent& event) { heard(event); });
      follower->follow();
      catalog = std::make_unique<LiveCatalog>(
          store, [this](const CatalogChanges& changes) { change_catalogs(changes); },
          [this](const std::string& user) { histories.forget(user); });
      catalog->follow();
      writer = std::make_unique<FeedbackWriter>(store);
      context.feedback = writer.get();
      context.follower = follower.get();
      context.catalog = catalog.get();
      context.live = &live;
      metrics.on_page([this] { return live_gauges(live.figures(unix_time_ms()), alarms.alarms()); });
    }
    metrics.on_page([this](double& in_flight, double& waiting) {
      in_flight = server == nullptr ? 0 : static_cast<double>(server->in_flight());
      waiting = static_cast<double>(queue.figures().waiting);
    });
    add_routes();
  }

  void heard(const FeedbackEvent& event) {
    metrics.fed_back(event.type, 1);
    live.heard(event, unix_time_ms());
    if (model_options.bandits == nullptr || event.request_id.empty()) return;
    if (const auto reward = rewards.of(event)) model_options.bandits->rewarded(event.request_id, event.item, *reward);
  }

  static ServedModelOptions with_bandits(ServedModelOptions of_models, const ServeOptions& options) {
    if (!options.bandits.empty()) {
      of_models.bandits = std::make_shared<BanditStates>(options.bandits, BanditReranker::Use::kLearn);
    }
    return of_models;
  }

  // With the version of the default model that serves now.
  void compare_live() {
    if (store == nullptr) return;
    auto model = registry.find(default_name);
    if (std::exchange(compared, model.get()) != model.get()) live.compare_with(live_reference_of(std::move(model)));
  }

  void save_bandits(bool at_once) {
    const auto now = Clock::now();
    if (model_options.bandits == nullptr || (!at_once && now < next_save)) return;
    next_save = now + std::chrono::milliseconds(static_cast<std::int64_t>(options.bandits_save_s * 1000));
    try {
      model_options.bandits->save();
    } catch (const std::exception& error) {
      log_warning(std::string("what policies have learnt was not saved: ") + error.what());
    }
  }

  static std::vector<AlarmRule> rules_of(const ServeOptions& options) {
    if (options.alarms.empty()) return {};
    return read_alarm_rules(options.alarms, LiveEvaluation::metric_names());
  }

  void look_for_alarms() {
    const std::int64_t now = unix_time_ms();
    if (now < next_look_ms || options.alarms.empty()) return;
    next_look_ms = now + 1000;
    const LiveEvaluation::Figures figures = live.figures(now);
    for (const AlarmBook::Alarm& alarm :
         alarms.look([&](std::string_view metric) { return figures.metric(metric); }, now)) {
      const std::string value = alarm.value ? fmt::format("{:.4g}", *alarm.value) : "unknown";
      const std::string text = fmt::format("alarm {}: {} ({})", alarm.on ? "on" : "off", alarm.rule.name,
                                           alarm.rule.text() + ", now " + value);
      if (alarm.on) {
        log_warning(text);
      } else {
        log_info(text);
      }
    }
  }

  std::shared_ptr<const ServedModel> open(const std::string& name, std::int64_t version, const std::string& run) {
    auto model = std::make_shared<const ServedModel>(name, version, run, model_options);
    metrics.model_serves(name, version, model->load_seconds());
    if (catalog != nullptr) {
      catalog->tell([&](const CatalogChanges& changes) {
        change_catalog(*model, changes);
        opened.push_back(model);
      });
    }
    log_info(fmt::format("{} version {}: {} is ready after {:.1f} s", name, version, run, model->load_seconds()));
    return model;
  }

  static void change_catalog(const ServedModel& model, const CatalogChanges& changes) {
    if (changes.items.empty() && changes.forgotten_users.empty()) return;
    model.recommender().change_catalog(changes);
  }

  // Of all versions that are held.
  void change_catalogs(const CatalogChanges& changes) {
    std::erase_if(opened, [](const auto& model) { return model.expired(); });
    for (const auto& weak : opened) {
      if (const auto model = weak.lock()) change_catalog(*model, changes);
    }
  }

  void add_routes() {
    NativeApi(context).add_to(router);
    CatalogApi(context, tables).add_to(router);
    ModelApi(context, background).add_to(router);
    InferenceApi(context, [this] { return takes_requests(); }).add_to(router);
    add_sagemaker_api(
        router, [this] { return takes_requests(); },
        [this](ApiCall call) {
          const Router::Match match = router.find("POST", call.request.path);
          (*match.handler)(std::move(call));
        });
    add_static_files(router);
    router.add("GET", "/health/live", [](const ApiCall& call) { call.reply(json_response({{"live", true}})); });
    router.add("GET", "/health/ready", [this](const ApiCall& call) {
      const bool good = takes_requests();
      call.reply(json_response({{"ready", good}}, good ? 200 : 503));
    });
    for (const char* path : {"/metrics", "/monitoring/prometheus/metrics"}) {
      router.add("GET", path, [this](const ApiCall& call) {
        call.reply({.body = metrics.page(), .content_type = "text/plain; version=0.0.4; charset=utf-8"});
      });
    }
    router.add("GET", "/api/v1/status", [this](const ApiCall& call) { call.reply(json_response(status())); });
  }

  bool takes_requests() const { return ready && !stopping; }

  nlohmann::json status() {
    const ServerMetrics::Summary summary = metrics.summary();
    const QueueFigures figures = queue.figures();
    nlohmann::json answer{{"version", std::string(kVersion)},
                          {"uptime_s", std::chrono::duration<double>(Clock::now() - begun).count()},
                          {"requests", summary.requests},
                          {"errors", summary.errors},
                          {"seconds", {{"p50", summary.p50}, {"p95", summary.p95}, {"p99", summary.p99}}},
                          {"mean_batch", summary.mean_batch},
                          {"waiting", figures.waiting},
                          {"working", figures.working},
                          {"live_users", histories.users()}};
    if (store != nullptr) {
      const FeedbackStats stats = store->stats();
      answer["feedback"] = {
          {"events", stats.events}, {"users", stats.users}, {"items", stats.items}, {"by_type", stats.by_type}};
      answer["live"] = figures_json(live.figures(unix_time_ms()));
      answer["alarms"] = alarms_json(alarms.alarms());
      if (model_options.bandits != nullptr) answer["bandits"] = bandits_json();
    }
    return answer;
  }

  nlohmann::json bandits_json() const {
    nlohmann::json rows = nlohmann::json::array();
    for (const BanditStates::Row& row : model_options.bandits->figures()) {
      rows.push_back({{"file", row.file},
                      {"lists", row.figures.lists},
                      {"items", row.figures.items},
                      {"rewards", row.figures.rewards},
                      {"waiting", row.figures.waiting}});
    }
    return rows;
  }

  // Every request comes through here: id, access, route, and what is noted of the answer.
  void handle(HttpRequest request, HttpReply reply) {
    const std::string id = request_id_of(request);
    const bool for_tensorflow = TensorflowApi::owns(request.path);
    const Router::Match match = for_tensorflow ? Router::Match{} : router.find(request.method, request.path);
    const std::string route = for_tensorflow             ? "/v1/models"
                              : match.handler == nullptr ? "none"
                                                         : std::string(match.pattern);
    HttpReply noted = [this, id, route, method = request.method, path = request.path, peer = request.peer,
                       arrived = request.arrived, reply = std::move(reply)](HttpResponse response) {
      const double seconds = std::chrono::duration<double>(Clock::now() - arrived).count();
      metrics.answered(route, response.status, seconds);
      log.write({.id = id,
                 .method = method,
                 .path = path,
                 .peer = peer,
                 .status = response.status,
                 .bytes = response.body.size(),
                 .seconds = seconds});
      response.headers.emplace_back("X-Request-Id", id);
      response.headers.emplace_back("X-Content-Type-Options", "nosniff");
      reply(std::move(response));
    };
    if (!is_open_to_all(request.path) && !keys.allow(request)) {
      HttpResponse refused =
          error_response(401, "Unauthenticated", "an API key is needed: Authorization: Bearer KEY, or X-API-Key", id);
      refused.headers.emplace_back("WWW-Authenticate", "Bearer");
      noted(std::move(refused));
      return;
    }
    if (const auto bad = decompress(request, static_cast<std::size_t>(options.max_body))) {
      noted(for_tensorflow ? json_response({{"error", bad->second}}, bad->first)
                           : error_response(bad->first, "InvalidArgument", bad->second, id));
      return;
    }
    if (for_tensorflow) {
      TensorflowApi(context).handle(
          {.request = std::move(request), .id = id, .route = route, .reply = std::move(noted)});
      return;
    }
    if (match.handler == nullptr) {
      HttpResponse unknown = match.allowed.empty()
                                 ? error_response(404, "NotFound", "no such path; /openapi.json lists them", id)
                                 : error_response(405, "InvalidArgument", "the path has another method", id);
      if (!match.allowed.empty())
        unknown.headers.emplace_back("Allow", fmt::format("{}", fmt::join(match.allowed, ", ")));
      noted(std::move(unknown));
      return;
    }
    (*match.handler)({.request = std::move(request),
                      .id = id,
                      .route = route,
                      .arguments = match.arguments,
                      .reply = std::move(noted)});
  }

  // What other replicas wrote to the store.
  void follow_others() {
    while (!stopping) {
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
      try {
        if (follower != nullptr) follower->follow();
        if (catalog != nullptr) catalog->follow();
      } catch (const std::exception& error) {
        log_warning(std::string("cannot read the feedback of others: ") + error.what());
      }
      compare_live();
      look_for_alarms();
      save_bandits(/*at_once=*/false);
    }
  }

  const ServeOptions options;
  const std::map<std::string, std::string> runs;
  const std::string default_name;
  const ServedModelOptions model_options;
  const RewardRules rewards;
  Clock::time_point next_save = Clock::now();
  const Clock::time_point begun = Clock::now();
  ApiKeys keys;
  AccessLog log;
  AnswerLog answers;
  ServerMetrics metrics;
  LiveHistories histories;
  LiveEvaluation live{{.window = static_cast<std::size_t>(options.live_window),
                       .delay_ms = static_cast<std::int64_t>(options.live_delay_s * 1000),
                       .least = static_cast<std::size_t>(options.live_least)}};
  AlarmBook alarms{rules_of(options)};
  std::int64_t next_look_ms = 0;
  const ServedModel* compared = nullptr;  // that the live figures have as their reference
  std::shared_ptr<FeedbackStore> store;
  std::unique_ptr<FeedbackFollower> follower;
  std::vector<std::weak_ptr<const ServedModel>> opened;  // in the turns of the catalogue
  std::unique_ptr<LiveCatalog> catalog;
  std::unique_ptr<FeedbackWriter> writer;
  ModelRegistry registry;
  Router router;
  std::atomic<bool> ready{false}, stopping{false};
  std::thread follows;
  // From here on: threads whose work uses what stands above. They end in reverse order.
  BatchQueue queue;
  ServeContext context{.options = options,
                       .registry = registry,
                       .queue = queue,
                       .metrics = metrics,
                       .histories = histories,
                       .answers = answers};
  BackgroundWorker background;
  BackgroundWorker tables{1024};  // writes what changed of items and users
  std::unique_ptr<HttpServer> server;
};

RecommendationServer::RecommendationServer(const ServeOptions& options, std::map<std::string, std::string> runs,
                                           std::string default_name, const ServedModelOptions& model_options) {
  options.check();
  impl_ = std::make_unique<Impl>(options, std::move(runs), std::move(default_name), model_options);
}

RecommendationServer::~RecommendationServer() {
  if (impl_ != nullptr) stop();
}

void RecommendationServer::start() {
  impl_->server =
      start_http_server(http_options(impl_->options), [impl = impl_.get()](HttpRequest request, HttpReply reply) {
        impl->handle(std::move(request), std::move(reply));
      });
  impl_->registry.load(impl_->default_name, impl_->runs.at(impl_->default_name));
  for (const auto& [name, run] : impl_->runs) {
    if (name != impl_->default_name) impl_->registry.load(name, run);
  }
  impl_->compare_live();
  impl_->follows = std::thread([impl = impl_.get()] { impl->follow_others(); });
  impl_->ready = true;
}

std::uint16_t RecommendationServer::port() const { return impl_->server->port(); }

void RecommendationServer::reload() {
  impl_->background.submit([impl = impl_.get()] {
    for (const auto& [name, run] : impl->registry.serving_runs()) {
      try {
        impl->registry.load(name, run);
      } catch (const std::exception& error) {
        log_error(fmt::format("{} was not loaded again, the version before goes on: {}", name, error.what()));
      }
    }
  });
}

std::size_t RecommendationServer::stop() {
  if (impl_->stopping.exchange(true)) return 0;
  if (impl_->follows.joinable()) impl_->follows.join();
  if (impl_->server == nullptr) return 0;
  impl_->server->stop_accepting();
  const auto until = Clock::now() + std::chrono::seconds(impl_->options.drain_s);
  while (impl_->server->in_flight() > 0 && Clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const std::size_t left = impl_->server->in_flight();
  impl_->server->stop();
  impl_->save_bandits(/*at_once=*/true);
  return left;
}

}  // namespace p5
