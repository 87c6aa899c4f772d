#include "serve/served_model.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace p5 {
namespace {

// A link to a run may point to another one by the time that a source is opened for the first question to it.
std::string resolved(const std::string& run) {
  std::error_code failure;
  const std::filesystem::path real = std::filesystem::canonical(run, failure);
  return failure ? run : real.string();
}

}  // namespace

ServedModel::ServedModel(std::string name, std::int64_t version, std::string run, const ServedModelOptions& options)
    : name_(std::move(name)),
      version_(version),
      run_(std::move(run)),
      recommender_(Recommender::open(resolved(run_), {.corpus = options.corpus,
                                                      .device = options.device,
                                                      .threads = options.threads,
                                                      .held_bandits = options.bandits})),
      loaded_run_(recommender_.loaded_run()) {
  if (corpus().user_count() > 0) {
    Recommender warm = worker();
    warm.recommend(RecommendRequest{.user = std::string(corpus().user_key(0)), .k = 10, .keep_seen = true});
  }
  load_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  loaded_at_ = std::chrono::system_clock::now();
}

}  // namespace p5
