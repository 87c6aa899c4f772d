#include "corpus/data_splits.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "p5/error.h"

namespace p5 {
namespace {

// The time at which a share of all events is earlier.
class EventTimes {
 public:
  explicit EventTimes(const Corpus& corpus) : times_(corpus.times().begin(), corpus.times().end()) {
    if (std::find(times_.begin(), times_.end(), kNoTime) != times_.end()) {
      throw usage_error(
          "a temporal split needs a time for every event",
          {.where = "split.kind", .expected = "leave-one-out for this corpus", .got = "events without a time"});
    }
    std::sort(times_.begin(), times_.end());
  }

  std::int64_t after(double share) const {
    if (times_.empty()) return 0;
    const double last = static_cast<double>(times_.size() - 1);
    return times_[static_cast<std::size_t>(std::clamp(share * last, 0.0, last))];
  }

 private:
  std::vector<std::int64_t> times_;
};

Split temporal_split(std::shared_ptr<const Corpus> corpus, const SplitOptions& options) {
  const EventTimes times(*corpus);
  const std::int64_t valid_from = times.after(1.0 - options.temporal_valid - options.temporal_test);
  return split_by_time(std::move(corpus), valid_from, times.after(1.0 - options.temporal_test));
}

Split sliding_split(std::shared_ptr<const Corpus> corpus, const SplitOptions& options) {
  if (options.window > options.windows) {
    throw usage_error("no such window of a sliding split", {.where = "split.window",
                                                            .expected = fmt::format("1 to {}", options.windows),
                                                            .got = fmt::format("{}", options.window)});
  }
  const EventTimes times(*corpus);
  const auto windows = static_cast<double>(options.windows);
  const auto start = [&](std::int64_t window) {
    return 1.0 - options.temporal_test * (1.0 - static_cast<double>(window - 1) / windows);
  };
  const std::int64_t valid_from = times.after(start(options.window) - options.temporal_valid);
  const std::int64_t end = options.window == options.windows ? kNoEnd : times.after(start(options.window + 1));
  return split_by_time(std::move(corpus), valid_from, times.after(start(options.window)), end);
}

Split ranking_split(const std::shared_ptr<const Corpus>& corpus, const SplitOptions& options) {
  switch (options.kind_for(*corpus)) {
    case SplitOptions::Kind::kGiven:
      return split_as_given(corpus);
    case SplitOptions::Kind::kTemporal:
      return temporal_split(corpus, options);
    case SplitOptions::Kind::kSliding:
      return sliding_split(corpus, options);
    case SplitOptions::Kind::kAuto:
    case SplitOptions::Kind::kLeaveOneOut:
      break;
  }
  return split_leave_one_out(corpus);
}

}  // namespace

void SplitOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kData);
  table.add_choice("split.kind", &kind,
                   {{"auto", Kind::kAuto},
                    {"leave-one-out", Kind::kLeaveOneOut},
                    {"temporal", Kind::kTemporal},
                    {"sliding", Kind::kSliding},
                    {"given", Kind::kGiven}},
                   {.help = "how events are split into train, validation and test; auto is the split that the corpus "
                            "came with (given), else leave-one-out"});
  table.add("split.temporal_valid", &temporal_valid,
            {.help = "share of events in the validation part of a temporal split", .minimum = 0.001, .maximum = 0.45});
  table.add("split.temporal_test", &temporal_test,
            {.help = "share of events in the test part of a temporal split", .minimum = 0.001, .maximum = 0.45});
  table.add("split.windows", &windows,
            {.help = "consecutive windows that a sliding split cuts the newest events into (split.temporal_test)",
             .minimum = 1,
             .maximum = 100});
  table.add("split.window", &window,
            {.help = "window whose events a sliding split tests, from 1; later events are unused", .minimum = 1});
  table.add("split.hide_items", &hide_items,
            {.help = "share of items, drawn by seed, whose events leave the train parts: items that are never trained",
             .minimum = 0,
             .maximum = 0.5});
  table.add("split.review_valid", &review_valid,
            {.help = "share of reviews in the validation part of the review split", .minimum = 0, .maximum = 0.45});
  table.add("split.review_test", &review_test,
            {.help = "share of reviews in the test part of the review split", .minimum = 0, .maximum = 0.45});
  table.add("split.seed", &seed,
            {.help = "seed of the review split, the hidden items and the stored negatives", .minimum = 0});
}

SplitOptions::Kind SplitOptions::kind_for(const Corpus& corpus) const {
  if (kind != Kind::kAuto) return kind;
  return corpus.given_parts().empty() ? Kind::kLeaveOneOut : Kind::kGiven;
}

DataSplits make_splits(std::shared_ptr<const Corpus> corpus, const SplitOptions& options) {
  const auto seed = static_cast<std::uint64_t>(options.seed);
  DataSplits data;
  data.corpus = std::move(corpus);
  Split ranking = ranking_split(data.corpus, options);
  const std::vector<ItemId> hidden = draw_hidden_items(*data.corpus, options.hide_items, seed);
  data.ranking = std::make_shared<const Split>(hidden.empty() ? std::move(ranking) : hide_items(ranking, hidden));
  if (options.kind_for(*data.corpus) == SplitOptions::Kind::kGiven) {
    data.reviews = std::make_shared<const Split>(split_reviews_as_given(*data.ranking));
    return data;
  }
  const RatioSplitOptions ratio{.valid = options.review_valid, .test = options.review_test, .seed = seed};
  data.reviews = std::make_shared<const Split>(split_by_ratio(data.corpus, ratio, data.ranking.get()));
  return data;
}

DataSplits open_data(const std::filesystem::path& corpus_folder, const SplitOptions& options) {
  return make_splits(Corpus::open(corpus_folder), options);
}

}  // namespace p5
