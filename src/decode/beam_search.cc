#include "decode/beam_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "decode/trie_searcher.h"
#include "p5/error.h"

namespace p5 {
namespace {

using State = TokenConstraint::State;

constexpr std::uint32_t kNoLink = 0xffffffffu;

// Token sequences as chains from the last token back; beams share their beginnings.
struct Link {
  std::uint32_t before;
  TokenId token;
};

// A sequence that may still grow.
struct Beam {
  float sum;  // of log-probabilities
  State state;
  std::uint32_t link;
  std::int32_t row;  // the row of its parent in the previous request
};

// One more token for the beam at `row`.
struct Candidate {
  float sum;
  float rank;  // the sum, and what is ahead
  TokenId token;
  std::uint32_t row;
};

constexpr std::int32_t kWidestAhead = 512;  // continuations of a beam that are judged by what they lead to

// A sequence that is kept, with its score as the caller sees it.
struct Kept {
  float score;
  State state;
  std::uint32_t link;
};

// The beams of a source, or of one of its groups, are adjacent: [begin, end) of the rows.
struct Source {
  std::int32_t number = 0;  // in the scorer
  bool first_group = true;  // of the number
  const TokenConstraint* constraint = nullptr;
  std::uint32_t begin = 0, end = 0;
  std::vector<Kept> finished;  // best first, at most as many as beams
};

bool must_end(const TokenConstraint& constraint, State state) {
  const std::span<const TokenId> tokens = constraint.allowed(state);
  return tokens.size() == 1 && tokens.front() == kEndToken;
}

bool better(const Candidate& a, const Candidate& b) {
  if (a.rank != b.rank) return a.rank > b.rank;
  return a.token != b.token ? a.token < b.token : a.row < b.row;
}

bool any_looks_ahead(std::span<const TokenConstraint* const> constraints) {
  return std::ranges::any_of(constraints, [](const auto* one) { return one != nullptr && one->looks_ahead(); });
}

class BeamSearcher {
 public:
  BeamSearcher(NextTokenScorer& scorer, std::span<const TokenConstraint* const> constraints,
               const BeamOptions& options);
  std::vector<std::vector<Hypothesis>> run();

 private:
  void check() const;
  void start();
  void constrain();
  void expand();
  void obey_rules();
  std::vector<TokenId> text_of(std::uint32_t link) const;
  void prefer_other_tokens(const Source& source);
  void gather(const Source& source);
  void select(Source& source);
  void retire(Source& source, const Candidate& candidate);
  void insert_finished(Source& source, const Kept& kept);
  void keep_alive(Source& source, const Candidate& candidate);
  void reorder();
  std::vector<Hypothesis> collect(std::span<const Source> groups) const;
  Hypothesis hypothesis(const Kept& kept, bool finished) const;

  // The score of a sum over `length` tokens, and the best score that a live sum can still reach. Log-probabilities only
  // lower a sum, so the best length is the next one or the last one.
  float score(float sum, std::int32_t length) const {
    return options_.length_penalty == 0.0f ? sum : sum / std::pow(static_cast<float>(length), options_.length_penalty);
  }
  float hope(float sum) const { return std::max(score(sum, length_ + 1), score(sum, options_.max_length)); }

