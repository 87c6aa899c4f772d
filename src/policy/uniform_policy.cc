#include "policy/uniform_policy.h"

namespace p5 {

UniformPolicy::UniformPolicy(std::span<const LoggedDecision> log) {
  std::set<std::string> items;
  for (const LoggedDecision& decision : log) {
    for (const ShownItem& shown : decision.shown) items.insert(shown.item);
  }
  items_.assign(items.begin(), items.end());
}

std::vector<PolicyView> UniformPolicy::look(std::span<const LoggedDecision> decisions) {
  std::vector<PolicyView> views;
  for (const LoggedDecision& decision : decisions) {
    const std::vector<std::string>& all = decision.eligible.empty() ? items_ : decision.eligible;
    PolicyView view;
    std::vector<ItemProbability> alike;
    for (const std::string& item : all) {
      alike.push_back({.item = item, .probability = 1 / static_cast<double>(all.size())});
    }
    for (std::size_t place = 0; place < decision.shown.size(); ++place) {
      const std::size_t above = decision.kind == PropensityKind::kGivenAbove ? place : 0;
      view.target.push_back(above < all.size() ? 1 / static_cast<double>(all.size() - above) : 0);
      view.own.push_back(alike);
    }
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace p5
