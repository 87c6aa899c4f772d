#include "online/live_evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/rng.h"
#include "online/live_histories.h"

namespace p5 {
namespace {

constexpr std::array<std::string_view, 8> kMetrics{"hit_rate",       "mrr",           "calibration_error",
                                                   "coverage",       "history_drift", "popularity_drift",
                                                   "category_drift", "feedback_age_s"};
// Upper ends of the bins of shares: most items of a list of ten have a share near 0.1.
constexpr std::array kShareEnds{0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75};

std::size_t cell_of(double share) {
  return static_cast<std::size_t>(std::ranges::upper_bound(kShareEnds, share) - kShareEnds.begin());
}

// `count` and `sign` of 1 or -1.
void move(std::size_t& count, double sign) { count = sign > 0 ? count + 1 : count - 1; }

}  // namespace

std::size_t LiveEvaluation::history_bin(std::size_t length) {
  if (length < 2) return length;
  return std::min<std::size_t>(kHistoryBins - 1, std::bit_width(length - 1) + 1);
}

std::string LiveEvaluation::history_bin_name(std::size_t bin) {
  if (bin < 3) return std::to_string(bin);
  const std::size_t least = (std::size_t{1} << (bin - 2)) + 1;
  return bin + 1 == kHistoryBins ? fmt::format("{}+", least) : fmt::format("{}-{}", least, 2 * (least - 1));
}

std::span<const std::string_view> LiveEvaluation::metric_names() { return kMetrics; }

LiveEvaluation::LiveEvaluation(const LiveEvaluationOptions& options)
    : options_(options), histories_(options.window), popularity_(options.window), categories_(options.window) {}

void LiveEvaluation::compare_with(LiveReference reference) {
  const std::lock_guard lock(mutex_);
  reference_ = std::move(reference);
  histories_.compare_with(reference_.histories);
  popularity_.compare_with(reference_.popularity);
  categories_.compare_with(reference_.categories);
}

void LiveEvaluation::answered(const List& list, std::span<const ShownItem> items) {
  const std::lock_guard lock(mutex_);
  if (histories_.bins() > 0) histories_.add(history_bin(list.history));
  const std::uint64_t id = stable_hash(list.request_id);
  if (by_id_.contains(id)) return;
  if (ring_.size() == options_.window) {
    drop_oldest();
  } else {
    ring_.emplace_back();
  }
  const auto model = models_.try_emplace({std::string(list.model), list.version}).first;
  ++model->second.held;
  Entry entry{.id = id,
              .time_ms = list.time_ms,
              .size = static_cast<std::uint8_t>(std::min(items.size(), kPlaces)),
              .sums = &model->second,
              .model = &model->first};
  double shares = 0;
  for (std::size_t i = 0; i < entry.size; ++i) shares += items[i].share;
  for (std::size_t i = 0; i < entry.size; ++i) {
    entry.places[i] = {stable_hash(items[i].item),
                       static_cast<float>(shares > 0 ? items[i].share / shares : 1.0 / entry.size)};
    ++shown_[entry.places[i].item];
  }
  ring_[added_ % options_.window] = entry;
  by_id_.emplace(id, added_++);
  count_ripe(list.time_ms);
}

// Lists count once users had time, or once half of the window is newer: with many requests that is sooner.
void LiveEvaluation::count_ripe(std::int64_t now_ms) {
  while (ripe_ < added_) {
    Entry& entry = ring_[ripe_ % options_.window];
    if (entry.time_ms + options_.delay_ms > now_ms && added_ - ripe_ <= options_.window / 2) return;
    entry.counts = true;
    count(entry, 1);
    ++ripe_;
  }
}

void LiveEvaluation::drop_oldest() {
  Entry& entry = ring_[added_ % options_.window];
  if (entry.counts) {
    count(entry, -1);
  } else {
    ++ripe_;  // a window of one list: it goes before it counted
  }
  by_id_.erase(entry.id);
  for (std::size_t i = 0; i < entry.size; ++i) {
    const auto found = shown_.find(entry.places[i].item);
    if (--found->second == 0) shown_.erase(found);
  }
  if (--entry.sums->held == 0) models_.erase(*entry.model);
}

void LiveEvaluation::count(Entry& entry, double sign) {
  move(entry.sums->lists, sign);
  if (entry.taken == 0) return;
  move(entry.sums->hits, sign);
  entry.sums->reciprocal_places += sign / entry.taken;
  calibrate(entry, sign);
}

// Of a list from which an item was taken, shares say how likely each was the one.
void LiveEvaluation::calibrate(const Entry& entry, double sign) {
  for (std::size_t i = 0; i < entry.size; ++i) {
    Cell& cell = cells_[cell_of(entry.places[i].share)];
    move(cell.items, sign);
    cell.share += sign * entry.places[i].share;
    cell.taken += i + 1 == entry.taken ? sign : 0;
  }
}

void LiveEvaluation::heard(const FeedbackEvent& event, std::int64_t now_ms) {
  if (!LiveHistories::is_interest(event.type)) return;
  const std::lock_guard lock(mutex_);
  last_event_ms_ = std::max(last_event_ms_, std::min(event.time_ms, now_ms));
  if (reference_.bins_of) {
    const LiveReference::ItemBins bins = reference_.bins_of(event.item);
    popularity_.add(bins.popularity);
    for (const std::uint8_t category : bins.categories) categories_.add(category);
  }
  if (event.request_id.empty()) return;
  const auto found = by_id_.find(stable_hash(event.request_id));
  if (found == by_id_.end()) {
    ++strangers_;
    return;
  }
  ++joined_;
  Entry& entry = ring_[found->second % options_.window];
  const std::uint64_t item = stable_hash(event.item);
  const auto shown = std::find_if(entry.places.begin(), entry.places.begin() + entry.size,
                                  [&](const Place& place) { return place.item == item; });
  const auto place = static_cast<std::uint8_t>(shown - entry.places.begin() + 1);
  if (place > entry.size || (entry.taken != 0 && entry.taken <= place)) return;
  if (entry.counts) count(entry, -1);
  entry.taken = place;
  if (entry.counts) count(entry, 1);
}

std::optional<double> LiveEvaluation::calibration_error() const {
  double items = 0, taken = 0, error = 0;
  for (const Cell& cell : cells_) {
    items += static_cast<double>(cell.items);
    taken += cell.taken;
    error += std::abs(cell.share - cell.taken);
  }
  if (taken < static_cast<double>(options_.least)) return std::nullopt;
  return error / items;
}

LiveEvaluation::Drift LiveEvaluation::drift(std::string name, const DriftWindow& window,
                                            std::vector<std::string> names) const {
  return {.of = std::move(name),
          .values = window.values(),
          .index = window.values() < options_.least ? std::nullopt : window.index(),
          .names = std::move(names),
          .bins = window.shares()};
}

std::optional<double> LiveEvaluation::Figures::metric(std::string_view name) const {
  const auto found = std::ranges::find(metrics, name, [](const auto& metric) { return metric.first; });
  return found == metrics.end() ? std::nullopt : found->second;
}

LiveEvaluation::Figures LiveEvaluation::figures(std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  count_ripe(now_ms);
  Figures figures{.waiting = static_cast<std::size_t>(added_ - ripe_), .joined = joined_, .strangers = strangers_};
  double hits = 0, reciprocal_places = 0;
  for (const auto& [key, sums] : models_) {
    figures.lists += sums.lists;
    hits += static_cast<double>(sums.hits);
    reciprocal_places += sums.reciprocal_places;
    if (sums.lists == 0) continue;
    const auto lists = static_cast<double>(sums.lists);
    const double rate = static_cast<double>(sums.hits) / lists;
    figures.models.push_back({.model = key.first,
                              .version = key.second,
                              .lists = sums.lists,
                              .hit_rate = rate,
                              .error = std::sqrt(rate * (1 - rate) / lists),
                              .mrr = std::max(0.0, sums.reciprocal_places) / lists});
  }
  for (const Cell& cell : cells_) {
    const auto items = static_cast<double>(std::max<std::size_t>(cell.items, 1));
    figures.calibration.push_back({cell.items, cell.share / items, cell.taken / items});
  }
  std::vector<std::string> lengths;
  for (std::size_t bin = 0; bin < kHistoryBins; ++bin) lengths.push_back(history_bin_name(bin));
  figures.drifts = {drift("history", histories_, std::move(lengths)),
                    drift("popularity", popularity_, reference_.popularity_names),
                    drift("category", categories_, reference_.category_names)};
  const auto of_lists = [&](std::size_t lists, double value) -> std::optional<double> {
    return lists < std::max<std::size_t>(options_.least, 1) ? std::nullopt : std::optional(value);
  };
  const auto lists = static_cast<double>(figures.lists);
  const auto catalogue = static_cast<double>(reference_.catalogue);
  figures.metrics = {
      {kMetrics[0], of_lists(figures.lists, hits / lists)},
      {kMetrics[1], of_lists(figures.lists, std::max(0.0, reciprocal_places) / lists)},
      {kMetrics[2], calibration_error()},
      {kMetrics[3],
       catalogue > 0 ? of_lists(ring_.size(), static_cast<double>(shown_.size()) / catalogue) : std::nullopt},
      {kMetrics[4], figures.drifts[0].index},
      {kMetrics[5], figures.drifts[1].index},
      {kMetrics[6], figures.drifts[2].index},
      {kMetrics[7],
       last_event_ms_ == 0
           ? std::nullopt
           : std::optional(static_cast<double>(std::max<std::int64_t>(now_ms - last_event_ms_, 0)) / 1000)}};
  return figures;
}

}  // namespace p5
