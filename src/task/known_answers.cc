#include "task/known_answers.h"

namespace p5 {
namespace {

constexpr double kFloor = 1e-4;  // as EvidenceOptions::floor

ItemIndex answer_paths(const Tokenizer& tokenizer, const std::vector<std::string>& answers) {
  std::vector<std::vector<TokenId>> paths;
  for (const std::string& answer : answers) tokenizer.encode(answer, paths.emplace_back());
  return ItemIndex("answers", std::move(paths), answers);
}

}  // namespace

KnownAnswers::KnownAnswers(const Tokenizer& tokenizer, const std::vector<std::string>& answers)
    : index_(answer_paths(tokenizer, answers)), trie_(index_) {}

TrieEvidence KnownAnswers::evidence(std::span<const float> shares) const {
  std::vector<KnownItem> known;
  for (std::size_t answer = 0; answer < shares.size(); ++answer) {
    known.push_back({.item = static_cast<ItemId>(answer), .share = shares[answer]});
  }
  return {trie_, index_, known, {.floor = kFloor}, TrieEvidence::Depths::kAnswer};
}

}  // namespace p5
