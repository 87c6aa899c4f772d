#include "retrieval/candidate_pool.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "p5/error.h"
#include "retrieval/top_k.h"

namespace p5 {
namespace {

constexpr std::size_t kRowsInMemory = std::size_t{1} << 22;  // scores of all parts that are held together
constexpr float kLeastLog = -40;                             // of an item that a part excludes
constexpr double kLeastRest = 1e-9;                          // probability of all items outside a pool

std::vector<ItemId> sorted_copy(std::span<const ItemId> items) {
  std::vector<ItemId> sorted(items.begin(), items.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return sorted;
}

bool holds(std::span<const ItemId> sorted, ItemId item) {
  return std::binary_search(sorted.begin(), sorted.end(), item);
}

void write_ages(std::span<const ItemId> history, CandidatePool& pool) {
  pool.history_length = history.size();
  pool.ages.assign(pool.size(), 0);
  constexpr std::size_t kOldest = std::numeric_limits<std::uint16_t>::max();
  for (std::size_t i = 0; i < history.size(); ++i) {
    const std::int32_t at = pool.find(history[i]);
    if (at >= 0)
      pool.ages[static_cast<std::size_t>(at)] = static_cast<std::uint16_t>(std::min(kOldest, history.size() - i));
  }
}

// The part's list of a pool, best first, as ranks by position in the pool.
void write_ranks(std::span<const Candidate> list, std::size_t part, CandidatePool& pool) {
  constexpr std::size_t kLast = std::numeric_limits<std::uint16_t>::max();
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::int32_t at = pool.find(list[i].item);
    if (at < 0) continue;
    pool.ranks[part * pool.size() + static_cast<std::size_t>(at)] = static_cast<std::uint16_t>(std::min(kLast, i + 1));
  }
}

void write_rest(std::size_t part, CandidatePool& pool) {
  double inside = 0;
  for (const float log_p : pool.log_p_of(part)) inside += static_cast<double>(std::exp(log_p));
  const double each = std::max(kLeastRest, 1 - inside) / static_cast<double>(std::max<std::size_t>(1, pool.outside));
  pool.rest[part] = static_cast<float>(std::log(each));
}

void write_list(std::span<const Candidate> list, std::size_t competing, std::size_t part, CandidatePool& pool) {
  const ListProbabilities probabilities = list_probabilities(list, competing);
  const auto row = std::span(pool.log_p).subspan(part * pool.size(), pool.size());
  std::fill(row.begin(), row.end(), probabilities.other);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::int32_t at = pool.find(list[i].item);
    if (at >= 0) row[static_cast<std::size_t>(at)] = probabilities.listed[i];
  }
  write_ranks(list, part, pool);
}

std::vector<ItemId> union_of(std::span<const std::vector<Candidate>> lists, std::span<const ItemId> excluded,
                             std::size_t item_count) {
  std::vector<ItemId> items;
  for (const std::vector<Candidate>& list : lists) {
    for (const Candidate& candidate : list) {
      if (candidate.item < item_count && !holds(excluded, candidate.item)) items.push_back(candidate.item);
    }
  }
  return sorted_copy(items);
}

CandidatePool empty_pool(std::vector<ItemId> items, std::size_t parts) {
  CandidatePool pool;
  pool.part_count = parts;
  pool.items = std::move(items);
  pool.log_p.resize(parts * pool.size());
  pool.ranks.assign(parts * pool.size(), 0);
  pool.rest.assign(parts, 0.0f);
  return pool;
}

}  // namespace

std::int32_t CandidatePool::find(ItemId item) const {
  const auto found = std::lower_bound(items.begin(), items.end(), item);
  return found == items.end() || *found != item ? -1 : static_cast<std::int32_t>(found - items.begin());
}

// What the parts said to some queries: score rows or lists.
struct PoolBuilder::Answers {
  std::vector<std::vector<float>> rows;                    // [part][query, item_count]; empty for lists
  std::vector<std::vector<std::vector<Candidate>>> lists;  // [part][query]; empty for rows
};

PoolBuilder::PoolBuilder(std::vector<PoolPart> parts, std::size_t item_count, std::size_t pool, std::size_t list)
    : parts_(std::move(parts)), item_count_(item_count), pool_(pool), list_(list) {}

std::vector<CandidatePool> PoolBuilder::build(std::span<const CandidateQuery> queries, std::size_t k) const {
  std::vector<CandidatePool> pools;
  const bool lists_alone = std::all_of(parts_.begin(), parts_.end(),
                                       [](const PoolPart& part) { return part.rule.kind == ScoreRule::Kind::kList; });
  const std::size_t row = std::max<std::size_t>(1, item_count_ * parts_.size());
  const std::size_t most = lists_alone ? queries.size() : std::max<std::size_t>(1, kRowsInMemory / row);
  for (std::size_t begin = 0; begin < queries.size(); begin = pools.size()) {
    const auto some = queries.subspan(begin, std::min(most, queries.size() - begin));
    const Answers answers = ask(some, k);
    for (std::size_t i = 0; i < some.size(); ++i) {
      pools.push_back(some[i].candidates.empty() ? among_all(answers, i, some[i], k)
                                                 : among_candidates(answers, i, some[i]));
      write_ages(some[i].history, pools.back());
    }
  }
  return pools;
}