  NextTokenScorer& scorer_;
  const BeamOptions options_;
  const std::size_t width_;  // beams of a group
  std::int32_t length_ = 0;  // tokens of the candidates of this step
  bool constrained_ = false;
  bool looks_ahead_ = false;
  std::vector<Source> sources_;
  std::vector<Beam> beams_, next_beams_;
  std::vector<Link> links_;
  std::vector<Candidate> candidates_;
  std::vector<TokenId> taken_;  // by earlier groups of the source, at this step
  ScoreResult result_;
  std::vector<Continuation> choices_;  // scratch
  // Columns of the request, one entry per beam.
  std::vector<std::int32_t> row_source_, row_parent_;
  std::vector<TokenId> row_token_, allowed_;
  std::vector<std::uint32_t> allowed_offsets_, known_offsets_;
  std::vector<KnownToken> known_;
};

BeamSearcher::BeamSearcher(NextTokenScorer& scorer, std::span<const TokenConstraint* const> constraints,
                           const BeamOptions& options)
    : scorer_(scorer),
      options_(options),
      width_(static_cast<std::size_t>(options.beams / std::max(options.groups, 1))) {
  const auto count = static_cast<std::size_t>(scorer.source_count());
  if (!constraints.empty() && constraints.size() != count) {
    throw usage_error("every source needs its constraint",
                      {"beam search", std::to_string(count), std::to_string(constraints.size())});
  }
  const auto free = static_cast<std::size_t>(std::count(constraints.begin(), constraints.end(), nullptr));
  if (free != 0 && free != constraints.size()) {
    throw usage_error("free and constrained sources do not mix in one search");
  }
  constrained_ = free < constraints.size();
  looks_ahead_ = any_looks_ahead(constraints);
  check();
  for (std::size_t s = 0; s < count; ++s) {
    for (std::int32_t group = 0; group < options.groups; ++group) {
      Source& source = sources_.emplace_back();
      source.number = static_cast<std::int32_t>(s);
      source.first_group = group == 0;
      if (!constraints.empty()) source.constraint = constraints[s];
    }
  }
}

void BeamSearcher::check() const {
  if (options_.beams < 1 || options_.max_length < 1) {
    throw usage_error("nothing to search for", {"beam search", "beams and length from 1",
                                                fmt::format("{} and {}", options_.beams, options_.max_length)});
  }
  if (options_.groups < 1 || options_.beams % options_.groups != 0 || !(options_.diversity >= 0.0f)) {
    throw usage_error("bad groups of beams",
                      {"beam search", "groups that divide the beams, and a diversity from 0",
                       fmt::format("{} groups of {} beams, {}", options_.groups, options_.beams, options_.diversity)});
  }
  check_rules(options_.rules);
  if (constrained_ && (options_.groups > 1 || !options_.rules.change_nothing())) {
    throw usage_error("groups and rules are for free text");
  }
}

std::vector<std::vector<Hypothesis>> BeamSearcher::run() {
  start();
  while (!beams_.empty() && length_ < options_.max_length) {
    ++length_;
    constrain();
    expand();
    for (Source& source : sources_) select(source);
    reorder();
  }
  std::vector<std::vector<Hypothesis>> results;
  const auto groups = static_cast<std::size_t>(options_.groups);
  for (std::size_t s = 0; s < sources_.size(); s += groups) {
    results.push_back(collect(std::span(sources_).subspan(s, groups)));
  }
  return results;
}

// One empty beam per source, and memory for all that will come.
void BeamSearcher::start() {
  const std::size_t rows = sources_.size() * width_;
  for (auto* beams : {&beams_, &next_beams_}) beams->reserve(rows);
  for (auto* column : {&row_source_, &row_parent_}) column->reserve(rows);
  row_token_.reserve(rows);
  allowed_offsets_.reserve(rows + 1);
  candidates_.reserve(width_ * (width_ + 1));
  links_.reserve(rows * static_cast<std::size_t>(std::min(options_.max_length, 64)));
  for (Source& source : sources_) {
    source.finished.reserve(width_ + 1);
    source.begin = static_cast<std::uint32_t>(beams_.size());
    const State state = source.constraint == nullptr ? 0 : source.constraint->start();
    const bool open = source.constraint == nullptr || !source.constraint->allowed(state).empty();
    if (open) beams_.push_back({.sum = 0.0f, .state = state, .link = kNoLink, .row = 0});
    source.end = static_cast<std::uint32_t>(beams_.size());
  }
}

// Lists the tokens that each beam may take, and what is known of them.
void BeamSearcher::constrain() {
  allowed_.clear();
  allowed_offsets_.clear();
  known_.clear();
  known_offsets_.clear();
  if (!constrained_) return;
  allowed_offsets_.push_back(0);
  known_offsets_.push_back(0);
  for (const Source& source : sources_) {
    for (std::uint32_t row = source.begin; row < source.end; ++row) {
      const std::span<const TokenId> tokens = source.constraint->allowed(beams_[row].state);
      allowed_.insert(allowed_.end(), tokens.begin(), tokens.end());
      allowed_offsets_.push_back(static_cast<std::uint32_t>(allowed_.size()));
      const std::span<const KnownToken> known = source.constraint->known(beams_[row].state);
      known_.insert(known_.end(), known.begin(), known.end());
      known_offsets_.push_back(static_cast<std::uint32_t>(known_.size()));
    }
  }
}

// Asks for the best continuations of every beam: one more than beams, because one of them may be the end token, and as
// many more as rules and other groups may lower.
void BeamSearcher::expand() {
  row_source_.clear();
  row_parent_.clear();
  row_token_.clear();
  for (const Source& source : sources_) {
    row_source_.insert(row_source_.end(), source.end - source.begin, source.number);
  }
  if (length_ > 1) {
    for (const Beam& beam : beams_) {
      row_parent_.push_back(beam.row);
      row_token_.push_back(links_[beam.link].token);
    }
  }
  const std::int32_t wanted = static_cast<std::int32_t>(width_) + 1 + options_.rules.lowered(length_ - 1) +
                              (options_.beams - static_cast<std::int32_t>(width_));
  scorer_.score({.source = row_source_,
                 .parent = row_parent_,
                 .last_token = row_token_,
                 .allowed_offsets = allowed_offsets_,
                 .allowed = allowed_,
                 .known_offsets = known_.empty() ? std::span<const std::uint32_t>() : known_offsets_,
                 .known = known_,
                 .top = looks_ahead_ ? std::max(kWidestAhead, wanted) : wanted},
                result_);
  if (result_.offsets.size() != beams_.size() + 1) {
    throw Error(ErrorCode::kInternal, ErrorSubject::kModel, "the scorer answered another number of rows",
                {"beam search", std::to_string(beams_.size() + 1), std::to_string(result_.offsets.size())});
  }
  if (!options_.rules.change_nothing()) obey_rules();
}

std::vector<TokenId> BeamSearcher::text_of(std::uint32_t link) const {
  std::vector<TokenId> tokens;
  for (; link != kNoLink; link = links_[link].before) tokens.push_back(links_[link].token);
  std::reverse(tokens.begin(), tokens.end());
  return tokens;
}

// Replaces the rows of result_ by what the rules leave of them.
void BeamSearcher::obey_rules() {
  ScoreResult left{.offsets = {0}, .values = {}};
  for (std::size_t row = 0; row < beams_.size(); ++row) {
    choices_.assign(result_.values.begin() + result_.offsets[row], result_.values.begin() + result_.offsets[row + 1]);
    apply_rules(options_.rules, text_of(beams_[row].link), choices_);
    left.values.insert(left.values.end(), choices_.begin(), choices_.end());
    left.offsets.push_back(static_cast<std::uint32_t>(left.values.size()));
  }
  result_ = std::move(left);
}

// Sorts candidates_ again; tokens that earlier groups took at this step cost more.
void BeamSearcher::prefer_other_tokens(const Source& source) {
  if (source.first_group) taken_.clear();
  if (taken_.empty() || options_.diversity == 0.0f) return;
  const auto cost = [this](const Candidate& candidate) {
    return options_.diversity * static_cast<float>(std::count(taken_.begin(), taken_.end(), candidate.token));
  };
  std::vector<std::pair<float, Candidate>> ranked;
  for (const Candidate& candidate : candidates_) ranked.emplace_back(candidate.sum - cost(candidate), candidate);
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t i = 0; i < ranked.size(); ++i) candidates_[i] = ranked[i].second;
}

// Brings the best continuations of one source to the front of candidates_. At most one per row is an end, so twice the
// width holds a full set of live beams.
void BeamSearcher::gather(const Source& source) {
  candidates_.clear();
  for (std::uint32_t row = source.begin; row < source.end; ++row) {
    for (std::uint32_t i = result_.offsets[row]; i < result_.offsets[row + 1]; ++i) {
      const Continuation& continuation = result_.values[i];
      const float sum = beams_[row].sum + continuation.log_probability;
      if (std::isnan(sum)) throw model_error("the model's probabilities are not numbers", {"beam search", "", "NaN"});
      if (sum == -std::numeric_limits<float>::infinity()) continue;
      const float ahead = looks_ahead_ ? source.constraint->ahead(beams_[row].state, continuation.token) : 0.0f;
      candidates_.push_back({sum, sum + ahead, continuation.token, row});
    }
  }
  const bool groups = options_.groups > 1;
  const std::size_t wanted = std::min(candidates_.size(), 2 * width_);
  const std::size_t sorted = groups ? candidates_.size() : wanted;
  std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(sorted), candidates_.end(),
                    better);
  if (groups) prefer_other_tokens(source);
  candidates_.resize(wanted);
}

