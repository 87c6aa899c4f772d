// Whether a run's model shows whom it was trained on: the losses of its own examples against those of events that it
// has not seen. Not thread-safe: it uses one model.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "corpus/corpus.h"
#include "model/sequence_model.h"
#include "privacy/membership_attack.h"
#include "recommend/loaded_run.h"

namespace p5 {

// -log p of each row's answer, [rows], per token that had a choice: each among the tokens that it competes with in
// training (TokenBatch::target_set), so that what is measured is what was learnt.
std::vector<double> answer_losses(SequenceModel& model, const TokenBatch& batch);

// Questions about what came next, whose answers a model may have been trained on.
class MembershipTest {
 public:
  static constexpr std::size_t kPerUser = 20;  // newest training items of a user
  static constexpr std::size_t kMost = 2000;   // questions of a side

  // `run`: of data that still has the users. Throws InvalidArgument (request) where the run was not trained on "what
  // next?", or where nobody else has held-out items.
  MembershipTest(const LoadedRun& run, const std::set<UserId>& users, std::uint64_t seed);

  // Of the users' training items, and of as many of other users: how well each is told from held-out items of others.
  struct Result {
    MembershipAttack forgotten, kept;
  };
  Result measure(SequenceModel& model) const;
  // Mean of -log p per token of the held-out answers.
  double held_out_loss(SequenceModel& model) const;

 private:
  struct Question {
    UserId user = 0;
    ItemId item = 0;
    std::size_t history = 0;  // items of the user's before it
  };
  void list_members(UserId user, std::vector<Question>& questions) const;
  std::vector<ExampleLoss> losses(SequenceModel& model, const std::vector<Question>& questions) const;

  const LoadedRun& run_;
  std::string prompt_;
  std::uint64_t seed_;
  std::vector<Question> forgotten_, kept_, held_out_;
};

}  // namespace p5
