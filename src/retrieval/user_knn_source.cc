#include "retrieval/user_knn_source.h"

#include <algorithm>
#include <cmath>

namespace p5 {

void UserKnnOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  table.add("user_knn.neighbors", &neighbors, {.help = "user-kNN: users most alike that vote", .minimum = 1});
  table.add("user_knn.shrinkage", &shrinkage,
            {.help = "user-kNN: added to the number of users of an item", .minimum = 1e-6});
  weights.bind(table, "user_knn", "user-kNN");
}

// Of all users but `absent`; kUnknownUser leaves nobody out.
struct UserKnnSource::Counts {
  const UserItemSets& sets;
  UserId absent;
  double users;

  double of(ItemId item) const {
    const double count = static_cast<double>(sets.users_of(item).size());
    return absent != kUnknownUser && sets.has(absent, item) ? count - 1 : count;
  }
  double idf(ItemId item) const { return std::log(users / (of(item) + 1)); }
};

UserKnnSource::UserKnnSource(const Split& split, const UserKnnOptions& options)
    : CountingSource(split.corpus().item_count()), options_(options), sets_(split, "user-kNN") {
  for (UserId user = 0; user < sets_.user_count(); ++user) users_ += sets_.items_of(user).empty() ? 0 : 1;
  const Counts counts{sets_, kUnknownUser, users_};
  std::vector<double> idf(item_count());
  for (ItemId item = 0; item < item_count(); ++item) idf[item] = counts.idf(item);
  idf_sums_.resize(sets_.user_count());
  squares_.resize(sets_.user_count());
  for (UserId user = 0; user < sets_.user_count(); ++user) {
    for (const ItemId item : sets_.items_of(user)) {
      idf_sums_[user] += idf[item];
      squares_[user] += idf[item] * idf[item];
    }
  }
}

// One user less shifts the idf of every item by the same, and that of the user's items by more.
std::vector<double> UserKnnSource::norms_without(const Counts& counts) const {
  std::vector<double> norms = squares_;
  if (counts.absent == kUnknownUser) return norms;
  const double shift = std::log(counts.users / users_);
  for (UserId user = 0; user < norms.size(); ++user) {
    norms[user] += shift * (2 * idf_sums_[user] + shift * static_cast<double>(sets_.items_of(user).size()));
  }
  const Counts all{sets_, kUnknownUser, users_};
  for (const ItemId item : sets_.items_of(counts.absent)) {
    const double shifted = all.idf(item) + shift, now = counts.idf(item);
    for (const UserId user : sets_.users_of(item)) norms[user] += now * now - shifted * shifted;
  }
  return norms;
}

std::vector<UserKnnSource::Vote> UserKnnSource::nearest(const Counts& counts, UserId left_out,
                                                        std::span<const ItemId> history) const {
  std::vector<float> likeness(sets_.user_count());
  std::vector<UserId> touched;
  options_.weights.for_each(history, item_count(), [&](ItemId item, float weight) {
    const double idf = counts.idf(item);
    const auto share = static_cast<float>(weight * idf * idf);
    if (share == 0.0f) return;
    for (const UserId user : sets_.users_of(item)) {
      if (likeness[user] == 0.0f) touched.push_back(user);
      likeness[user] += share;
    }
  });
  const std::vector<double> norms = norms_without(counts);
  std::vector<Vote> votes;
  votes.reserve(touched.size());
  for (const UserId user : touched) {
    if (user == left_out) continue;
    const double norm = std::sqrt(std::max(norms[user], 0.0)) + 1e-9;
    votes.push_back({user, static_cast<float>(likeness[user] / norm)});
  }
  const auto most = std::min(votes.size(), static_cast<std::size_t>(options_.neighbors));
  std::nth_element(votes.begin(), votes.begin() + static_cast<std::ptrdiff_t>(most), votes.end(),
                   [](const Vote& a, const Vote& b) {
                     return a.likeness > b.likeness || (a.likeness == b.likeness && a.user < b.user);
                   });
  votes.resize(most);
  std::sort(votes.begin(), votes.end(), [](const Vote& a, const Vote& b) { return a.user < b.user; });
  return votes;
}

void UserKnnSource::vote(const Counts& counts, UserId left_out, std::span<const ItemId> history,
                         std::span<float> scores) const {
  std::fill(scores.begin(), scores.end(), 0.0f);
  for (const Vote& vote : nearest(counts, left_out, history)) {
    const float weight = vote.likeness * vote.likeness;
    for (const ItemId item : sets_.items_of(vote.user)) scores[item] += weight;
  }
  for (ItemId item = 0; item < scores.size(); ++item) {
    if (scores[item] != 0.0f) scores[item] /= static_cast<float>(std::sqrt(counts.of(item) + options_.shrinkage));
  }
}

void UserKnnSource::score(const CandidateQuery& query, std::span<float> scores) const {
  vote({sets_, kUnknownUser, users_}, query.user, query.history, scores);
}

void UserKnnSource::score_without(UserId own, std::span<const ItemId> history, std::span<float> scores) const {
  const bool counted = own < sets_.user_count() && !sets_.items_of(own).empty();
  vote({sets_, counted ? own : kUnknownUser, counted ? users_ - 1 : users_}, own, history, scores);
}

}  // namespace p5
