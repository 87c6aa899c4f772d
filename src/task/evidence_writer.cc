#include "task/evidence_writer.h"

#include <utility>
#include <vector>

#include "task/known_items.h"

namespace p5 {

EvidenceWriter::EvidenceWriter(std::shared_ptr<const TrainingEvidence> evidence, std::shared_ptr<const ItemIndex> index)
    : evidence_(std::move(evidence)), index_(std::move(index)), trie_(*index_) {}

TrieEvidence EvidenceWriter::evidence_at(const TargetPlace& place, std::size_t length) const {
  const NeighborEvidence& source = evidence_->evidence();
  const auto history = evidence_->split().train_items(place.user).first(length);
  const std::vector<Neighbor> neighbors = place.candidates.empty()
                                              ? evidence_->of(place.user, length)
                                              : source.among(place.candidates, history, place.user);
  return {trie_, *index_, known_items(neighbors, history, source.options().ages), source.options().floor};
}

void EvidenceWriter::add(const TaskExample& example, TokenRow& row) const {
  if (!example.place) return;
  const TargetPlace& place = *example.place;
  TokenEvidence& known = row.evidence;
  known.distill = static_cast<float>(evidence_->evidence().options().distill);
  known.offsets.assign(1, 0);
  std::size_t items = 0;
  for (const Mention& mention : example.target) {
    const auto path = index_->path(mention.id);
    if (mention.kind != Mention::Kind::kItem || known.offsets.size() - 1 + path.size() >= row.target.size()) break;
    const bool given = items < place.given;
    const TrieEvidence evidence =
        given ? TrieEvidence(trie_, *index_, {}, 1.0) : evidence_at(place, place.first + items - place.given);
    ItemTrie::Node node = ItemTrie::kRoot;
    for (const TokenId token : path) {
      const auto tokens = evidence.of(node);
      known.tokens.insert(known.tokens.end(), tokens.begin(), tokens.end());
      known.offsets.push_back(static_cast<std::uint32_t>(known.tokens.size()));
      node = trie_.child(node, token);
    }
    ++items;
  }
  known.offsets.resize(row.target.size() + 1, static_cast<std::uint32_t>(known.tokens.size()));
}

}  // namespace p5
