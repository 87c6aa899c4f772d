#include "pipeline/update_questions.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/draw.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "base/rng.h"
#include "evaluate/ranking_metrics.h"

namespace p5 {
namespace {

constexpr std::int64_t kListLength = 10;
constexpr std::size_t kPerCall = 128;

std::size_t rank_of(const std::string& target, const std::vector<Recommendation>& list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].item == target) return i + 1;
  }
  return kMiss;
}

std::vector<std::size_t> ranks_of(Recommender& recommender, std::span<const RecommendRequest> requests,
                                  std::span<const std::string> targets, const std::string& label,
                                  const StopToken& stop) {
  std::vector<std::size_t> ranks;
  Progress progress(label, requests.size(), "questions");
  for (std::size_t begin = 0; begin < requests.size(); begin += kPerCall) {
    stop_if_requested(stop, "stopped while runs were asked");
    const std::size_t count = std::min(kPerCall, requests.size() - begin);
    const auto lists = recommender.recommend(requests.subspan(begin, count));
    for (std::size_t i = 0; i < count; ++i) ranks.push_back(rank_of(targets[begin + i], lists[i]));
    progress.advance(count);
  }
  return ranks;
}

RecommendRequest short_list() { return {.k = kListLength, .because = false}; }

// Which events can be asked for, and the items that each user had since the corpus.
class EventWalk {
 public:
  EventWalk(const Corpus& corpus, std::span<const FeedbackEvent> events) : corpus_(corpus), events_(events) {
    for (std::size_t i = 0; i < events.size(); ++i) {
      std::vector<std::size_t>& own = by_user_[events[i].user];
      (had_before(events[i], own) ? repeats_ : questions_).push_back(i);
      own.push_back(i);
    }
  }

  const std::vector<std::size_t>& questions() const { return questions_; }
  std::size_t repeats() const { return repeats_.size(); }
  // The user's items of new events before this one.
  std::vector<std::string> since(std::size_t event) const {
    std::vector<std::string> items;
    for (const std::size_t i : by_user_.at(events_[event].user)) {
      if (i >= event) break;
      items.push_back(events_[i].item);
    }
    return items;
  }

 private:
  bool had_before(const FeedbackEvent& event, const std::vector<std::size_t>& own) const {
    if (std::ranges::any_of(own, [&](std::size_t i) { return events_[i].item == event.item; })) return true;
    const auto user = corpus_.find_user(event.user);
    const auto item = corpus_.catalog().find(event.item);
    return user && item && std::ranges::count(corpus_.items_of(*user), *item) > 0;
  }

  const Corpus& corpus_;
  std::span<const FeedbackEvent> events_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_user_;
  std::vector<std::size_t> questions_, repeats_;
};

std::vector<std::string> keys_of(std::span<const ItemId> items, const Corpus& corpus) {
  std::vector<std::string> keys;
  for (const ItemId item : items) keys.emplace_back(corpus.catalog().key(item));
  return keys;
}

}  // namespace

Prequential ask_before_learning(Recommender& recommender, const Corpus& corpus, std::span<const FeedbackEvent> events,
                                const UpdateOptions& options, const StopToken& stop) {
  const EventWalk walk(corpus, events);
  Prequential result{.questions = walk.questions().size(), .repeats = walk.repeats()};
  std::vector<RecommendRequest> requests;
  std::vector<std::string> targets;
  std::vector<std::size_t> asked = walk.questions();
  keep_sample(asked, static_cast<std::size_t>(options.prequential),
              Rng(static_cast<std::uint64_t>(options.seed), "prequential"));
  for (const std::size_t event : asked) {
    RecommendRequest& request = requests.emplace_back(short_list());
    std::vector<std::string> since = walk.since(event);
    std::erase_if(since, [&](const std::string& item) { return !recommender.has_item(item); });
    if (recommender.has_user(events[event].user) || since.empty()) {
      request.user = events[event].user;
      request.later = std::move(since);
    } else {
      request.history = std::move(since);
    }
    targets.push_back(events[event].item);
  }
  std::vector<double> hits, gains;
  for (const std::size_t rank : ranks_of(recommender, requests, targets, "asking before learning", stop)) {
    hits.push_back(hit_rate_at_k(rank, kListLength));
    gains.push_back(ndcg_at_k(rank, kListLength));
  }
  result.asked = hits.size();
  result.hit_rate = mean_estimate(hits);
  result.ndcg = mean_estimate(gains);
  return result;
}

std::vector<HeldOutQuestions> held_out_questions(const Split& split, const Corpus& before,
                                                 std::span<const FeedbackEvent> events, const UpdateOptions& options) {
  const Corpus& corpus = split.corpus();
  std::unordered_set<std::string_view> fresh;
  for (const FeedbackEvent& event : events) fresh.insert(event.user);
  std::array<std::vector<UserId>, 3> users;
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    const auto target = split.target_of(user, Part::kTest);
    if (!target || std::ranges::count(split.history_for(user, Part::kTest), corpus.items()[*target]) > 0) continue;
    const std::string_view key = corpus.user_key(user);
    users[!before.find_user(key) ? 1 : fresh.contains(key) ? 0 : 2].push_back(user);
  }
  constexpr std::array<const char*, 3> kNames = {"users with new events", "new users", "users without new events"};
  std::vector<HeldOutQuestions> groups;
  for (std::size_t i = 0; i < users.size(); ++i) {
    if (users[i].empty()) continue;
    HeldOutQuestions& group = groups.emplace_back(HeldOutQuestions{.name = kNames[i], .users = users[i].size()});
    keep_sample(users[i], static_cast<std::size_t>(options.questions),
                Rng(static_cast<std::uint64_t>(options.seed), kNames[i]));
    for (const UserId user : users[i]) {
      group.requests.push_back(short_list());
      group.requests.back().history = keys_of(split.history_for(user, Part::kTest), corpus);
      group.targets.emplace_back(corpus.catalog().key(corpus.items()[*split.target_of(user, Part::kTest)]));
    }
  }
  return groups;
}

std::vector<double> ndcg_of(Recommender& recommender, const HeldOutQuestions& questions, const StopToken& stop) {
  std::vector<double> gains;
  for (const std::size_t rank :
       ranks_of(recommender, questions.requests, questions.targets, "asking for " + questions.name, stop)) {
    gains.push_back(ndcg_at_k(rank, kListLength));
  }
  return gains;
}

}  // namespace p5
