// Training examples by who gave them: for training that bounds what each unit adds to a step (docs/privacy.md). A unit
// is one example of the families, a user with all examples, or a group of users. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "task/prompt_tokenizer.h"
#include "task/task_mixture.h"
#include "text/token_batch.h"

namespace p5 {

class UnitExamples {
 public:
  // Units of one index of a family's sampler each; a family's samples and share decide how often its units are drawn.
  static constexpr std::int64_t kEachExample = 0;
  // `groups`: the users are dealt to so many units, in an order of the seed; kEachExample: as above. There are no more
  // units than users with examples. Throws InvalidArgument (request) naming a family whose examples are not made of one
  // user's data alone.
  // `only`: whose examples there are; families that are not made of users' data are then left out. Empty: everybody's.
  UnitExamples(std::vector<MixtureFamily> families, std::shared_ptr<const PromptTokenizer> tokenizer,
               std::int64_t groups, std::uint64_t seed, std::set<UserId> only = {});

  std::size_t size() const { return units_.size(); }
  // Examples that an epoch has of the unit, at least 1.
  std::int64_t examples(std::size_t unit) const;
  // How often the unit is to be drawn, in (0, 1], relative to the most frequent ones.
  double share(std::size_t unit) const;
  // `rows` examples of the unit, drawn with repetition, for its visit number `visit`. Depends on seed, unit and visit
  // alone.
  TokenBatch draw(std::size_t unit, std::uint64_t visit, std::int64_t rows) const;
  std::vector<std::string> family_names() const;
  // Changes with the seed, the families and their sizes.
  std::uint64_t fingerprint() const;

 private:
  struct Unit {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> places;  // family and index
    std::vector<double> ends;                                     // running sum of the places' weights
  };
  // Whose example it is; nothing where it is left out.
  std::optional<UserId> owner_of(const TrainingSampler& sampler, std::size_t index) const;
  void list_examples();
  void list_groups(std::size_t groups);
  double weight_of(std::size_t family) const;  // of an index in an epoch

  std::vector<MixtureFamily> families_;
  std::shared_ptr<const PromptTokenizer> tokenizer_;
  std::uint64_t seed_;
  std::set<UserId> only_;
  std::vector<Unit> units_;
  double most_ = 0;  // the largest weight of an index
  bool grouped_;
};

}  // namespace p5
