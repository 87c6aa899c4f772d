#include "privacy/membership_attack.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"

namespace p5 {
namespace {

std::vector<ExampleLoss> losses(std::size_t count, double mean, std::uint32_t owners, std::uint64_t seed) {
  Rng rng(seed, "losses");
  std::vector<ExampleLoss> examples;
  for (std::size_t i = 0; i < count; ++i) {
    examples.push_back({static_cast<std::uint32_t>(i % owners), mean + rng.normal()});
  }
  return examples;
}

TEST(MembershipAttack, CountsPairsAndTies) {
  const MembershipAttack attack = attack_membership({{0, 1}, {0, 2}}, {{1, 2}, {1, 3}}, 1);
  EXPECT_DOUBLE_EQ(attack.auc, 3.5 / 4);
  EXPECT_DOUBLE_EQ(attack.member_loss, 1.5);
  EXPECT_DOUBLE_EQ(attack.other_loss, 2.5);
}

// Two Gaussians one deviation apart: Phi(1 / sqrt 2).
TEST(MembershipAttack, IsThatOfGaussianLosses) {
  const MembershipAttack attack = attack_membership(losses(4000, 0, 100, 1), losses(4000, 1, 100, 2), 3);
  EXPECT_NEAR(attack.auc, 0.5 * std::erfc(-0.5), 0.015);
  EXPECT_LT(attack.low, attack.auc);
  EXPECT_GT(attack.high, attack.auc);
  EXPECT_LT(attack.high - attack.low, 0.05);
}

TEST(MembershipAttack, EqualLossesTellNothing) {
  const MembershipAttack attack = attack_membership(losses(2000, 0, 100, 1), losses(2000, 0, 100, 2), 3);
  EXPECT_LT(attack.low, 0.5);
  EXPECT_GT(attack.high, 0.5);
}

// Examples of one owner go together: their interval is wider than that of so many single examples.
TEST(MembershipAttack, IntervalsAreOverOwners) {
  std::vector<ExampleLoss> members, others = losses(1000, 0, 1000, 9);
  Rng rng(4, "owners");
  for (std::uint32_t owner = 0; owner < 20; ++owner) {
    const double mean = rng.normal();
    for (int i = 0; i < 50; ++i) members.push_back({owner, mean + 0.1 * rng.normal()});
  }
  const MembershipAttack together = attack_membership(members, others, 3);
  for (std::uint32_t i = 0; i < members.size(); ++i) members[i].owner = i;
  const MembershipAttack apart = attack_membership(members, others, 3);
  EXPECT_GT(together.high - together.low, 2 * (apart.high - apart.low));
}

}  // namespace
}  // namespace p5
