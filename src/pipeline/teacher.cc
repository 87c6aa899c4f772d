#include "pipeline/teacher.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/interrupt.h"
#include "base/logger.h"
#include "base/progress.h"
#include "p5/error.h"
#include "recommend/candidate_sources.h"
#include "recommend/opened_sources.h"

namespace p5 {
namespace {

constexpr std::size_t kTogether = 64;  // queries

void check(const DistilOptions& options, const LoadedRun& student, const LoadedRun& teacher) {
  if (student.evidence == nullptr) {
    throw usage_error("a teacher's items are taught beside evidence, of which this run has none",
                      {.where = "distil.teacher", .expected = "evidence.source = \"item-knn\" or another"});
  }
  if (teacher.bundle.catalog_sha256 == student.bundle.catalog_sha256) return;
  throw usage_error("the teacher has another catalogue",
                    {.where = "distil.teacher = " + options.teacher,
                     .expected = fmt::format("items with SHA-256 {:.12}", student.bundle.catalog_sha256),
                     .got = fmt::format("{:.12}", teacher.bundle.catalog_sha256)});
}

// Answers of the teacher to one user's prefixes, which are asked together.
class Lessons {
 public:
  Lessons(const DistilOptions& options, const CandidateSource& source, bool logarithms)
      : options_(options), source_(source), logarithms_(logarithms) {}

  TaughtItems::UserLists of(UserId user, std::span<const ItemId> items) const {
    TaughtItems::UserLists lists;
    if (items.size() < 2) return lists;
    const std::size_t all = items.size() - 1;
    const auto wanted = options_.histories == 0 ? all : std::min(all, static_cast<std::size_t>(options_.histories));
    lists.first = all - wanted + 1;
    for (std::size_t begin = 0; begin < wanted; begin += kTogether) {
      std::vector<CandidateQuery> queries;
      for (std::size_t i = begin; i < std::min(wanted, begin + kTogether); ++i) {
        queries.push_back({.user = user, .history = items.first(lists.first + i)});
      }
      for (const auto& list : source_.retrieve(queries, static_cast<std::size_t>(options_.items))) {
        lists.lists.push_back(taught_shares(list, logarithms_, options_.temperature));
      }
    }
    return lists;
  }

 private:
  const DistilOptions& options_;
  const CandidateSource& source_;
  bool logarithms_;
};

}  // namespace

std::vector<Neighbor> taught_shares(const std::vector<Candidate>& list, bool logarithms, double temperature) {
  std::vector<Neighbor> shares;
  double sum = 0.0;
  for (const Candidate& candidate : list) {
    const double score = candidate.score, best = list.front().score;
    const double weight = logarithms  ? std::exp((score - best) / temperature)
                          : score > 0 ? std::pow(score / best, 1 / temperature)
                                      : 0.0;
    if (!(weight > 0)) continue;
    shares.push_back({candidate.item, static_cast<float>(weight)});
    sum += weight;
  }
  for (Neighbor& each : shares) each.share = static_cast<float>(each.share / sum);
  return shares;
}

std::shared_ptr<const TaughtItems> ask_teacher(const DistilOptions& options, const LoadedRun& student,
                                               const DeviceOptions& device, const StopToken& stop) {
  const auto teacher = LoadedRun::open(options.teacher, {.corpus = student.bundle.corpus});
  check(options, student, *teacher);
  const std::filesystem::path run = options.teacher;
  const auto model = load_bundle_model(teacher->bundle, ModelBundle::folder_of(run), device);
  const SourceInputs inputs{.run = *teacher,
                            .options = teacher->bundle.sources,
                            .threads = static_cast<std::size_t>(device.threads),
                            .model = model.get(),
                            .folder = sources_folder(run),
                            .stop = stop};
  const bool has_hybrid = is_fitted(require_candidate_source("hybrid"), inputs);
  const std::string name = options.source != "auto" ? options.source : has_hybrid ? "hybrid" : "p5";
  const auto source = open_candidate_source(name, inputs);
  const bool logarithms = require_candidate_source(name).score_kind != "score";
  const Lessons lessons(options, *source, logarithms);
  const Split& split = *student.data.ranking;
  const std::size_t users = split.corpus().user_count();
  log_info(fmt::format("the teacher is {} ({})", run.string(), name));
  Progress progress("Asking the teacher", users, "users");
  std::vector<TaughtItems::UserLists> lists;
  for (UserId user = 0; user < users; ++user) {
    stop_if_requested(stop, "interrupted while the teacher was asked");
    lists.push_back(lessons.of(user, split.train_items(user)));
    progress.advance();
  }
  return std::make_shared<const TaughtItems>(options.weight, std::move(lists));
}

}  // namespace p5
