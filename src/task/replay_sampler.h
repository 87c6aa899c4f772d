// A family's examples of which a share asks for events that no earlier training met, and the others replay all of them,
// so that what was learnt before is not forgotten (experience replay: Lin 1992; of streams Rolnick et al. 2019, arXiv
// 1811.11682). Thread-safe: all const.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "corpus/split.h"
#include "task/task_mixture.h"
#include "task/training_sampler.h"

namespace p5 {

// Which training events are new: those of each user after the ones that an earlier training had.
class NewEvents {
 public:
  // `before`: the split of the earlier training, whose users are found by their keys. REQUIRES that both are
  // sequential.
  NewEvents(const Split& now, const Split& before);

  bool has(UserId user) const { return now_[user] > before_[user]; }
  bool has(UserId user, std::size_t place) const { return place >= before_[user]; }
  std::size_t count() const;  // over all users
  std::size_t all() const;    // training events, the new ones among them

 private:
  std::vector<std::size_t> before_, now_;  // [users] training events
};

class ReplaySampler final : public TrainingSampler {
 public:
  // `new_share`, from 0 to 1: of the examples, those that ask for a new event, or are of a user who has some where an
  // index draws its event. Examples of nobody's data, and those of a family without a new event, stay as they are.
  ReplaySampler(std::shared_ptr<const TrainingSampler> all, const NewEvents& events, double new_share);

  const std::string& family() const override { return all_->family(); }
  std::size_t size() const override { return all_->size(); }
  std::size_t new_size() const { return new_.size(); }
  TaskExample sample(std::size_t index, Rng& rng) const override;

 private:
  std::shared_ptr<const TrainingSampler> all_;
  std::vector<std::size_t> new_;  // indices
  double new_share_;
};

// The same families, each by such a sampler.
std::vector<MixtureFamily> replayed(std::vector<MixtureFamily> families, const NewEvents& events, double new_share);

}  // namespace p5
