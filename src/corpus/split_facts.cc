#include "corpus/split_facts.h"

namespace p5 {

std::vector<UserId> users_with_target(const Split& split, Part part) {
  std::vector<UserId> users;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    if (split.target_of(user, part)) users.push_back(user);
  }
  return users;
}

std::vector<std::uint32_t> train_counts(const Split& split) {
  const auto items = split.corpus().items();
  std::vector<std::uint32_t> counts(split.corpus().item_count());
  for (const std::size_t i : split.positions(Part::kTrain)) ++counts[items[i]];
  return counts;
}

}  // namespace p5
