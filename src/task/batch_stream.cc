#include "task/batch_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include "base/digest.h"
#include "p5/error.h"
#include "task/batch_planner.h"

namespace p5 {
namespace {

constexpr std::string_view kStateName = "p5-batches-2";
constexpr std::int64_t kMaxTogether = 256;                   // examples encoded at once
constexpr std::uint64_t kFurthest = std::uint64_t{1} << 60;  // a larger position means a damaged state

// "p5-batches-2 <fingerprint> <window> <index>"
struct StateText {
  std::uint64_t fingerprint, window, index;

  std::string print() const { return fmt::format("{} {:016x} {} {}", kStateName, fingerprint, window, index); }

  static StateText parse(const std::string& text) {
    StateText state{};
    const char* at = text.data() + std::min(text.size(), kStateName.size());
    const char* const end = text.data() + text.size();
    bool good = text.starts_with(kStateName);
    const auto number = [&](std::uint64_t& value, int base) {
      good = good && at != end && *at == ' ';
      if (!good) return;
      const auto [rest, code] = std::from_chars(at + 1, end, value, base);
      good = code == std::errc();
      at = rest;
    };
    number(state.fingerprint, 16);
    number(state.window, 10);
    number(state.index, 10);
    if (!good || at != end || state.window > kFurthest) {
      throw model_error("the position in the training data is damaged",
                        {.where = "checkpoint",
                         .expected = fmt::format("'{} <hash> <window> <index>'", kStateName),
                         .got = "'" + text.substr(0, 80) + "'"});
    }
    return state;
  }
};

}  // namespace

struct BatchStream::Window {
  std::uint64_t begin = 0, end = 0;  // positions of the mixture
  std::vector<TokenRow> rows;
  std::vector<std::vector<std::uint32_t>> batches;
};

BatchStream::BatchStream(std::shared_ptr<const TaskMixture> mixture, std::shared_ptr<const PromptTokenizer> tokenizer,
                         std::shared_ptr<const EvidenceWriter> evidence, const BatchStreamOptions& options)
    : mixture_(std::move(mixture)),
      tokenizer_(std::move(tokenizer)),
      evidence_(std::move(evidence)),
      options_(options),
      pool_(static_cast<std::size_t>(options.threads)) {
  auto first = build(0);
  const double share = static_cast<double>(mixture_->epoch_size()) / static_cast<double>(first->rows.size());
  batches_per_epoch_ = std::max<std::int64_t>(1, std::llround(share * static_cast<double>(first->batches.size())));
  fingerprint_ = fingerprint_of(*first);
  enter(std::move(first), 0);
}

BatchStream::~BatchStream() = default;

void BatchStream::encode(std::uint64_t position, std::span<TokenRow> rows) {
  pool_.parallel_for(rows.size(), 8, [&](std::size_t begin, std::size_t end, std::size_t) {
    for (std::size_t i = begin; i < end; ++i) {
      const auto draw = mixture_->draw(position + i);
      rows[i] = tokenizer_->row(draw.example, draw.family);
      rows[i].weight = draw.weight;
      if (evidence_) evidence_->add(draw.example, rows[i]);
    }
  });
}

// The window ends with the row that fills it. Each round encodes no more rows than would fill it if all were as long as
// the longest so far, so that few are encoded in vain.
std::unique_ptr<BatchStream::Window> BatchStream::build(std::uint64_t begin) {
  auto window = std::make_unique<Window>();
  window->begin = window->end = begin;
  const std::int64_t wanted = options_.window_batches * options_.batch_tokens;
  std::vector<RowLength> lengths;
  std::vector<TokenRow> encoded;
  std::int64_t tokens = 0, longest = wanted;
  while (tokens < wanted) {
    const auto together = std::clamp<std::int64_t>((wanted - tokens) / longest, 1, kMaxTogether);
    encoded.assign(static_cast<std::size_t>(together), {});
    encode(window->end, encoded);
    for (std::size_t i = 0; i < encoded.size() && tokens < wanted; ++i, ++window->end) {
      const TokenRow& row = window->rows.emplace_back(std::move(encoded[i]));
      lengths.push_back({static_cast<std::uint32_t>(row.source.size()), static_cast<std::uint32_t>(row.target.size())});
      const auto length = static_cast<std::int64_t>(row.source.size() + row.target.size());
      longest = lengths.size() == 1 ? length : std::max(longest, length);
      tokens += length;
    }
  }
  window->batches = plan_batches(lengths, static_cast<std::uint64_t>(options_.batch_tokens));
  Rng rng(mixture_->seed(), fmt::format("window {}", begin));
  rng.shuffle(std::span(window->batches));
  return window;
}

void BatchStream::enter(std::unique_ptr<Window> window, std::size_t index) {
  window_ = std::move(window);
  index_ = index;
  following_ = std::async(std::launch::async, [this, begin = window_->end] { return build(begin); });
}

TokenBatch BatchStream::next() {
  if (index_ == window_->batches.size()) enter(following_.get(), 0);
  std::vector<TokenRow> rows;
  for (const std::uint32_t row : window_->batches[index_]) rows.push_back(std::move(window_->rows[row]));
  ++index_;
  return tokenizer_->batch_of(rows);
}

// The tokens of the first window represent all that decides them: prompts, vocabulary, index and options.
std::uint64_t BatchStream::fingerprint_of(const Window& first) const {
  std::uint64_t hash = mixture_->fingerprint();
  for (const TokenRow& row : first.rows) {
    hash = hash * 0x100000001b3ULL + checksum64(std::as_bytes(std::span(row.source)));
    hash = hash * 0x100000001b3ULL + checksum64(std::as_bytes(std::span(row.target)));
    if (!row.target_set.empty()) hash = hash * 0x100000001b3ULL + checksum64(std::as_bytes(std::span(row.target_set)));
  }
  return stable_hash(fmt::format("{} {}", options_.batch_tokens, options_.window_batches), hash);
}

std::string BatchStream::state() const {
  return StateText{.fingerprint = fingerprint_, .window = window_->begin, .index = index_}.print();
}

void BatchStream::set_state(const std::string& text) {
  const StateText state = StateText::parse(text);
  if (state.fingerprint != fingerprint_) {
    throw model_error("the position in the training data belongs to another run",
                      {.where = "checkpoint",
                       .expected = fmt::format("{:016x}, of this seed, data and options", fingerprint_),
                       .got = fmt::format("{:016x}", state.fingerprint)});
  }
  if (following_.valid()) following_.wait();  // it encodes with the threads that build() needs
  auto window = build(state.window);
  if (state.index > window->batches.size()) {
    throw model_error("the position in the training data is damaged",
                      {.where = "checkpoint",
                       .expected = fmt::format("a batch below {}", window->batches.size()),
                       .got = std::to_string(state.index)});
  }
  enter(std::move(window), state.index);
}

}  // namespace p5
