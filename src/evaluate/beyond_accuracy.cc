#include "evaluate/beyond_accuracy.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/rng.h"
#include "evaluate/estimate.h"
#include "evaluate/item_exposure.h"
#include "evaluate/list_metrics.h"
#include "evaluate/user_groups.h"

namespace p5 {
namespace {

constexpr std::size_t kResamples = 200;
constexpr std::uint64_t kSeed = 2022;

using Questions = std::span<const AnsweredQuestion>;
using Value = std::function<double(const AnsweredQuestion& question)>;

std::vector<double> values_of(Questions questions, const Value& value) {
  std::vector<double> values;
  for (const AnsweredQuestion& question : questions) values.push_back(value(question));
  return values;
}

Finding mean_finding(std::string name, Questions questions, const Value& value) {
  const Estimate mean = mean_estimate(values_of(questions, value));
  return {.path = {std::move(name)}, .value = mean.value, .margin = mean.margin, .n = questions.size()};
}

// How often each item is in the lists of the questions that `which` names.
template <typename Which>
std::vector<std::uint32_t> times_recommended(Questions questions, std::size_t item_count, const Which& which) {
  std::vector<std::uint32_t> times(item_count);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    for (const ItemId item : questions[which(i)].list) ++times[item];
  }
  return times;
}

}  // namespace

BeyondAccuracy::BeyondAccuracy(const Split& split)
    : split_(&split), facts_(split), similarity_(split), categories_(split.corpus().catalog()) {}

std::vector<Finding> BeyondAccuracy::measure(Questions questions) const {
  std::vector<Finding> findings;
  if (questions.empty()) return findings;
  add_catalogue(questions, findings);
  add_lists(questions, findings);
  add_popularity(questions, findings);
  add_calibration(questions, findings);
  add_item_exposure(questions, facts_, categories_.categories(), findings);
  add_user_groups(questions, *split_, facts_, findings);
  return findings;
}

// Figures of all lists together: their intervals come from lists of users drawn with replacement.
void BeyondAccuracy::add_catalogue(Questions questions, std::vector<Finding>& findings) const {
  const std::size_t items = facts_.item_count();
  const auto times = times_recommended(questions, items, [](std::size_t i) { return i; });
  Rng rng(kSeed, "bootstrap of lists");
  std::vector<double> coverages, ginis;
  for (std::size_t i = 0; questions.size() > 1 && i < kResamples; ++i) {
    const auto drawn = times_recommended(questions, items, [&](std::size_t) { return rng.below(questions.size()); });
    coverages.push_back(coverage(drawn));
    ginis.push_back(gini(drawn));
  }
  const auto add = [&](const char* name, double value, std::span<const double> resampled) {
    findings.push_back({.path = {name}, .value = value, .margin = bootstrap_margin(resampled), .n = questions.size()});
  };
  add("coverage@10", coverage(times), coverages);
  add("gini@10", gini(times), ginis);
}

void BeyondAccuracy::add_lists(Questions questions, std::vector<Finding>& findings) const {
  findings.push_back(
      mean_finding("novelty@10", questions, [&](const auto& each) { return novelty(each.list, facts_); }));
  findings.push_back(mean_finding("diversity@10", questions,
                                  [&](const auto& each) { return intra_list_diversity(each.list, similarity_); }));
  findings.push_back(mean_finding("serendipity@10", questions,
                                  [&](const auto& each) { return serendipity(each.list, each.target, facts_); }));
}

// Lists against the histories of the same users (Abdollahpouri et al. 2019): 0 where they are as popular.
void BeyondAccuracy::add_popularity(Questions questions, std::vector<Finding>& findings) const {
  const auto of_list = [&](const AnsweredQuestion& each) { return mean_popularity(each.list, facts_); };
  findings.push_back(mean_finding("popularity@10", questions, of_list));
  std::vector<AnsweredQuestion> known;
  std::copy_if(questions.begin(), questions.end(), std::back_inserter(known),
               [](const AnsweredQuestion& each) { return !each.history.empty(); });
  const auto of_profile = [&](const AnsweredQuestion& each) { return mean_popularity(each.history, facts_); };
  const auto lists = values_of(known, of_list), profiles = values_of(known, of_profile);
  if (std::none_of(profiles.begin(), profiles.end(), [](double value) { return value > 0; })) return;
  findings.push_back(mean_finding("profile_popularity", known, of_profile));
  const Estimate ratio = ratio_estimate(lists, profiles);
  findings.push_back(
      {.path = {"popularity_lift@10"}, .value = ratio.value - 1, .margin = ratio.margin, .n = known.size()});
}

// Of the users whose history has a category.
void BeyondAccuracy::add_calibration(Questions questions, std::vector<Finding>& findings) const {
  if (categories_.categories().feature_count() == 0) return;
  std::vector<double> values;
  for (const AnsweredQuestion& question : questions) {
    const std::vector<double> own = categories_.of(question.history);
    if (std::any_of(own.begin(), own.end(), [](double share) { return share > 0; })) {
      values.push_back(miscalibration(own, categories_.of(question.list)));
    }
  }
  if (values.empty()) return;
  const Estimate mean = mean_estimate(values);
  findings.push_back({.path = {"miscalibration@10"}, .value = mean.value, .margin = mean.margin, .n = values.size()});
}

}  // namespace p5
