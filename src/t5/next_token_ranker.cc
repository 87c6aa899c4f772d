#include "t5/next_token_ranker.h"

#include <algorithm>
#include <functional>

#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::uint32_t kFewRows = 4;         // below this many rows packing the (longer) whole matrix does not pay
constexpr std::uint32_t kSharingRows = 8;     // from here on a list that rows share is gathered and packed
constexpr std::size_t kSharedTokens = 32;     // of at least this many tokens
constexpr std::uint32_t kRowsTogether = 64;   // logits of this many rows at once ...
constexpr std::int64_t kMaxLogits = 1 << 22;  // ... unless they are more than this
constexpr std::int64_t kGathered = 512;       // output rows gathered at once
constexpr std::size_t kDense = 4;             // the whole product where at least a kDense-th of it is wanted

}  // namespace

std::span<const TokenId> NextTokenRanker::Job::allowed(std::uint32_t row) const {
  const std::uint32_t begin = request.allowed_offsets[row];
  return request.allowed.subspan(begin, request.allowed_offsets[row + 1] - begin);
}

void NextTokenRanker::rank(const T5Engine& engine, const States& states, const ScoreRequest& request,
                           ScoreResult& result, ThreadPool& pool) {
  const Job job{engine, states, request, result};
  const std::size_t rows = request.source.size();
  const auto top = static_cast<std::uint32_t>(std::max(request.top, 0));
  const bool constrained = !request.allowed_offsets.empty();
  result.offsets.resize(rows + 1);
  result.offsets[0] = 0;
  for (std::uint32_t row = 0; row < rows; ++row) {
    const std::size_t count =
        constrained ? job.allowed(row).size() : static_cast<std::size_t>(engine.spec().vocab_size);
    result.offsets[row + 1] = result.offsets[row] + static_cast<std::uint32_t>(std::min<std::size_t>(count, top));
  }
  result.values.resize(result.offsets[rows]);
  if (result.values.empty()) return;
  partition(job);
  if (workspaces_.size() < pool.size()) workspaces_.resize(pool.size());
  const auto rank_parts = [&](std::size_t first, std::size_t last, std::size_t worker) {
    const MatrixPrecisionScope precision(engine.precision());
    const MatrixSession session;
    constexpr decltype(&rank_rows) kWays[] = {rank_rows, rank_shared, rank_whole};
    for (std::size_t i = first; i < last; ++i)
      kWays[static_cast<int>(parts_[i].way)](job, parts_[i], workspaces_[worker]);
  };
  pool.parallel_for(parts_.size(), 1, std::ref(rank_parts));  // a reference, so that the function needs no memory
}

void NextTokenRanker::partition(const Job& job) {
  parts_.clear();
  const auto rows = static_cast<std::uint32_t>(job.request.source.size());
  const std::int64_t vocab = job.engine.spec().vocab_size;
  const bool constrained = !job.request.allowed_offsets.empty();
  if (constrained &&
      (rows < kSharingRows || job.request.allowed.size() * kDense < rows * static_cast<std::size_t>(vocab))) {
    return cut_constrained(job);
  }
  const Way way = rows < kFewRows ? Way::kRows : Way::kWhole;
  const auto together = static_cast<std::uint32_t>(std::clamp<std::int64_t>(kMaxLogits / vocab, 1, kRowsTogether));
  for (std::uint32_t row = 0; row < rows; row += together) parts_.push_back({way, row, std::min(row + together, rows)});
}

// Rows that share a list and are side by side make a part.
void NextTokenRanker::cut_constrained(const Job& job) {
  const auto rows = static_cast<std::uint32_t>(job.request.source.size());
  for (std::uint32_t begin = 0; begin < rows;) {
    const std::span<const TokenId> tokens = job.allowed(begin);
    std::uint32_t end = begin + 1;
    while (end < rows && end - begin < kRowsTogether && tokens.size() >= kSharedTokens &&
           std::ranges::equal(tokens, job.allowed(end))) {
      ++end;
    }
    const bool shared = end - begin >= kSharingRows;
    const bool goes_on =
        !shared && !parts_.empty() && parts_.back().way == Way::kRows && end - parts_.back().begin <= kRowsTogether;
    if (goes_on) {
      parts_.back().end = end;
    } else {
      parts_.push_back({shared ? Way::kShared : Way::kRows, begin, end});
    }
    begin = end;
  }
}

