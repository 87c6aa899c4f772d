#include "task/evidence_writer.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "decode/code_evidence.h"
#include "task/answer_evidence.h"
#include "task/known_items.h"

namespace p5 {

EvidenceWriter::EvidenceWriter(std::shared_ptr<const TrainingEvidence> evidence, std::shared_ptr<const ItemIndex> index,
                               std::shared_ptr<const Tokenizer> tokenizer, const RatingScale& scale,
                               std::shared_ptr<const TaughtItems> teacher)
    : evidence_(std::move(evidence)),
      index_(std::move(index)),
      teacher_(std::move(teacher)),
      trie_(*index_),
      sizes_(trie_, scale_of(evidence_->evidence()).gate) {
  for (const PromptTask task : {PromptTask::kStar, PromptTask::kLikeDislike, PromptTask::kYesNo}) {
    answers_.emplace(task, KnownAnswers(*tokenizer, answers_of(task, scale)));
  }
}

void EvidenceWriter::take_codes_at_once() { codes_.emplace(*index_); }

std::vector<KnownItem> EvidenceWriter::items_at(const TargetPlace& place, std::size_t length) const {
  const NeighborEvidence& source = evidence_->evidence();
  const auto history = evidence_->split().train_items(place.user).first(length);
  const std::vector<Neighbor> neighbors = place.candidates.empty()
                                              ? evidence_->of(place.user, length)
                                              : source.among(place.candidates, history, place.user);
  std::vector<KnownItem> known = known_items(neighbors, history, source.options().ages);
  if (teacher_ != nullptr && place.candidates.empty()) teacher_->teach(place.user, length, known);
  return known;
}

void EvidenceWriter::add(const TaskExample& example, TokenRow& row) const {
  if (example.place) return add_items(example, row);
  if (!example.answers.empty()) add_answers(example, row);
}

// Targets that are none of the answers, such as "4.3", are left alone from the first token on that differs. The model
// learns from the true answer alone: shares of answers are not distilled.
void EvidenceWriter::add_answers(const TaskExample& example, TokenRow& row) const {
  const KnownAnswers& answers = answers_.at(example.task);
  const TrieEvidence evidence = answers.evidence(example.answers);
  TokenEvidence& known = row.evidence;
  known.distill = static_cast<float>(evidence_->evidence().options().distill);
  known.offsets.assign(1, 0);
  ItemTrie::Node node = ItemTrie::kRoot;
  for (const TokenId token : row.target) {
    if (node != ItemTrie::kNone) {
      for (KnownToken answer : evidence.of(node)) {
        answer.share = 0.0f;
        known.tokens.push_back(answer);
      }
      node = answers.trie().child(node, token);
    }
    known.offsets.push_back(static_cast<std::uint32_t>(known.tokens.size()));
  }
}

void EvidenceWriter::add_items(const TaskExample& example, TokenRow& row) const {
  const TargetPlace& place = *example.place;
  TokenEvidence& known = row.evidence;
  known.distill =
      static_cast<float>(teacher_ != nullptr ? teacher_->weight() : evidence_->evidence().options().distill);
  known.offsets.assign(row.given + 1, 0);
  std::size_t items = 0;
  for (const Mention& mention : std::span(example.target).subspan(place.given)) {
    const auto path = index_->path(mention.id);
    const auto rest = std::span(row.target).subspan(known.offsets.size() - 1);
    const bool whole = path.size() <= rest.size() && std::equal(path.begin(), path.end(), rest.begin());
    if (mention.kind != Mention::Kind::kItem || !whole) break;
    const std::vector<KnownItem> about = items_at(place, place.first + items);
    const EvidenceScale scale = scale_of(evidence_->evidence());
    if (codes_) {
      const CodeEvidence evidence(*codes_, about, scale);
      for (std::size_t level = 0; level < path.size(); ++level) {
        const auto tokens = evidence.of(level);
        known.tokens.insert(known.tokens.end(), tokens.begin(), tokens.end());
        known.offsets.push_back(static_cast<std::uint32_t>(known.tokens.size()));
      }
      ++items;
      continue;
    }
    const TrieEvidence evidence(trie_, *index_, about, scale, TrieEvidence::Depths::kPath, &sizes_);
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
