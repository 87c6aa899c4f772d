#include "corpus/data_splits.h"

#include <algorithm>
#include <vector>

#include "p5/error.h"

namespace p5 {
namespace {

// Cuts where the shares 1 - valid - test and 1 - test of all events are earlier.
std::shared_ptr<const Split> temporal_split(std::shared_ptr<const Corpus> corpus, const SplitOptions& options) {
  std::vector<std::int64_t> times(corpus->times().begin(), corpus->times().end());
  if (std::find(times.begin(), times.end(), kNoTime) != times.end()) {
    throw usage_error(
        "a temporal split needs a time for every event",
        {.where = "split.kind", .expected = "leave-one-out for this corpus", .got = "events without a time"});
  }
  const auto quantile = [&times](double share) {
    const auto at = times.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(times.size() - 1));
    std::nth_element(times.begin(), at, times.end());
    return *at;
  };
  const std::int64_t valid_from = quantile(1.0 - options.temporal_valid - options.temporal_test);
  const std::int64_t test_from = quantile(1.0 - options.temporal_test);
  return std::make_shared<const Split>(split_by_time(std::move(corpus), valid_from, test_from));
}

}  // namespace

void SplitOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kData);
  table.add_choice("split.kind", &kind, {{"leave-one-out", Kind::kLeaveOneOut}, {"temporal", Kind::kTemporal}},
                   {.help = "how rankings are split into train, validation and test"});
  table.add("split.temporal_valid", &temporal_valid,
            {.help = "share of events in the validation part of a temporal split", .minimum = 0.001, .maximum = 0.45});
  table.add("split.temporal_test", &temporal_test,
            {.help = "share of events in the test part of a temporal split", .minimum = 0.001, .maximum = 0.45});
  table.add("split.review_valid", &review_valid,
            {.help = "share of reviews in the validation part of the review split", .minimum = 0, .maximum = 0.45});
  table.add("split.review_test", &review_test,
            {.help = "share of reviews in the test part of the review split", .minimum = 0, .maximum = 0.45});
  table.add("split.seed", &seed, {.help = "seed of the review split and of the stored negatives", .minimum = 0});
}

DataSplits open_data(const std::filesystem::path& corpus_folder, const SplitOptions& options) {
  DataSplits data;
  data.corpus = Corpus::open(corpus_folder);
  data.ranking = options.kind == SplitOptions::Kind::kTemporal
                     ? temporal_split(data.corpus, options)
                     : std::make_shared<const Split>(split_leave_one_out(data.corpus));
  const RatioSplitOptions ratio{
      .valid = options.review_valid, .test = options.review_test, .seed = static_cast<std::uint64_t>(options.seed)};
  data.reviews = std::make_shared<const Split>(split_by_ratio(data.corpus, ratio, data.ranking.get()));
  return data;
}

}  // namespace p5