PoolBuilder::Answers PoolBuilder::ask(std::span<const CandidateQuery> queries, std::size_t k) const {
  Answers answers{.rows = std::vector<std::vector<float>>(parts_.size()),
                  .lists = std::vector<std::vector<std::vector<Candidate>>>(parts_.size())};
  // Probabilities are over all items, whatever is excluded from the answer.
  std::vector<CandidateQuery> open(queries.begin(), queries.end());
  for (CandidateQuery& query : open) query.exclude = {};
  const bool any_rows = std::any_of(parts_.begin(), parts_.end(),
                                    [](const PoolPart& part) { return part.rule.kind != ScoreRule::Kind::kList; });
  const std::size_t length = any_rows ? list_ : std::max(list_, k);
  for (std::size_t part = 0; part < parts_.size(); ++part) {
    const CandidateSource& source = *parts_[part].source;
    if (parts_[part].rule.kind == ScoreRule::Kind::kList) {
      answers.lists[part] = source.retrieve(queries, length);
      continue;
    }
    answers.rows[part].resize(queries.size() * item_count_);
    if (!source.score_all(open, answers.rows[part])) {
      throw Error(ErrorCode::kInternal, ErrorSubject::kModel, "a source of a hybrid does not score all items",
                  {.where = source.name(), .expected = "scores, as when the hybrid was fit"});
    }
  }
  return answers;
}

// What each part proposes, best first. `zeros`: also what a count knows nothing of.
std::vector<std::vector<Candidate>> PoolBuilder::proposals(const Answers& answers, std::size_t at,
                                                           std::span<const ItemId> excluded, std::size_t most,
                                                           bool zeros) const {
  std::vector<std::vector<Candidate>> tops;
  for (std::size_t part = 0; part < parts_.size(); ++part) {
    if (parts_[part].rule.kind == ScoreRule::Kind::kList) {
      tops.push_back(answers.lists[part][at]);
      continue;
    }
    const auto row = std::span(answers.rows[part]).subspan(at * item_count_, item_count_);
    std::vector<float> open(row.begin(), row.end());
    for (const ItemId item : excluded) {
      if (item < item_count_) open[item] = kNotACandidate;
    }
    tops.push_back(top_k(open, most));
    if (zeros || parts_[part].rule.kind != ScoreRule::Kind::kCounts) continue;
    std::erase_if(tops.back(), [](const Candidate& candidate) { return !(candidate.score > 0); });
  }
  return tops;
}

CandidatePool PoolBuilder::among_all(const Answers& answers, std::size_t at, const CandidateQuery& query,
                                     std::size_t k) const {
  const std::vector<ItemId> excluded = sorted_copy(query.exclude);
  const std::size_t most = std::max(pool_, k);
  auto tops = proposals(answers, at, excluded, most, false);
  std::vector<ItemId> items = union_of(tops, excluded, item_count_);
  if (items.size() < k) {
    tops = proposals(answers, at, excluded, most, true);
    items = union_of(tops, excluded, item_count_);
  }
  CandidatePool pool = empty_pool(std::move(items), parts_.size());
  pool.outside = item_count_ - pool.size();
  std::vector<float> logs(item_count_);
  for (std::size_t part = 0; part < parts_.size(); ++part) {
    if (parts_[part].rule.kind == ScoreRule::Kind::kList) {
      write_list(tops[part], item_count_, part, pool);
    } else {
      log_probabilities(parts_[part].rule, std::span(answers.rows[part]).subspan(at * item_count_, item_count_), logs);
      for (std::size_t i = 0; i < pool.size(); ++i) {
        pool.log_p[part * pool.size() + i] = std::max(kLeastLog, logs[pool.items[i]]);
      }
      write_ranks(tops[part], part, pool);
    }
    write_rest(part, pool);
  }
  return pool;
}

CandidatePool PoolBuilder::among_candidates(const Answers& answers, std::size_t at, const CandidateQuery& query) const {
  const std::vector<ItemId> excluded = sorted_copy(query.exclude);
  std::vector<ItemId> items = sorted_copy(query.candidates);
  std::erase_if(items, [&](ItemId item) { return item >= item_count_ || holds(excluded, item); });
  CandidatePool pool = empty_pool(std::move(items), parts_.size());
  std::vector<float> scores(pool.size());
  for (std::size_t part = 0; part < parts_.size(); ++part) {
    if (parts_[part].rule.kind == ScoreRule::Kind::kList) {
      write_list(answers.lists[part][at], pool.size(), part, pool);
    } else {
      std::vector<Candidate> list;
      for (std::size_t i = 0; i < pool.size(); ++i) {
        scores[i] = answers.rows[part][at * item_count_ + pool.items[i]];
        list.push_back({pool.items[i], scores[i]});
      }
      const auto logs = std::span(pool.log_p).subspan(part * pool.size(), pool.size());
      log_probabilities(parts_[part].rule, scores, logs);
      for (float& log_p : logs) log_p = std::max(kLeastLog, log_p);
      write_ranks(top_k(std::move(list), pool.size()), part, pool);
    }
    write_rest(part, pool);
  }
  return pool;
}

}  // namespace p5