void NextTokenRanker::pack_states(const Job& job, const Part& part, Workspace& workspace) {
  const std::int64_t d_model = job.engine.spec().d_model, rows = part.end - part.begin;
  float* to = workspace.states.resize(static_cast<std::size_t>(rows * d_model));
  for (std::uint32_t row = part.begin; row < part.end; ++row, to += d_model) {
    std::copy_n(job.states.data + job.states.place[row] * d_model, d_model, to);
  }
  workspace.left.pack({workspace.states.data(), rows, d_model, d_model});
}

void NextTokenRanker::rank_rows(const Job& job, const Part& part, Workspace& workspace) {
  const T5Spec& spec = job.engine.spec();
  const bool constrained = !job.request.allowed_offsets.empty();
  for (std::uint32_t row = part.begin; row < part.end; ++row) {
    const float* states = job.states.data + job.states.place[row] * spec.d_model;
    const std::int64_t count =
        constrained ? static_cast<std::int64_t>(job.allowed(row).size()) : job.engine.output_rows().rows();
    if (count == 0) continue;
    float* logits = workspace.logits.resize(static_cast<std::size_t>(count));
    if (constrained) {
      job.engine.output_rows().multiply(states, job.allowed(row), logits, workspace.table);
    } else {
      job.engine.output_rows().multiply(states, logits, workspace.table);
    }
    keep_best(job, row, logits, count, workspace);
  }
}

void NextTokenRanker::rank_shared(const Job& job, const Part& part, Workspace& workspace) {
  const std::int64_t rows = part.end - part.begin;
  const std::span<const TokenId> tokens = job.allowed(part.begin);
  const auto count = static_cast<std::int64_t>(tokens.size());
  pack_states(job, part, workspace);
  float* logits = workspace.logits.resize(static_cast<std::size_t>(rows * count));
  for (std::int64_t first = 0; first < count; first += kGathered) {
    const std::int64_t some = std::min(kGathered, count - first);
    job.engine.output_rows().pack(tokens.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(some)),
                                  workspace.right, workspace.table);
    multiply(workspace.left, workspace.right, {logits + first, rows, some, count});
  }
  for (std::uint32_t row = part.begin; row < part.end; ++row, logits += count) {
    keep_best(job, row, logits, count, workspace);
  }
}

void NextTokenRanker::rank_whole(const Job& job, const Part& part, Workspace& workspace) {
  const std::int64_t vocab = job.engine.spec().vocab_size, rows = part.end - part.begin;
  const bool constrained = !job.request.allowed_offsets.empty();
  pack_states(job, part, workspace);
  float* products = workspace.products.resize(static_cast<std::size_t>(rows * vocab));
  multiply(workspace.left, job.engine.output_factor(), {products, rows, vocab, vocab});
  for (std::uint32_t row = part.begin; row < part.end; ++row, products += vocab) {
    if (!constrained) {
      keep_best(job, row, products, vocab, workspace);
      continue;
    }
    const std::span<const TokenId> tokens = job.allowed(row);
    if (tokens.empty()) continue;
    float* logits = workspace.logits.resize(tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) logits[i] = products[tokens[i]];
    keep_best(job, row, logits, static_cast<std::int64_t>(tokens.size()), workspace);
  }
}

void NextTokenRanker::keep_best(const Job& job, std::uint32_t row, float* logits, std::int64_t count,
                                Workspace& workspace) {
  const EvidenceWeights& evidence = job.engine.evidence();
  const bool constrained = !job.request.allowed_offsets.empty();
  for_each_allowed(evidence.known(job.request, row), constrained ? job.allowed(row) : std::span<const TokenId>(),
                   constrained,
                   [&](std::size_t place, const KnownToken& known) { logits[place] += evidence.bias(known); });
  if (!log_softmax_row(logits, count)) throw model_error("the model's output is not a number");
  const std::uint32_t to = job.result.offsets[row];
  const std::size_t wanted = job.result.offsets[row + 1] - to;
  if (workspace.top.size() < wanted) workspace.top.resize(wanted);
  top_values(logits, count, static_cast<std::int64_t>(wanted), workspace.top.data());
  for (std::size_t i = 0; i < wanted; ++i) {
    const TopValue& best = workspace.top[i];
    // Allowed tokens ascend, so that the order of indices is the order of tokens.
    const TokenId token =
        constrained ? job.allowed(row)[static_cast<std::size_t>(best.place)] : static_cast<TokenId>(best.place);
    job.result.values[to + i] = {token, best.value};
  }
}

}  // namespace p5
