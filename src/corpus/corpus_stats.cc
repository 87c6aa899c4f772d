#include "corpus/corpus_stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/json_field.h"
#include "base/terminal_text.h"
#include "corpus/time_text.h"

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
    if (!std::isnan(rating)) sum += static_cast<double>(rating);
  }
  stats.ratings = RatingHistogram::of(corpus.ratings());
  stats.rated = stats.ratings.count;
  stats.mean_rating = stats.rated == 0 ? 0 : sum / static_cast<double>(stats.rated);
}

std::vector<NamedCount> sorted_by_count(const std::map<std::string, std::uint64_t, std::less<>>& counts) {
  std::vector<NamedCount> sorted;
  for (const auto& [name, count] : counts) sorted.push_back({name, count});
  std::ranges::stable_sort(sorted, [](const NamedCount& a, const NamedCount& b) { return a.count > b.count; });
  return sorted;
}

void count_events(const Corpus& corpus, CorpusStats& stats) {
  std::map<std::string, std::uint64_t, std::less<>> counts;
  for (std::size_t i = 0; i < corpus.interaction_count(); ++i) {
    const std::string_view name = corpus.event(i);
    const auto found = counts.find(name);
    ++(found == counts.end() ? counts.emplace(name, 0).first : found)->second;
  }
  const bool named = counts.size() > 1 || (counts.size() == 1 && !counts.begin()->first.empty());
  if (named) stats.events = sorted_by_count(counts);
}

void count_attributes(const Corpus& corpus, CorpusStats& stats) {
  std::map<std::string, std::uint64_t, std::less<>> of_items, of_users;
  for (ItemId item = 0; item < corpus.item_count(); ++item) {
    for (const Attribute& attribute : corpus.catalog().attributes(item)) ++of_items[attribute.name];
  }
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    for (const Attribute& attribute : corpus.user_attributes(user)) ++of_users[attribute.name];
  }
  stats.item_attributes = sorted_by_count(of_items);
  stats.user_attributes = sorted_by_count(of_users);
  std::unordered_set<std::string_view> brands, categories;
  for (ItemId item = 0; item < corpus.item_count(); ++item) {
    if (const auto brand = corpus.catalog().brand(item); !brand.empty()) brands.insert(brand);
    for (const std::string_view category : corpus.catalog().categories(item)) categories.insert(category);
  }
  stats.brands = brands.size();
  stats.categories = categories.size();
}