// Ends go to the finished list, the best others to next_beams_, unless none of them can enter that list any more.
void BeamSearcher::select(Source& source) {
  const auto begin = static_cast<std::uint32_t>(next_beams_.size());
  gather(source);
  for (std::size_t rank = 0; rank < candidates_.size(); ++rank) {
    const Candidate& candidate = candidates_[rank];
    if (candidate.token != kEndToken) {
      if (next_beams_.size() - begin >= width_) continue;
      keep_alive(source, candidate);
      if (options_.groups > 1) taken_.push_back(candidate.token);
    } else if (constrained_ || rank < width_) {
      // A complete item costs nothing to keep. In free text, an unlikely end would win by being short.
      retire(source, candidate);
    }
  }
  const bool full = source.finished.size() == width_;
  float best = -std::numeric_limits<float>::infinity();  // with groups, the first need not have the best sum
  for (std::size_t row = begin; row < next_beams_.size(); ++row) best = std::max(best, next_beams_[row].sum);
  if (full && hope(best) <= source.finished.back().score) next_beams_.resize(begin);
  source.begin = begin;
  source.end = static_cast<std::uint32_t>(next_beams_.size());
}

void BeamSearcher::retire(Source& source, const Candidate& candidate) {
  const Beam& beam = beams_[candidate.row];
  const State state = source.constraint == nullptr ? 0 : source.constraint->next(beam.state, kEndToken);
  if (constrained_ && state == TokenConstraint::kRefused) return;
  insert_finished(source, {score(candidate.sum, length_), state, beam.link});
}

