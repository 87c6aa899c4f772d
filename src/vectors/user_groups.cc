#include "vectors/user_groups.h"

#include <fmt/format.h>

#include "base/rng.h"
#include "clustering/k_means.h"
#include "p5/error.h"

namespace p5 {

std::uint32_t hashed_group(std::string_view key, std::size_t count) {
  return static_cast<std::uint32_t>(stable_hash(key) % count);
}

std::vector<std::uint32_t> hash_users(const Corpus& corpus, std::size_t count) {
  std::vector<std::uint32_t> groups;
  for (UserId user = 0; user < corpus.user_count(); ++user)
    groups.push_back(hashed_group(corpus.user_key(user), count));
  return groups;
}

std::vector<std::uint32_t> cluster_users(const Split& split, const ItemVectorSet& items, std::size_t count,
                                         std::uint64_t seed, std::size_t threads) {
  const std::size_t users = split.corpus().user_count(), width = items.width;
  if (count > users) {
    throw data_error(
        "more groups than users",
        {.where = "text.user_groups", .expected = fmt::format("at most {}", users), .got = fmt::format("{}", count)});
  }
  std::vector<float> points(users * width);
  for (UserId user = 0; user < users; ++user) {
    const auto history = split.train_items(user);
    for (const ItemId item : history) {
      for (std::size_t i = 0; i < width; ++i) {
        points[user * width + i] += items.values[item * width + i] / static_cast<float>(history.size());
      }
    }
  }
  ThreadPool pool(threads);
  return cluster_points({points, width}, {.clusters = count, .seed = seed}, pool).cluster_of;
}

}  // namespace p5
