#include "ingest/corpus_cleaner.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/rng.h"

namespace p5 {
namespace {

using Positions = std::vector<std::uint32_t>;

// Positions of the records grouped by `key_of(record)`, stable: a counting sort. begin is [groups + 1].
template <typename KeyOf>
Positions group_records(const CleaningInput& input, std::size_t groups, KeyOf key_of,
                        std::vector<std::uint64_t>& begin) {
  begin.assign(groups + 1, 0);
  for (const auto& record : input.records) ++begin[key_of(record) + 1];
  for (std::size_t i = 0; i < groups; ++i) begin[i + 1] += begin[i];
  Positions grouped(input.records.size());
  std::vector<std::uint64_t> next(begin.begin(), begin.end() - 1);
  for (std::uint32_t i = 0; i < input.records.size(); ++i) grouped[next[key_of(input.records[i])]++] = i;
  return grouped;
}

class Cleaner {
 public:
  Cleaner(const CleaningInput& input, const CleaningOptions& options)
      : input_(input), options_(options), kept_(input.records.size(), 1) {}

  CleanedInteractions run() {
    result_.order = group_records(
        input_, input_.users.size(), [](const auto& r) { return r.user; }, result_.begin);
    for (std::size_t user = 0; user < input_.users.size(); ++user) {
      // Equal times keep the file's order.
      std::stable_sort(first_of(user), first_of(user + 1), [&](std::uint32_t a, std::uint32_t b) {
        const SpooledInteraction &first = input_.records[a], &second = input_.records[b];
        if (input_.parts && first.part != second.part) return first.part < second.part;
        return first.time_ms < second.time_ms;
      });
      drop_duplicates(user);
    }
    if (options_.user_core > 1 || options_.item_core > 1) peel_core();
    compact();
    for (std::uint32_t user = 0; user < input_.users.size(); ++user) settle_ties(user);
    return std::move(result_);
  }

 private:
  Positions::iterator first_of(std::size_t user) {
    return result_.order.begin() + static_cast<std::ptrdiff_t>(result_.begin[user]);
  }

  // kExact keeps the first of equal (item, time, event type). Two records without a time are never exact duplicates:
  // they may be two events. kPair keeps the last of equal items.
  void drop_duplicates(std::size_t user) {
    if (options_.duplicates == CleaningOptions::Duplicates::kKeep) return;
    const bool exact = options_.duplicates == CleaningOptions::Duplicates::kExact;
    const auto& records = input_.records;
    scratch_.assign(first_of(user), first_of(user + 1));
    // Stable, so that equal items stay in order of time, then of the file.
    std::stable_sort(scratch_.begin(), scratch_.end(), [&](std::uint32_t a, std::uint32_t b) {
      const SpooledInteraction &first = records[a], &second = records[b];
      if (first.item != second.item || !exact) return first.item < second.item;
      return first.time_ms != second.time_ms ? first.time_ms < second.time_ms : first.event < second.event;
    });
    for (std::size_t i = 1; i < scratch_.size(); ++i) {
      const SpooledInteraction &earlier = records[scratch_[i - 1]], &later = records[scratch_[i]];
      if (earlier.item != later.item) continue;
      if (exact && (earlier.time_ms != later.time_ms || later.time_ms == kNoTime || earlier.event != later.event))
        continue;
      kept_[scratch_[exact ? i : i - 1]] = 0;
      ++result_.duplicates;
    }
  }

  // Users and items below their core are removed one by one, and each record is visited twice. This is linear; repeated
  // passes over the whole log would be quadratic on a long chain. The remaining core is the same.
  void peel_core() {
    std::vector<std::uint64_t> item_begin;
    const Positions by_item = group_records(
        input_, input_.items, [](const auto& r) { return r.item; }, item_begin);
    std::vector<std::int64_t> user_left(input_.users.size()), item_left(input_.items);
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      user_left[input_.records[i].user] += kept_[i];
      item_left[input_.records[i].item] += kept_[i];
    }
    Positions users_out, items_out;
    const auto below = [](const std::vector<std::int64_t>& left, std::int64_t core, Positions& out) {
      for (std::uint32_t i = 0; i < left.size(); ++i) {
        if (left[i] > 0 && left[i] < core) out.push_back(i);
      }
    };
    below(user_left, options_.user_core, users_out);
    below(item_left, options_.item_core, items_out);
    const auto drop = [&](std::uint32_t position) {
      if (kept_[position] == 0) return;
      kept_[position] = 0;
      ++result_.below_core;
      const SpooledInteraction& record = input_.records[position];
      if (--user_left[record.user] == options_.user_core - 1) users_out.push_back(record.user);
      if (--item_left[record.item] == options_.item_core - 1) items_out.push_back(record.item);
    };
    while (!users_out.empty() || !items_out.empty()) {
      if (!users_out.empty()) {
        const std::uint32_t user = users_out.back();
        users_out.pop_back();
        std::for_each(first_of(user), first_of(user + 1), drop);
      } else {
        const std::uint32_t item = items_out.back();
        items_out.pop_back();
        for (std::uint64_t i = item_begin[item]; i < item_begin[item + 1]; ++i) drop(by_item[i]);
      }
    }
  }

  void compact() {
    std::uint64_t written = 0, read = 0;
    for (std::size_t user = 0; user < input_.users.size(); ++user) {
      const std::uint64_t end = result_.begin[user + 1];
      for (; read < end; ++read) {
        if (kept_[result_.order[read]] != 0) result_.order[written++] = result_.order[read];
      }
      result_.begin[user + 1] = written;
    }
    result_.order.resize(written);
  }

  void settle_ties(std::uint32_t user) {
    const auto time = [&](auto position) { return input_.records[*position].time_ms; };
    const auto part = [&](auto position) { return input_.parts ? input_.records[*position].part : 0; };
    const auto seed = static_cast<std::uint64_t>(options_.seed);
    Rng rng(seed, "");
    bool seeded = false;
    const auto end = first_of(user + 1);
    for (auto first = first_of(user), last = first; first != end; first = last) {
      while (last != end && time(last) == time(first) && part(last) == part(first)) ++last;
      if (last - first < 2 || time(first) == kNoTime) continue;
      result_.ties += static_cast<std::uint64_t>(last - first);
      if (!input_.shuffle_ties) continue;
      if (!seeded) rng = Rng(seed, fmt::format("ties of {}", input_.users.key(user)));
      seeded = true;
      rng.shuffle(std::span(&*first, static_cast<std::size_t>(last - first)));
    }
  }

  const CleaningInput& input_;
  const CleaningOptions& options_;
  std::vector<std::uint8_t> kept_;
  Positions scratch_;
  CleanedInteractions result_;
};

}  // namespace

CleanedInteractions clean_interactions(const CleaningInput& input, const CleaningOptions& options) {
  return Cleaner(input, options).run();
}

}  // namespace p5
