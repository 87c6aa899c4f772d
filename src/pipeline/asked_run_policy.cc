#include "pipeline/asked_run_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json_field.h"
#include "base/logger.h"
#include "p5/error.h"
#include "pipeline/update_folder.h"
#include "policy/answer_line.h"
#include "recommend/loaded_run.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using Items = std::vector<std::uint32_t>;

constexpr std::int64_t kDayMs = 24 * 60 * 60 * 1000LL;
constexpr std::int64_t kVisitMs = 10'000;  // between two lists
constexpr std::int64_t kPlaceMs = 100;     // between the clicks of a list

std::int64_t latest_time(const Recommender& recommender) {
  const auto times = recommender.loaded_run()->data.corpus->times();
  const auto latest = std::ranges::max_element(times);
  return latest == times.end() || *latest == kNoTime ? 0 : *latest;
}

fs::path made(const fs::path& folder) {
  std::error_code failure;
  if (!fs::create_directories(folder, failure)) {
    throw usage_error("the folder is not a new one", {.where = folder.string(), .expected = "a folder to be made"});
  }
  return folder;
}

std::ofstream opened(const fs::path& file) {
  std::ofstream lines(file);
  if (!lines) throw system_error("cannot write", {.where = file.string()});
  return lines;
}

}  // namespace

AskedRunPolicy::AskedRunPolicy(const InteractiveWorld& world, Recommender& recommender, RecommendRequest each)
    : world_(&world), recommender_(&recommender), each_(std::move(each)) {
  ask(recommender);
  if (numbers_.empty()) {
    throw usage_error("the run knows no item of the world",
                      {.where = "request.run",
                       .expected = "a run trained on what p5 simulate makes with the same seed and number of items"});
  }
}

void AskedRunPolicy::ask(Recommender& recommender) {
  recommender_ = &recommender;
  numbers_.clear();
  clicked_.clear();
  for (std::uint32_t item = 0; item < world_->catalog().size(); ++item) {
    const std::string key = world_->catalog().key(item);
    if (recommender.has_item(key)) numbers_.emplace(key, item);
  }
}

RecommendRequest AskedRunPolicy::request_of(std::uint32_t user, std::size_t k) const {
  RecommendRequest request = each_;
  request.k = static_cast<std::int64_t>(k);
  request.because = false;
  const std::string key = world_->user_key(user);
  const auto clicked = clicked_.find(user);
  if (recommender_->has_user(key) || clicked == clicked_.end()) {
    request.user = key;
    if (clicked != clicked_.end()) request.later = clicked->second;
  } else {
    request.history = clicked->second;
  }
  for (const std::uint32_t item : world_->items()) {
    if (std::string name = world_->catalog().key(item); numbers_.contains(name)) {
      request.available.push_back(std::move(name));
    }
  }
  return request;
}

Items AskedRunPolicy::numbers_of(const std::vector<Recommendation>& list) const {
  Items items;
  for (const Recommendation& each : list) items.push_back(numbers_.at(each.item));
  return items;
}

Items AskedRunPolicy::list(std::uint32_t user, std::size_t k) {
  return numbers_of(recommender_->recommend(request_of(user, k)));
}

void AskedRunPolicy::learn(std::uint32_t user, std::span<const std::uint32_t> list, const std::vector<bool>& clicks) {
  for (std::size_t place = 0; place < list.size(); ++place) {
    if (clicks[place]) clicked_[user].push_back(world_->catalog().key(list[place]));
  }
}

PlayedFeedback::PlayedFeedback(const InteractiveWorld& world, const Recommender& recommender, const fs::path& file)
    : world_(&world), begin_ms_(latest_time(recommender) + kDayMs), lines_(opened(file)) {}

std::int64_t PlayedFeedback::time_of(std::uint64_t visit) const {
  return begin_ms_ + static_cast<std::int64_t>(visit) * kVisitMs;
}

