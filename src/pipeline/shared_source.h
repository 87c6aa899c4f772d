// One source, held by several processes that answer its questions together. Not thread-safe.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluate/evaluate_options.h"
#include "p5/stop_token.h"
#include "retrieval/candidate_source.h"
#include "train/process_group.h"

namespace p5 {

// Every process has the same source and asks the same questions. Each answers its part of them, and all get all
// answers. Scores of all items are not shared: what can give them is fast.
class SharedSource final : public CandidateSource {
 public:
  // Borrows source and group. `stop`: whoever is asked to stop, all throw Interrupted at their next question.
  SharedSource(const CandidateSource& source, ProcessGroup& group, StopToken stop);

  std::string name() const override { return source_.name(); }
  // Throws Model (model) where the answers of another process cannot be read.
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override;
  // As many that a process's part is a batch.
  std::size_t queries_at_once() const override;
  bool score_all(const CandidateQuery& query, std::span<float> scores) const override;
  bool score_all(std::span<const CandidateQuery> queries, std::span<float> scores) const override;

 private:
  const CandidateSource& source_;
  ProcessGroup& group_;
  StopToken stop_;
};

// evaluate(source, options) by all processes of the group together; by this one alone where there is none.
template <typename Evaluate>
auto evaluate_together(ProcessGroup* group, const CandidateSource& source, const EvaluateOptions& options,
                       const Evaluate& evaluate) {
  if (group == nullptr) return evaluate(source, options);
  EvaluateOptions together = options;
  together.stop = {};  // the shared source stops all
  return evaluate(SharedSource(source, *group, options.stop), together);
}

}  // namespace p5