void BeamSearcher::insert_finished(Source& source, const Kept& kept) {
  const auto position = std::upper_bound(source.finished.begin(), source.finished.end(), kept,
                                         [](const Kept& a, const Kept& b) { return a.score > b.score; });
  source.finished.insert(position, kept);
  if (source.finished.size() > width_) source.finished.pop_back();
}

void BeamSearcher::keep_alive(Source& source, const Candidate& candidate) {
  const Beam& beam = beams_[candidate.row];
  State state = 0;
  if (source.constraint != nullptr) {
    state = source.constraint->next(beam.state, candidate.token);
    if (state == TokenConstraint::kRefused || source.constraint->allowed(state).empty()) return;
  }
  const auto link = static_cast<std::uint32_t>(links_.size());
  links_.push_back({beam.link, candidate.token});
  if (source.constraint != nullptr && length_ < options_.max_length && must_end(*source.constraint, state)) {
    // The end is certain, so its log-probability among the allowed tokens is 0: no need to ask the model.
    insert_finished(source, {score(candidate.sum, length_ + 1), source.constraint->next(state, kEndToken), link});
    return;
  }
  next_beams_.push_back({candidate.sum, state, link, static_cast<std::int32_t>(candidate.row)});
}

void BeamSearcher::reorder() {
  beams_.swap(next_beams_);
  next_beams_.clear();
}

// What the groups of one source found, best first, without duplicates.
std::vector<Hypothesis> BeamSearcher::collect(std::span<const Source> groups) const {
  std::vector<Hypothesis> hypotheses;
  for (const Source& source : groups) {
    for (const Kept& kept : source.finished) hypotheses.push_back(hypothesis(kept, true));
  }
  const bool finished = !hypotheses.empty();
  for (const Source& source : groups) {
    for (std::uint32_t row = source.begin; row < source.end && !finished; ++row) {
      const Beam& beam = beams_[row];
      hypotheses.push_back(hypothesis({score(beam.sum, std::max(length_, 1)), beam.state, beam.link}, false));
    }
  }
  if (groups.size() == 1) return hypotheses;
  std::stable_sort(hypotheses.begin(), hypotheses.end(),
                   [](const Hypothesis& a, const Hypothesis& b) { return a.score > b.score; });
  std::vector<Hypothesis> distinct;
  for (Hypothesis& found : hypotheses) {
    const bool known = std::any_of(distinct.begin(), distinct.end(),
                                   [&](const Hypothesis& other) { return other.tokens == found.tokens; });
    if (!known) distinct.push_back(std::move(found));
  }
  return distinct;
}

Hypothesis BeamSearcher::hypothesis(const Kept& kept, bool finished) const {
  return {.tokens = text_of(kept.link), .score = kept.score, .state = kept.state, .finished = finished};
}

}  // namespace

std::vector<std::vector<Hypothesis>> beam_search(NextTokenScorer& scorer,
                                                 std::span<const TokenConstraint* const> constraints,
                                                 const BeamOptions& options) {
  BeamSearcher searcher(scorer, constraints, options);
  if (auto* itself = dynamic_cast<TrieSearcher*>(&scorer)) {
    if (auto found = itself->search_trie(constraints, options)) return *std::move(found);
  }
  return searcher.run();
}

}  // namespace p5