void PlayedFeedback::add(std::uint64_t visit, std::uint32_t user, std::span<const std::uint32_t> list,
                         const std::vector<bool>& clicks, const std::string& request) {
  for (std::size_t place = 0; place < list.size(); ++place) {
    if (!clicks[place]) continue;
    nlohmann::ordered_json line{{"id", fmt::format("visit {} place {}", visit, place)},
                                {"user", world_->user_key(user)},
                                {"item", world_->catalog().key(list[place])},
                                {"event", "click"},
                                {"timestamp", time_of(visit) + kPlaceMs * static_cast<std::int64_t>(place + 1)}};
    if (!request.empty()) line["request_id"] = request;
    lines_ << line.dump() << '\n';
  }
  lines_.flush();
}

UpdatedRunPolicy::UpdatedRunPolicy(const InteractiveWorld& world, Recommender& first, Options options)
    : AskedRunPolicy(world, first),
      options_(std::move(options)),
      clicks_(made(options_.folder) / "feedback.jsonl"),
      feedback_(world, first, clicks_) {}

void UpdatedRunPolicy::learn(std::uint32_t user, std::span<const std::uint32_t> list, const std::vector<bool>& clicks) {
  AskedRunPolicy::learn(user, list, clicks);
  feedback_.add(visits_, user, list, clicks);
  if (++visits_ % static_cast<std::uint64_t>(options_.visits) == 0) update();
}

void UpdatedRunPolicy::update() {
  const fs::path live = options_.folder / "live";
  update_run({.folder = live,
              .from = clicks_.string(),
              .run = options_.run,
              .settings = options_.settings,
              .stop = options_.stop},
             options_.update);
  const UpdateFolder folder = UpdateFolder::open(live);
  const fs::path now = folder.linked_run();
  if (now == current_run_ || folder.state().current == 0) return;
  current_run_ = now;
  current_ = Recommender::open(now.string(), options_.recommender);
  ask(*current_);
}

LoggedRunPolicy::LoggedRunPolicy(const InteractiveWorld& world, Recommender& recommender, RecommendRequest each,
                                 const fs::path& folder, std::vector<RunPolicy> others)
    : AskedRunPolicy(world, recommender, std::move(each)),
      feedback_(world, recommender, made(folder) / "feedback.jsonl"),
      answers_(opened(folder / "answers.jsonl")),
      others_(std::move(others)),
      worth_(others_.size()) {}

std::string LoggedRunPolicy::id() const { return fmt::format("visit {}", visits_); }

Items LoggedRunPolicy::list(std::uint32_t user, std::size_t k) {
  RecommendRequest request = request_of(user, k);
  request.draw = id();
  const auto items = recommender().recommend(request);
  const auto history = recommender().history_of(request);
  LoggedDecision decision{.id = request.draw, .user = world().user_key(user), .available = request.available};
  decision.k = request.k;
  for (const ItemName& item : history) decision.history.push_back(item.item);
  for (const Recommendation& item : items) decision.shown.push_back({.item = item.item, .propensity = item.propensity});
  for (std::size_t i = 0; i < others_.size(); ++i) {
    const PolicyView view = others_[i].look(std::span(&decision, 1)).front();
    Items own;
    for (const auto& place : view.own) {
      if (!place.empty()) own.push_back(number_of(place.front().item));
    }
    worth_[i].push_back(world().expected_clicks(user, own));
  }
  const AnswerLine line{.id = request.draw,
                        .user = world().user_key(user),
                        .model = "played",
                        .version = 1,
                        .time_ms = feedback_.time_of(visits_)};
  answers_ << answer_line(line, request, history, items).dump() << '\n';
  return numbers_of(items);
}

void LoggedRunPolicy::learn(std::uint32_t user, std::span<const std::uint32_t> list, const std::vector<bool>& clicks) {
  AskedRunPolicy::learn(user, list, clicks);
  feedback_.add(visits_, user, list, clicks, id());
  ++visits_;
  answers_.flush();
}

}  // namespace p5
