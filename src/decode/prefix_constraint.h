// A constraint after given tokens: the answer must begin with them, then the inner constraint applies. Thread-safe: all
// const.
#pragma once

#include <span>

#include "decode/token_constraint.h"

namespace p5 {

class PrefixConstraint final : public TokenConstraint {
 public:
  // States of the inner constraint must be below `first_state`, from which on the prefix is counted. Both must outlive
  // this object.
  PrefixConstraint(std::span<const TokenId> prefix, const TokenConstraint& inner, State first_state)
      : prefix_(prefix), inner_(&inner), first_state_(first_state) {}

  State start() const override { return prefix_.empty() ? inner_->start() : first_state_; }
  std::span<const TokenId> allowed(State state) const override {
    return state < first_state_ ? inner_->allowed(state) : prefix_.subspan(state - first_state_, 1);
  }
  State next(State state, TokenId token) const override {
    if (state < first_state_) return inner_->next(state, token);
    if (token != prefix_[state - first_state_]) return kRefused;
    return state - first_state_ + 1 < prefix_.size() ? state + 1 : inner_->start();
  }
  std::span<const KnownToken> known(State state) const override {
    return state < first_state_ ? inner_->known(state) : std::span<const KnownToken>();
  }
  bool looks_ahead() const override { return inner_->looks_ahead(); }
  float ahead(State state, TokenId token) const override {
    return state < first_state_ ? inner_->ahead(state, token) : 0.0f;
  }
  bool describe(TrieLimits& limits) const override {
    if (!inner_->describe(limits) || !limits.given.empty()) return false;
    limits.given.assign(prefix_.begin(), prefix_.end());
    return true;
  }

 private:
  std::span<const TokenId> prefix_;
  const TokenConstraint* inner_;
  State first_state_;
};

}  // namespace p5
