// Whether one can tell, by the losses of a model alone, which examples it was trained on: the attack of Yeom et al.
// 2018, "Privacy risk in machine learning", over all thresholds. Thread-safe: a free function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace p5 {

// The loss of one example, and whose it is.
struct ExampleLoss {
  std::uint32_t owner = 0;
  double loss = 0;
};

struct MembershipAttack {
  double auc = 0.5;  // the chance that an example of training has a smaller loss than another; ties count half
  double low = 0,
         high = 1;  // 95% of bootstrap samples, over owners on a side that has five or more, else over examples
  std::size_t members = 0, others = 0;
  double member_loss = 0, other_loss = 0;  // means
};

// REQUIRES examples on both sides.
MembershipAttack attack_membership(const std::vector<ExampleLoss>& members, const std::vector<ExampleLoss>& others,
                                   std::uint64_t seed);

}  // namespace p5
