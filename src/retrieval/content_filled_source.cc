#include "retrieval/content_filled_source.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "base/logger.h"
#include "p5/error.h"
#include "retrieval/top_k.h"

namespace p5 {
namespace {

constexpr std::size_t kBlockQueries = 64;  // that retrieve() scores at once
constexpr float kBelowTheLast = 10;        // how far below a list items are that nothing is known of

bool holds(std::span<const ItemId> items, ItemId item) { return std::ranges::find(items, item) != items.end(); }

}  // namespace

ContentLikeness ContentLikeness::of(std::vector<ItemId> filled, const SparseRows& contents, std::size_t most) {
  ContentLikeness likeness{.filled = std::move(filled), .alike = {}};
  for (std::size_t i = 0; i < likeness.filled.size(); ++i) {
    std::vector<ItemWeight> row;
    for (const ItemWeight& entry : i < contents.size() ? contents[i] : std::span<const ItemWeight>()) {
      if (entry.weight > 0 && !std::ranges::binary_search(likeness.filled, entry.item)) row.push_back(entry);
    }
    keep_strongest(row, most);
    float sum = 0;
    for (const ItemWeight& entry : row) sum += entry.weight;
    for (ItemWeight& entry : row) entry.weight /= sum;
    likeness.alike.push_back(row);
  }
  return likeness;
}

ContentLikeness ContentLikeness::by_content(std::vector<ItemId> filled, const ItemCatalog& catalog,
                                            ContentOptions options) {
  options.max_neighbors = 0;  // the filled ones among them are left out first
  SparseRows contents;
  try {
    contents = compare_contents(catalog, filled, options);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    log_warning(std::string("nothing reads like the new items: ") + error.what());
  }
  return of(std::move(filled), contents, kAlike);
}

// The queries without the items that the source does not know.
struct ContentFilledSource::KnownQueries {
  KnownQueries(std::span<const CandidateQuery> asked, std::size_t known_items)
      : queries(asked.begin(), asked.end()), lists(3 * asked.size()) {
    for (std::size_t i = 0; i < queries.size(); ++i) {
      queries[i].history = below(known_items, queries[i].history, lists[3 * i]);
      queries[i].exclude = below(known_items, queries[i].exclude, lists[3 * i + 1]);
      queries[i].candidates = below(known_items, queries[i].candidates, lists[3 * i + 2]);
    }
  }
  static std::span<const ItemId> below(std::size_t known_items, std::span<const ItemId> items,
                                       std::vector<ItemId>& kept) {
    std::ranges::copy_if(items, std::back_inserter(kept), [known_items](ItemId item) { return item < known_items; });
    return kept.size() == items.size() ? items : std::span<const ItemId>(kept);
  }

  std::vector<CandidateQuery> queries;
  std::vector<std::vector<ItemId>> lists;
};

ContentFilledSource::ContentFilledSource(std::unique_ptr<CandidateSource> source, std::size_t known_items,
                                         std::size_t item_count, std::shared_ptr<const ContentLikeness> likeness)
    : ContentFilledSource(*source, known_items, item_count, std::move(likeness)) {
  owned_ = std::move(source);
}

ContentFilledSource::ContentFilledSource(const CandidateSource& source, std::size_t known_items, std::size_t item_count,
                                         std::shared_ptr<const ContentLikeness> likeness)
    : source_(&source), known_items_(known_items), item_count_(item_count), likeness_(std::move(likeness)) {}

bool ContentFilledSource::wants(const CandidateQuery& query, ItemId item) const {
  return !holds(query.exclude, item) && (query.candidates.empty() || holds(query.candidates, item));
}

void ContentFilledSource::fill_row(std::span<const float> known, const CandidateQuery& query,
                                   std::span<float> row) const {
  std::fill(row.begin(), row.end(), kNotACandidate);
  std::copy(known.begin(), known.end(), row.begin());
  for (std::size_t i = 0; i < likeness_->filled.size(); ++i) {
    float mean = 0, weights = 0;
    for (const ItemWeight& entry : likeness_->alike[i]) {
      if (entry.item >= known.size() || !std::isfinite(known[entry.item])) continue;
      mean += entry.weight * known[entry.item];
      weights += entry.weight;
    }
    if (weights > 0) row[likeness_->filled[i]] = mean / weights;
  }
  for (const ItemId item : query.exclude) {
    if (item < row.size()) row[item] = kNotACandidate;
  }
}

bool ContentFilledSource::score_all(const CandidateQuery& query, std::span<float> scores) const {
  return score_all(std::span(&query, 1), scores);
}

bool ContentFilledSource::score_all(std::span<const CandidateQuery> queries, std::span<float> scores) const {
  assert(scores.size() == queries.size() * item_count_);
  KnownQueries known(queries, known_items_);
  for (CandidateQuery& query : known.queries) query.exclude = {};  // what is excluded may still tell of what is like it
  std::vector<float> rows(queries.size() * known_items_);
  if (!source_->score_all(known.queries, rows)) return false;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    fill_row(std::span(rows).subspan(i * known_items_, known_items_), queries[i],
             scores.subspan(i * item_count_, item_count_));
  }
  return true;
}

