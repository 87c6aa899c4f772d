#include "recommend/evidence_counts.h"

#include <utility>

#include "retrieval/item_knn_source.h"
#include "retrieval/ridge_source.h"
#include "retrieval/user_knn_source.h"

namespace p5 {

std::shared_ptr<const NeighborEvidence> count_evidence(const SourceOptions& options, const DataSplits& data,
                                                       std::size_t threads) {
  const std::string& name = options.evidence.source;
  std::shared_ptr<CountingSource> counts;
  if (name == "item-knn") counts = std::make_shared<ItemKnnSource>(*data.ranking, options.knn, threads);
  if (name == "user-knn") counts = std::make_shared<UserKnnSource>(*data.ranking, options.user_knn);
  if (name == "ridge") {
    counts = std::make_shared<RidgeSource>("ridge", *data.ranking, options.ridge, LeaveOneOut::kYes, threads);
  }
  if (counts == nullptr) return nullptr;
  if (!counts->leaves_one_out()) counts->remember_users(data.ranking);
  return std::make_shared<const NeighborEvidence>(std::move(counts), options.evidence, repeats_happen(*data.ranking));
}

}  // namespace p5
