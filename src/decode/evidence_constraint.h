// A constraint over an item trie together with what is known of the items. Thread-safe: all const.
#pragma once

#include <span>

#include "decode/token_constraint.h"
#include "decode/trie_evidence.h"

namespace p5 {

class EvidenceConstraint final : public TokenConstraint {
 public:
  // States of `inner` must be nodes of the evidence's trie. Both must outlive this object.
  EvidenceConstraint(const TokenConstraint& inner, const TrieEvidence& evidence)
      : inner_(&inner), evidence_(&evidence) {}

  State start() const override { return inner_->start(); }
  std::span<const TokenId> allowed(State state) const override { return inner_->allowed(state); }
  State next(State state, TokenId token) const override { return inner_->next(state, token); }
  std::span<const KnownToken> known(State state) const override { return evidence_->of(state); }
  bool looks_ahead() const override { return evidence_->looks_ahead(); }
  float ahead(State state, TokenId token) const override { return evidence_->ahead(state, token); }
  bool describe(TrieLimits& limits) const override {
    if (!inner_->describe(limits)) return false;
    limits.looks_ahead = looks_ahead();
    for (const ItemTrie::Node node : evidence_->nodes()) {
      for (const KnownToken& known : evidence_->of(node)) {
        const ItemTrie::Node entered = limits.trie->child(node, known.token);
        if (entered == ItemTrie::kNone) continue;
        limits.known.emplace_back(entered, known);
        limits.ahead.push_back(ahead(node, known.token));
      }
    }
    return true;
  }

 private:
  const TokenConstraint* inner_;
  const TrieEvidence* evidence_;
};

}  // namespace p5
