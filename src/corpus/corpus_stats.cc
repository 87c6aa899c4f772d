#include "corpus/corpus_stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "base/json_field.h"

namespace p5 {
namespace {

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// The share of 0..count-1 for which `holds` is true.
template <typename Predicate>
double share_of(std::size_t count, Predicate holds) {
  std::uint64_t hits = 0;
  for (std::size_t i = 0; i < count; ++i) hits += holds(i) ? 1 : 0;
  return share(hits, count);
}

CountSummary summarise(std::vector<std::uint64_t> counts) {
  if (counts.empty()) return {};
  std::sort(counts.begin(), counts.end());
  const auto at = [&](double quantile) {
    return counts[static_cast<std::size_t>(quantile * static_cast<double>(counts.size() - 1))];
  };
  const auto total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  return {.mean = share(total, counts.size()),
          .minimum = counts.front(),
          .quarter = at(0.25),
          .median = at(0.5),
          .three_quarters = at(0.75),
          .ninety = at(0.9),
          .maximum = counts.back()};
}

void count_histories(const Corpus& corpus, CorpusStats& stats) {
  std::vector<std::uint64_t> lengths, item_counts(corpus.item_count());
  for (UserId user = 0; user < corpus.user_count(); ++user) lengths.push_back(corpus.range_of(user).size());
  for (const ItemId item : corpus.items()) ++item_counts[item];
  stats.history_length = summarise(std::move(lengths));
  stats.interactions_per_item = summarise(std::move(item_counts));
}

void count_times(const Corpus& corpus, CorpusStats& stats) {
  const auto times = corpus.times();
  const auto users = corpus.users();
  const auto tied = [&](std::size_t a, std::size_t b) {
    return b < times.size() && users[a] == users[b] && times[a] == times[b];
  };
  std::uint64_t known = 0, ties = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (times[i] == kNoTime) continue;
    stats.first_time_ms = known == 0 ? times[i] : std::min(stats.first_time_ms, times[i]);
    stats.last_time_ms = std::max(stats.last_time_ms, times[i]);
    ++known;
    ties += tied(i, i + 1) || (i > 0 && tied(i, i - 1)) ? 1 : 0;
  }
  stats.time_share = share(known, times.size());
  stats.tie_share = share(ties, times.size());
}

void count_ratings(const Corpus& corpus, CorpusStats& stats) {
  double sum = 0;
  for (const float rating : corpus.ratings()) {
    if (std::isnan(rating)) continue;
    ++stats.rated;
    sum += rating;
    ++stats.ratings[static_cast<std::size_t>(std::lround(std::clamp(rating, 0.0f, 10.0f)))];
  }
  stats.mean_rating = stats.rated == 0 ? 0 : sum / static_cast<double>(stats.rated);
}

void count_texts(const Corpus& corpus, CorpusStats& stats) {
  const ItemCatalog& catalog = corpus.catalog();
  const auto item_share = [&](auto filled) {
    return share_of(catalog.size(), [&](std::size_t i) { return filled(static_cast<ItemId>(i)); });
  };
  stats.review_share = share_of(corpus.interaction_count(), [&](std::size_t i) { return !corpus.review(i).empty(); });
  stats.headline_share =
      share_of(corpus.interaction_count(), [&](std::size_t i) { return !corpus.headline(i).empty(); });
  stats.title_share = item_share([&](ItemId i) { return !catalog.title(i).empty(); });
  stats.brand_share = item_share([&](ItemId i) { return !catalog.brand(i).empty(); });
  stats.price_share = item_share([&](ItemId i) { return !std::isnan(catalog.price(i)); });
  stats.category_share = item_share([&](ItemId i) { return !catalog.categories(i).empty(); });
  stats.description_share = item_share([&](ItemId i) { return !catalog.description(i).empty(); });
}

// Leave-one-out as in split_leave_one_out: with three or more interactions, the last is test and the one before
// validation.
void count_leave_one_out(const Corpus& corpus, CorpusStats& stats) {
  std::vector<bool> trained(corpus.item_count());
  const auto train_size = [](std::size_t length) { return length < 3 ? length : length - 2; };
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    const auto items = corpus.items_of(user);
    for (const ItemId item : items.first(train_size(items.size()))) trained[item] = true;
  }
  stats.cold_items = static_cast<std::uint64_t>(std::count(trained.begin(), trained.end(), false));

  std::uint64_t cold = 0, repeats = 0, greater = 0, different = 0;
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    const auto items = corpus.items_of(user);
    if (items.size() < 3) continue;
    ++stats.test_users;
    const ItemId test = items.back(), valid = items[items.size() - 2];
    cold += trained[test] ? 0 : 1;
    repeats += std::find(items.begin(), items.end() - 1, test) != items.end() - 1 ? 1 : 0;
    different += test != valid ? 1 : 0;
    greater += corpus.catalog().key(test) > corpus.catalog().key(valid) ? 1 : 0;
  }
  stats.cold_test_share = share(cold, stats.test_users);
  stats.repeat_test_share = share(repeats, stats.test_users);
  stats.test_key_greater = share(greater, different);
}

std::string date(std::int64_t time_ms) {
  if (time_ms == kNoTime) return "unknown";
  // Outside the calendar's range, the plain number says more.
  if (std::abs(time_ms) > 200'000'000'000'000) return fmt::format("{} ms", time_ms);
  using namespace std::chrono;
  const year_month_day parts(floor<days>(sys_time<milliseconds>(milliseconds(time_ms))));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(parts.year()), static_cast<unsigned>(parts.month()),
                     static_cast<unsigned>(parts.day()));
}