void describe_sample(const Corpus& corpus, CorpusStats& stats) {
  if (corpus.interaction_count() == 0) return;
  std::vector<std::uint64_t> counts(corpus.item_count());
  for (const ItemId item : corpus.items()) ++counts[item];
  const auto most = std::max_element(counts.begin(), counts.end());
  const auto item = static_cast<ItemId>(most - counts.begin());
  const std::string_view title = corpus.catalog().title(item);
  stats.sample = fmt::format("{}{}, {} events", terminal_text(corpus.catalog().key(item)),
                             title.empty() ? "" : fmt::format(" \"{}\"", terminal_text(title)), *most);
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

std::string line(const CountSummary& counts) {
  return fmt::format("median {} (quartiles {} to {}, 90th percentile {}, range {} to {}), mean {:.2f}", counts.median,
                     counts.quarter, counts.three_quarters, counts.ninety, counts.minimum, counts.maximum, counts.mean);
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
  if (stats.info.rating_scale) text += fmt::format(", scale {}", stats.info.rating_scale->in_words());
  std::size_t width = 0;
  for (const RatingBin& bin : stats.ratings.bins) width = std::max(width, bin.name().size());
  for (const RatingBin& bin : stats.ratings.bins) {
    text += fmt::format("\n{:14}{:>{}}: {:6.2f}% {}", "", bin.name(), width, 100 * share(bin.count, stats.rated),
                        bin.count);
  }
  return text;
}

// "purchase 1203, view 88", those without a name as "(no name)"; at most as many as fit on a line or two.
std::string list(const std::vector<NamedCount>& counts) {
  constexpr std::size_t kShown = 12;
  std::vector<std::string> parts;
  for (const NamedCount& each : counts) {
    if (parts.size() == kShown) break;
    parts.push_back(fmt::format("{} {}", each.name.empty() ? "(no name)" : terminal_text(each.name), each.count));
  }
  const std::string more = counts.size() > kShown ? fmt::format(" and {} more", counts.size() - kShown) : "";
  return fmt::format("{}{}", fmt::join(parts, ", "), more);
}

std::string size_text(std::uint64_t bytes) {
  const auto size = static_cast<double>(bytes);
  if (bytes < 1'000'000) return fmt::format("{:.1f} kB", size / 1e3);
  return bytes < 1'000'000'000 ? fmt::format("{:.1f} MB", size / 1e6) : fmt::format("{:.2f} GB", size / 1e9);
}

// Half of the users would have the greater key on either side by chance; the standard error is half of 1/sqrt(users).
std::string order_line(const CorpusStats& stats) {
  if (stats.test_users == 0) return "not checked: no user has three events";
  constexpr double kErrors = 4;
  const double distance = std::abs(stats.test_key_greater - 0.5);
  const bool leaks = distance > kErrors * 0.5 / std::sqrt(static_cast<double>(stats.test_users));
  const std::string figure =
      fmt::format("the last item of a user has the greater key than the one before for {:.1f}%; 50% expected",
                  100 * stats.test_key_greater);
  return leaks ? "possible leak: the order of a user's events depends on the item keys (" + figure + ")"
               : "no leak found (" + figure + ")";
}

std::string cold_lines(const CorpusStats& stats) {
  const auto percent = [](double part) { return fmt::format("{:.2f}%", 100 * part); };
  return fmt::format(
      "each user's last event is the test, the one before the validation ({} users with three events or more)\n{:14}{} "
      "of the test items occur in no training event ({} such items in all): nobody can learn them from events\n{:14}{} "
      "of the test items are repeats, which the user had before",
      stats.test_users, "", percent(stats.cold_test_share), stats.cold_items, "", percent(stats.repeat_test_share));
}

std::string catalogue_line(const CorpusStats& stats) {
  const auto percent = [](double part) { return fmt::format("{:.2f}%", 100 * part); };
  const auto different = [](std::uint64_t count) {
    return count == 0 ? std::string() : fmt::format(" ({} different)", count);
  };
  return fmt::format("titles {}, brands {}{}, prices {}, categories {}{}, descriptions {} of items",
                     percent(stats.title_share), percent(stats.brand_share), different(stats.brands),
                     percent(stats.price_share), percent(stats.category_share), different(stats.categories),
                     percent(stats.description_share));
}

nlohmann::json object(const std::vector<NamedCount>& counts) {
  nlohmann::json names = nlohmann::json::object();
  for (const NamedCount& each : counts) names[each.name] = each.count;
  return names;
}

nlohmann::json bins_of(const RatingHistogram& histogram) {
  nlohmann::json bins = nlohmann::json::array();
  for (const RatingBin& bin : histogram.bins) {
    if (bin.from == bin.to) {
      bins.push_back({{"rating", bin.from}, {"count", bin.count}});
    } else {
      bins.push_back({{"from", bin.from}, {"to", bin.to}, {"count", bin.count}});
    }
  }
  return bins;
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
  count_events(corpus, stats);
  count_ratings(corpus, stats);
  count_texts(corpus, stats);
  count_attributes(corpus, stats);
  describe_sample(corpus, stats);
  count_leave_one_out(corpus, stats);
  return stats;
}

std::uint64_t corpus_bytes(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
    const std::uint64_t size = entry.file_size(failure);
    if (!failure) bytes += size;
  }
  return bytes;
}

std::string to_table(const CorpusStats& stats) {
  const auto percent = [](double part) { return fmt::format("{:.2f}%", 100 * part); };
  std::string text;
  const auto row = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<14}{}\n", name, value);
  };
  row("corpus", fmt::format("{} (source {}, ties {}, seed {})", terminal_text(stats.info.name), stats.info.source,
                            stats.info.ties, stats.info.seed));
  row("data sha256", stats.info.data_sha256);
  row("users", std::to_string(stats.users));
  row("items", std::to_string(stats.items));
  row("interactions", std::to_string(stats.interactions));
  row("density", fmt::format("{:.4f}%", 100 * stats.density));
  row("per user", line(stats.history_length));
  row("per item", line(stats.interactions_per_item));
  row("times", stats.time_share == 0
                   ? "none"
                   : fmt::format("{} to {}, known for {}, tied {}", date_text(stats.first_time_ms),
                                 date_text(stats.last_time_ms), percent(stats.time_share), percent(stats.tie_share)));
  row("ratings", rating_lines(stats));
  if (!stats.events.empty()) row("events", list(stats.events));
  row("texts", fmt::format("reviews {}, headlines {} of interactions", percent(stats.review_share),
                           percent(stats.headline_share)));
  row("catalogue", catalogue_line(stats));
  if (!stats.item_attributes.empty()) row("item extras", list(stats.item_attributes) + " items");
  if (!stats.user_attributes.empty()) row("user extras", list(stats.user_attributes) + " users");
  if (!stats.sample.empty()) row("for example", stats.sample + " (most of all; see p5 show)");
  row("leave-one-out", cold_lines(stats));
  row("order", order_line(stats));
  if (stats.bytes > 0) row("size on disk", size_text(stats.bytes));
  text.pop_back();
  return text;
}

std::string to_json(const CorpusStats& stats) {
  nlohmann::json document{
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
      {"rating_histogram", bins_of(stats.ratings)},
      {"events", object(stats.events)},
      {"brands", stats.brands},
      {"categories", stats.categories},
      {"item_attributes", object(stats.item_attributes)},
      {"user_attributes", object(stats.user_attributes)},
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
  if (stats.info.rating_scale) document["rating_scale"] = stats.info.rating_scale->to_string();
  if (stats.bytes > 0) document["bytes"] = stats.bytes;
  return pretty_json(document);
}

}  // namespace p5
