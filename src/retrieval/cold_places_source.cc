#include "retrieval/cold_places_source.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/draw.h"
#include "base/interrupt.h"
#include "base/rng.h"
#include "corpus/split_facts.h"

namespace p5 {
namespace {

constexpr std::size_t kCalibrationUsers = 1000, kCalibrationBatch = 64;
constexpr std::uint64_t kCalibrationSeed = 2022;

std::vector<float> scores_of_list(const std::vector<Candidate>& list) {
  std::vector<float> scores;
  for (std::size_t i = 0; i < std::min(list.size(), ColdPlacesSource::kList); ++i) scores.push_back(list[i].score);
  return scores;
}

void leave_out_cold(const ColdItemsSource& cold, std::vector<Candidate>& list) {
  std::erase_if(list, [&](const Candidate& candidate) { return cold.is_cold(candidate.item); });
}

}  // namespace

std::vector<std::vector<Candidate>> ColdPlacesSource::retrieve(std::span<const CandidateQuery> queries,
                                                               std::size_t k) const {
  std::vector<std::vector<Candidate>> lists = source_->retrieve(queries, std::max(k, kList));
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (!queries[i].candidates.empty()) {
      lists[i].resize(std::min(k, lists[i].size()));
      continue;
    }
    double all = 0;
    const std::vector<Candidate> cold = cold_->best(queries[i], k, all);
    leave_out_cold(*cold_, lists[i]);
    const bool calibrated = calibration_.known() && !lists[i].empty();
    const ListScale scale = calibrated ? calibration_.scale_of(scores_of_list(lists[i])) : ListScale{};
    lists[i] = with_cold_items(std::move(lists[i]), cold, scale, weight_, k);
  }
  sign(lists);
  return lists;
}

ListCalibration calibrate_source(const CandidateSource& source, const ColdItemsSource& cold, const Split& split,
                                 const StopToken& stop) {
  std::vector<UserId> users;
  if (split.is_sequential()) users = users_with_target(split, Part::kValid);
  keep_sample(users, kCalibrationUsers, Rng(kCalibrationSeed, "users that calibrate lists"));
  std::vector<std::vector<float>> lists;
  std::vector<std::uint32_t> answers;
  for (std::size_t begin = 0; begin < users.size(); begin += kCalibrationBatch) {
    stop_if_requested(stop, "interrupted while the lists of a source were calibrated");
    const auto some = std::span(users).subspan(begin, std::min(kCalibrationBatch, users.size() - begin));
    std::vector<CandidateQuery> queries;
    for (const UserId user : some) queries.push_back({.user = user, .history = split.history_for(user, Part::kValid)});
    std::vector<std::vector<Candidate>> found = source.retrieve(queries, ColdPlacesSource::kList);
    for (std::size_t i = 0; i < some.size(); ++i) {
      leave_out_cold(cold, found[i]);
      const ItemId target = split.corpus().items()[*split.target_of(some[i], Part::kValid)];
      const auto at = std::ranges::find(found[i], target, &Candidate::item);
      if (at == found[i].end()) continue;
      lists.push_back(scores_of_list(found[i]));
      answers.push_back(static_cast<std::uint32_t>(at - found[i].begin()));
    }
  }
  return calibrate_lists(lists, answers, users.size());
}

}  // namespace p5
