// With which probability an answer would show what another one has shown.
#include "recommend/recommender_impl.h"

namespace p5 {

// As rerank() orders: an added item has its place for certain, and the others are drawn for the places that are left.
std::vector<double> Recommender::Impl::propensities(const Wanted& wanted, std::span<const Found> list,
                                                    std::span<const std::optional<ItemId>> items) {
  const Reranker* reranker = sources->reranker(wanted.rerank);
  std::vector<double> all(items.size(), 0.0);
  std::vector<Candidate> pool;
  std::vector<ItemId> drawn;
  std::vector<std::size_t> places;
  for (const Found& found : list) {
    if (reranker != nullptr && view->is_counted(found.candidate.item)) pool.push_back(found.candidate);
  }
  for (std::size_t place = 0; place < items.size(); ++place) {
    const bool given = place < list.size() && (reranker == nullptr || !view->is_counted(list[place].candidate.item));
    if (given) {
      all[place] = items[place] == list[place].candidate.item ? 1 : 0;
    } else if (items[place] && place < list.size()) {
      drawn.push_back(*items[place]);
      places.push_back(place);
    }
  }
  if (reranker == nullptr) return all;
  const std::vector<double> of_drawn = reranker->propensities(wanted.query, pool, drawn);
  for (std::size_t i = 0; i < places.size(); ++i) all[places[i]] = of_drawn[i];
  return all;
}

std::vector<std::vector<double>> Recommender::propensities(std::span<const RecommendRequest> requests,
                                                           std::span<const std::vector<std::string>> lists) {
  impl_->look();
  std::vector<Impl::Wanted> wanted;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    wanted.push_back(impl_->resolve(requests[i], *impl_->view));
  }
  const auto found = impl_->retrieve(wanted);
  std::vector<std::vector<double>> all;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    std::vector<std::optional<ItemId>> items;
    for (const std::string& key : lists[i]) items.push_back(impl_->corpus().catalog().find(key));
    all.push_back(impl_->propensities(wanted[i], found[i], items));
  }
  return all;
}

}  // namespace p5