std::string line(const CountSummary& counts) {
  return fmt::format("mean {:.3f}, median {}, quarters {} and {}, 90% {}, least {}, most {}", counts.mean,
                     counts.median, counts.quarter, counts.three_quarters, counts.ninety, counts.minimum,
                     counts.maximum);
}

nlohmann::json object(const CountSummary& counts) {
  return {{"mean", counts.mean},          {"min", counts.minimum}, {"p25", counts.quarter}, {"median", counts.median},
          {"p75", counts.three_quarters}, {"p90", counts.ninety},  {"max", counts.maximum}};
}

nlohmann::json time_or_null(std::int64_t time_ms) {
  return time_ms == kNoTime ? nlohmann::json(nullptr) : nlohmann::json(time_ms);
}

std::string rating_lines(const CorpusStats& stats) {
  if (stats.rated == 0) return "none";
  std::string text = fmt::format("{} rated, mean {:.3f}", stats.rated, stats.mean_rating);
  for (std::size_t rating = 0; rating < stats.ratings.size(); ++rating) {
    if (stats.ratings[rating] == 0) continue;
    text += fmt::format("\n{:14}{:>2}: {:6.2f}% {}", "", rating, 100 * share(stats.ratings[rating], stats.rated),
                        stats.ratings[rating]);
  }
  return text;
}

}  // namespace

CorpusStats compute_stats(const Corpus& corpus) {
  CorpusStats stats;
  stats.info = corpus.info();
  stats.users = corpus.user_count();
  stats.items = corpus.item_count();
  stats.interactions = corpus.interaction_count();
  const double cells = static_cast<double>(stats.users) * static_cast<double>(stats.items);
  stats.density = cells == 0 ? 0 : static_cast<double>(stats.interactions) / cells;
  count_histories(corpus, stats);
  count_times(corpus, stats);
  count_ratings(corpus, stats);
  count_texts(corpus, stats);
  count_leave_one_out(corpus, stats);
  return stats;
}

std::string to_table(const CorpusStats& stats) {
  const auto percent = [](double part) { return fmt::format("{:.2f}%", 100 * part); };
  std::string text;
  const auto row = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<14}{}\n", name, value);
  };
  row("corpus", fmt::format("{} (source {}, ties {}, seed {})", stats.info.name, stats.info.source, stats.info.ties,
                            stats.info.seed));
  row("data sha256", stats.info.data_sha256);
  row("users", std::to_string(stats.users));
  row("items", std::to_string(stats.items));
  row("interactions", std::to_string(stats.interactions));
  row("density", fmt::format("{:.4f}%", 100 * stats.density));
  row("per user", line(stats.history_length));
  row("per item", line(stats.interactions_per_item));
  row("times", stats.time_share == 0
                   ? "none"
                   : fmt::format("{} to {}, known for {}, tied {}", date(stats.first_time_ms), date(stats.last_time_ms),
                                 percent(stats.time_share), percent(stats.tie_share)));
  row("ratings", rating_lines(stats));
  row("texts", fmt::format("reviews {}, headlines {} of interactions", percent(stats.review_share),
                           percent(stats.headline_share)));
  row("catalogue", fmt::format("titles {}, brands {}, prices {}, categories {}, descriptions {} of items",
                               percent(stats.title_share), percent(stats.brand_share), percent(stats.price_share),
                               percent(stats.category_share), percent(stats.description_share)));
  row("leave-one-out",
      fmt::format("{} test users, {} items never in train, test targets: {} never in train, {} repeats",
                  stats.test_users, stats.cold_items, percent(stats.cold_test_share),
                  percent(stats.repeat_test_share)));
  row("order check", fmt::format("test key above validation key for {} of users (50% when order does not leak)",
                                 percent(stats.test_key_greater)));
  text.pop_back();
  return text;
}

std::string to_json(const CorpusStats& stats) {
  const nlohmann::json document{
      {"name", stats.info.name},
      {"source", stats.info.source},
      {"ties", stats.info.ties},
      {"seed", stats.info.seed},
      {"data_sha256", stats.info.data_sha256},
      {"users", stats.users},
      {"items", stats.items},
      {"interactions", stats.interactions},
      {"density", stats.density},
      {"history_length", object(stats.history_length)},
      {"interactions_per_item", object(stats.interactions_per_item)},
      {"first_time_ms", time_or_null(stats.first_time_ms)},
      {"last_time_ms", time_or_null(stats.last_time_ms)},
      {"time_share", stats.time_share},
      {"tie_share", stats.tie_share},
      {"rated", stats.rated},
      {"mean_rating", stats.rated == 0 ? nlohmann::json(nullptr) : nlohmann::json(stats.mean_rating)},
      {"rating_histogram", stats.ratings},
      {"review_share", stats.review_share},
      {"headline_share", stats.headline_share},
      {"title_share", stats.title_share},
      {"brand_share", stats.brand_share},
      {"price_share", stats.price_share},
      {"category_share", stats.category_share},
      {"description_share", stats.description_share},
      {"test_users", stats.test_users},
      {"cold_items", stats.cold_items},
      {"cold_test_share", stats.cold_test_share},
      {"repeat_test_share", stats.repeat_test_share},
      {"test_key_greater", stats.test_key_greater}};
  return pretty_json(document);
}

}  // namespace p5
