// The models of rewards of policies that learn while they are served, each in a file of one folder: "shop.bandit", and
// one per encoder. Thread-safe.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "policy/bandit_features.h"
#include "policy/bandit_model.h"
#include "policy/bandit_reranker.h"

namespace p5 {

class BanditStates {
 public:
  // kLearn makes the folder and models that are missing. kAsk reads: what is missing is NotFound.
  BanditStates(std::filesystem::path folder, BanditReranker::Use use);

  BanditReranker::Use use() const { return use_; }
  // Throws NotFound, and as FittedState::load().
  std::shared_ptr<BanditModel> model(const BanditFeatures& features);
  // Feedback about an item of a list; whichever model made it learns.
  void rewarded(std::string_view request_id, std::string_view item, double reward);
  // Saves those that learnt something, and forgets those that nobody asks any more. Throws Unavailable (system).
  void save();

  struct Row {
    std::string file;
    BanditModel::Figures figures;
  };
  std::vector<Row> figures() const;

 private:
  struct Reward {
    std::string request_id, item;
    double reward = 0;
  };
  static constexpr std::size_t kMostUnclaimed = 20'000;
  std::vector<std::shared_ptr<BanditModel>> all() const;

  std::filesystem::path folder_;
  BanditReranker::Use use_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<BanditModel>> models_;  // by file name
  std::deque<Reward> unclaimed_;  // the newest that no model took: one that is read later may wait for them
};

}  // namespace p5
