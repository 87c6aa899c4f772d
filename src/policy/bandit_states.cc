#include "policy/bandit_states.h"

#include <system_error>
#include <utility>

#include "p5/error.h"

namespace p5 {
namespace {

std::string file_name(const FittedOrigin& origin) {
  return origin.data_sha256 == "any" ? "shop.bandit" : "encoder-" + origin.data_sha256 + ".bandit";
}

}  // namespace

BanditStates::BanditStates(std::filesystem::path folder, BanditReranker::Use use)
    : folder_(std::move(folder)), use_(use) {
  std::error_code failure;
  if (use_ == BanditReranker::Use::kLearn) std::filesystem::create_directories(folder_, failure);
  if (failure) throw system_error("cannot make the folder", {.where = folder_.string(), .got = failure.message()});
  if (!std::filesystem::is_directory(folder_)) {
    throw not_found_error("no such folder", {.where = folder_.string(), .expected = "states of p5 serve --bandits"});
  }
}

std::shared_ptr<BanditModel> BanditStates::model(const BanditFeatures& features) {
  const FittedOrigin origin = features.origin();
  const std::string name = file_name(origin);
  const std::lock_guard lock(mutex_);
  auto& model = models_[name];
  if (model == nullptr) {
    model = std::make_shared<BanditModel>(folder_ / name, origin, features.count());
    for (const Reward& each : unclaimed_) model->rewarded(each.request_id, each.item, each.reward);
  }
  if (use_ == BanditReranker::Use::kAsk && !model->was_saved()) {
    throw not_found_error(
        "nothing was learnt for this policy and this run",
        {.where = (folder_ / name).string(), .expected = "a state that p5 serve --bandits has saved"});
  }
  return model;
}

std::vector<std::shared_ptr<BanditModel>> BanditStates::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<BanditModel>> models;
  for (const auto& [name, model] : models_) models.push_back(model);
  return models;
}

void BanditStates::rewarded(std::string_view request_id, std::string_view item, double reward) {
  for (const auto& model : all()) {
    if (model->rewarded(request_id, item, reward)) return;
  }
  const std::lock_guard lock(mutex_);
  unclaimed_.push_back({std::string(request_id), std::string(item), reward});
  if (unclaimed_.size() > kMostUnclaimed) unclaimed_.pop_front();
}

void BanditStates::save() {
  for (const auto& model : all()) model->save();
  // Those of runs that are served no more; they are read again where such a run comes back.
  const std::lock_guard lock(mutex_);
  std::erase_if(models_, [](const auto& each) { return each.second.use_count() == 1; });
}

std::vector<BanditStates::Row> BanditStates::figures() const {
  const std::lock_guard lock(mutex_);
  std::vector<Row> rows;
  for (const auto& [name, model] : models_) rows.push_back({name, model->figures()});
  return rows;
}

}  // namespace p5
