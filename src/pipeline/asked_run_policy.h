// Trained runs that answer the users of a simulated world: as they are, kept fresh by what is clicked, or exploring and
// logged. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "p5/recommender.h"
#include "pipeline/played_policy.h"
#include "pipeline/run_policy.h"
#include "pipeline/update_stage.h"

namespace p5 {

// A trained run that knows what was clicked since, and learns nothing else.
class AskedRunPolicy : public PlayedPolicy {
 public:
  // Borrows both. Of `each`, source, order and settings count. Throws a usage error for a run that knows no item of the
  // world.
  AskedRunPolicy(const InteractiveWorld& world, Recommender& recommender, RecommendRequest each = {});
  std::vector<std::uint32_t> list(std::uint32_t user, std::size_t k) override;
  void learn(std::uint32_t user, std::span<const std::uint32_t> list, const std::vector<bool>& clicks) override;

 protected:
  RecommendRequest request_of(std::uint32_t user, std::size_t k) const;
  std::vector<std::uint32_t> numbers_of(const std::vector<Recommendation>& list) const;
  std::uint32_t number_of(const std::string& item) const { return numbers_.at(item); }
  const InteractiveWorld& world() const { return *world_; }
  Recommender& recommender() { return *recommender_; }
  // From now on another run, whose corpus has the clicks so far.
  void ask(Recommender& recommender);

 private:
  const InteractiveWorld* world_;
  Recommender* recommender_;
  RecommendRequest each_;
  std::unordered_map<std::string, std::uint32_t> numbers_;                    // of the items that the run knows
  std::unordered_map<std::uint32_t, std::vector<std::string>> clicked_ = {};  // since its corpus
};

// Clicks of a played world as feedback: lines of a file, whose times go on after the corpus of a run.
class PlayedFeedback {
 public:
  PlayedFeedback(const InteractiveWorld& world, const Recommender& recommender, const std::filesystem::path& file);
  // Of the list that was shown as number `visit`, from 0. `request`: the id of its answer; empty: none.
  void add(std::uint64_t visit, std::uint32_t user, std::span<const std::uint32_t> list,
           const std::vector<bool>& clicks, const std::string& request = {});
  std::int64_t time_of(std::uint64_t visit) const;  // of its answer; clicks come after it

 private:
  const InteractiveWorld* world_;
  std::int64_t begin_ms_ = 0;
  std::ofstream lines_;
};

// A run that is kept fresh (update_run()): a round is tried on the clicks so far each time Options::visits lists were
// shown.
class UpdatedRunPolicy final : public AskedRunPolicy {
 public:
  struct Options {
    std::filesystem::path folder = {};  // of the generations (folder/live) and of the clicks
    std::string run = {};               // that they begin with
    std::int64_t visits = 300;          // lists between two rounds
    Settings settings = {};             // of the trainings
    UpdateOptions update = {};
    RecommenderOptions recommender = {};
    StopToken stop = {};
  };
  // `first` opens options.run. Throws a usage error where the folder is there.
  UpdatedRunPolicy(const InteractiveWorld& world, Recommender& first, Options options);
  void learn(std::uint32_t user, std::span<const std::uint32_t> list, const std::vector<bool>& clicks) override;

 private:
  void update();

  Options options_;
  std::filesystem::path clicks_;
  PlayedFeedback feedback_;
  std::optional<Recommender> current_;
  std::filesystem::path current_run_;
  std::uint64_t visits_ = 0;
};

// A run that draws its lists with propensities, and logs them as p5 serve does. Beside each list stands what other runs
// would have earned there on average, with the user as the log has them: the truth of off-policy estimates.
class LoggedRunPolicy final : public AskedRunPolicy {
 public:
  // `folder` gets answers.jsonl and feedback.jsonl. `others` draw nothing.
  LoggedRunPolicy(const InteractiveWorld& world, Recommender& recommender, RecommendRequest each,
                  const std::filesystem::path& folder, std::vector<RunPolicy> others);
  std::vector<std::uint32_t> list(std::uint32_t user, std::size_t k) override;
  void learn(std::uint32_t user, std::span<const std::uint32_t> list, const std::vector<bool>& clicks) override;
  // Expected clicks of each list of each of the others, in their order.
  const std::vector<std::vector<double>>& worth() const { return worth_; }

 private:
  std::string id() const;

  PlayedFeedback feedback_;
  std::ofstream answers_;
  std::vector<RunPolicy> others_;
  std::vector<std::vector<double>> worth_;
  std::uint64_t visits_ = 0;
};

}  // namespace p5