std::vector<Candidate> ContentFilledSource::fill_list(const std::vector<Candidate>& list, const CandidateQuery& query,
                                                      std::size_t k) const {
  std::unordered_map<ItemId, double> probabilities;
  float least = 0;
  for (const Candidate& candidate : list) {
    probabilities.emplace(candidate.item, std::exp(static_cast<double>(candidate.score)));
    least = std::min(least, candidate.score);
  }
  std::vector<Candidate> all = list;
  for (std::size_t i = 0; i < likeness_->filled.size(); ++i) {
    const ItemId item = likeness_->filled[i];
    if (!wants(query, item) || probabilities.contains(item)) continue;
    double mean = 0;
    for (const ItemWeight& entry : likeness_->alike[i]) {
      const auto found = probabilities.find(entry.item);
      if (found != probabilities.end()) mean += entry.weight * found->second;
    }
    // Candidates that are given are all ranked.
    if (mean > 0 || !query.candidates.empty()) {
      all.push_back({item, mean > 0 ? static_cast<float>(std::log(mean)) : least - kBelowTheLast});
    }
  }
  return top_k(std::move(all), k);
}

std::vector<std::vector<Candidate>> ContentFilledSource::retrieve(std::span<const CandidateQuery> queries,
                                                                  std::size_t k) const {
  std::vector<std::vector<Candidate>> lists;
  lists.reserve(queries.size());
  std::vector<float> scores(std::min(kBlockQueries, queries.size()) * item_count_);
  for (std::size_t begin = 0; begin < queries.size(); begin = lists.size()) {
    const auto block = queries.subspan(begin, std::min(kBlockQueries, queries.size() - begin));
    const auto rows = std::span(scores).first(block.size() * item_count_);
    if (score_all(block, rows)) {
      for (std::size_t i = 0; i < block.size(); ++i) {
        const auto row = rows.subspan(i * item_count_, item_count_);
        if (block[i].candidates.empty()) {
          lists.push_back(top_k(row, k));
          continue;
        }
        std::vector<Candidate> candidates;
        for (const ItemId item : block[i].candidates) candidates.push_back({item, row[item]});
        lists.push_back(top_k(std::move(candidates), k));
      }
      continue;
    }
    const KnownQueries known(block, known_items_);
    std::vector<CandidateQuery> asked;  // a query whose candidates are all new has nothing to ask
    for (std::size_t i = 0; i < block.size(); ++i) {
      if (block[i].candidates.empty() || !known.queries[i].candidates.empty()) asked.push_back(known.queries[i]);
    }
    const auto answers = source_->retrieve(asked, k);
    std::size_t next = 0;
    for (std::size_t i = 0; i < block.size(); ++i) {
      const bool answered = block[i].candidates.empty() || !known.queries[i].candidates.empty();
      lists.push_back(fill_list(answered ? answers[next++] : std::vector<Candidate>(), block[i], k));
    }
  }
  sign(lists);
  return lists;
}

}  // namespace p5
