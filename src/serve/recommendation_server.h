// The daemon: listens, loads models, answers, and stops without losing an admitted request. Thread-safe after start().
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "p5/stop_token.h"
#include "serve/serve_options.h"
#include "serve/served_model.h"

namespace p5 {

class RecommendationServer {
 public:
  // `runs` by the name under which they are served; the one named `default_name` answers requests that name none.
  RecommendationServer(const ServeOptions& options, std::map<std::string, std::string> runs, std::string default_name,
                       const ServedModelOptions& model_options);
  ~RecommendationServer();
  RecommendationServer(const RecommendationServer&) = delete;
  RecommendationServer& operator=(const RecommendationServer&) = delete;

  // Opens the port, then the models; /health/ready answers 503 until they are warm. Throws what opening them throws.
  void start();
  std::uint16_t port() const;
  // Opens each run that serves again, as a next version, while the present one answers. Failures are logged.
  void reload();
  // Stops: readiness fails at once, requests that were admitted are answered, for at most serve.drain_s seconds.
  // Returns the number of requests that were not.
  std::size_t stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace p5
