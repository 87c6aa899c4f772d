#include "encoders/encoder_validation.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "base/draw.h"
#include "base/interrupt.h"
#include "base/rng.h"
#include "encoders/history_rows.h"
#include "nn/layer_team.h"

namespace p5 {
namespace {

constexpr std::size_t kBlockTokens = 8192;  // that are encoded at once
constexpr std::size_t kBlockRows = 48;      // that are scored at once
constexpr std::size_t kCutoff = 10;

constexpr std::string_view kStopped = "the validation was interrupted";

// The place of a target, from 1, is the number of items that are not worse: ties are before it.
std::size_t worse_than(float own, std::span<const float> scores) {
  std::size_t worse = 0;
  for (const float score : scores) worse += score < own ? 1 : 0;
  return worse;
}

// The place of a token's item among the items that this process has; none: it has it not.
std::optional<std::size_t> own_place(const EncoderSpec& spec, TokenId token) {
  if (spec.shards == nullptr) return static_cast<std::size_t>(token) - 1;
  const TrainingWorld& world = spec.shards->world();
  if (token % world.size != world.rank) return std::nullopt;
  return static_cast<std::size_t>(token / world.size - (world.leads() ? 1 : 0));  // the first row of rank 0 is padding
}

template <typename Value>
std::string bytes_of(const std::vector<Value>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value)};
}

template <typename Value>
std::vector<Value> values_of(const std::string& bytes) {
  std::vector<Value> values(bytes.size() / sizeof(Value));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(Value));
  return values;
}

template <typename Value>
void add(const std::vector<Value>& from, std::vector<Value>& to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

}  // namespace

EncoderValidation::EncoderValidation(const Split& split, const EncoderSpec& spec,
                                     std::shared_ptr<const HistoryEvidence> evidence, const TimeGaps* gaps)
    : split_(split), spec_(spec), evidence_(std::move(evidence)) {
  std::vector<UserId> users;
  for (UserId user = 0; user < split.corpus().user_count(); ++user) {
    if (split.target_of(user, Part::kValid) && !split.history_for(user, Part::kValid).empty()) users.push_back(user);
  }
  keep_sample(users, static_cast<std::size_t>(spec.options.validate_users),
              Rng(spec.options.seed, "encoder validation"));
  for (const UserId user : users) {
    const auto history = split.history_for(user, Part::kValid);
    std::vector<std::uint8_t> steps;
    if (gaps != nullptr) steps = history_gaps(history, gaps->of_user(user, history.size()), spec);
    questions_.push_back({.tokens = history_tokens(history, spec),
                          .gaps = std::move(steps),
                          .target = split.corpus().items()[*split.target_of(user, Part::kValid)],
                          .user = user});
  }
  std::stable_sort(questions_.begin(), questions_.end(),
                   [](const Question& a, const Question& b) { return a.tokens.size() < b.tokens.size(); });
  entries_.resize(questions_.size());
  cut_blocks();
}

void EncoderValidation::cut_blocks() {
  Block block;
  for (std::size_t i = 0; i < questions_.size(); ++i) {
    if (block.size() > 0 && (block.size() + 1) * questions_[i].tokens.size() > kBlockTokens) {
      blocks_.push_back(std::exchange(block, {i, i}));
    }
    block.end = i + 1;
  }
  if (block.size() > 0) blocks_.push_back(block);
}

std::vector<float> EncoderValidation::encode(const ItemEncoder& encoder, const Block& block) const {
  std::vector<std::vector<TokenId>> rows;
  std::vector<std::vector<std::uint8_t>> gaps;
  for (std::size_t i = block.begin; i < block.end; ++i) {
    rows.push_back(questions_[i].tokens);
    if (!questions_[i].gaps.empty()) gaps.push_back(questions_[i].gaps);
  }
  return encoder.encode(source_batch(rows, gaps));
}

const std::vector<KnownToken>& EncoderValidation::entries_of(std::size_t question) {
  std::optional<std::vector<KnownToken>>& entries = entries_[question];
  if (!entries) entries = evidence_->of(split_.history_for(questions_[question].user, Part::kValid));
  return *entries;
}

void EncoderValidation::count(const Block& block, const Scored& scored) {
  const auto items = static_cast<std::size_t>(scored.scorer.items());
  const auto width = static_cast<std::size_t>(scored.scorer.width());
  const std::size_t parts = (block.size() + kBlockRows - 1) / kBlockRows;
  for_each_on_team(static_cast<std::int64_t>(parts), [&](std::int64_t part) {
    thread_local std::vector<float> scores;
    const std::size_t first = static_cast<std::size_t>(part) * kBlockRows;
    const std::size_t rows = std::min(kBlockRows, block.size() - first);
    scores.resize(rows * items);
    scored.scorer.multiply_items(scored.vectors.subspan(first * width, rows * width), scores);
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t question = block.begin + first + i;
      const auto row = std::span(scores).subspan(i * items, items);
      if (evidence_ != nullptr) {
        for (const KnownToken& entry : entries_of(question)) {
          if (const auto place = own_place(spec_, entry.token)) row[*place] += scored.scorer.added(entry);
        }
      }
      const auto target = own_place(spec_, static_cast<TokenId>(questions_[question].target) + 1);
      // A target's own score may have been summed in another order; it counts as itself.
      const float own = scored.targets.empty() ? row[*target] : scored.targets[first + i];
      if (target) row[*target] = own;
      ranks_[question] += static_cast<std::uint32_t>(items - worse_than(own, row));
    }
  });
}

// In a group of N processes, rank r takes the blocks r, r + N, r + 2 N and so on.
void EncoderValidation::count_alone(const ItemEncoder& encoder, const StopToken& stop, ProcessGroup* group) {
  const EncoderScorer scorer(encoder.tables(), spec_.options.width);
  const TrainingWorld world = group != nullptr ? group->world() : TrainingWorld();
  for (auto i = static_cast<std::size_t>(world.rank); i < blocks_.size(); i += static_cast<std::size_t>(world.size)) {
    if (stop.stop_requested()) break;
    count(blocks_[i], {.scorer = scorer, .vectors = encode(encoder, blocks_[i]), .targets = {}});
  }
}

// The score of each target that this process has, 0 for the others.
std::vector<float> EncoderValidation::own_target_scores(const Block& block, const EncoderScorer& scorer,
                                                        std::span<const float> items, std::span<const float> vectors) {
  const auto width = static_cast<std::size_t>(scorer.width());
  std::vector<float> scores(block.size(), 0.0f);
  for (std::size_t i = 0; i < block.size(); ++i) {
    const auto token = static_cast<TokenId>(questions_[block.begin + i].target) + 1;
    const auto place = own_place(spec_, token);
    if (!place) continue;
    const auto item = items.subspan(*place * width, width), vector = vectors.subspan(i * width, width);
    scores[i] = std::inner_product(item.begin(), item.end(), vector.begin(), 0.0f);
    if (evidence_ == nullptr) continue;
    for (const KnownToken& entry : entries_of(block.begin + i)) {
      if (entry.token == token) scores[i] += scorer.added(entry);
    }
  }
  return scores;
}

// Rounds of a block for each process: all get all vectors, then the scores of the targets from who has them.
void EncoderValidation::count_sharded(const ItemEncoder& encoder, const StopToken& stop, ProcessGroup& group) {
  const ItemTables tables = encoder.tables();
  const EncoderScorer scorer(tables, spec_.options.width);
  const auto rank = static_cast<std::size_t>(group.world().rank), size = static_cast<std::size_t>(group.world().size);
  for (std::size_t round = 0; round < blocks_.size(); round += size) {
    // Encoding is work of all processes; who has no block left encodes the last one again.
    const std::vector<float> own = encode(encoder, blocks_[std::min(round + rank, blocks_.size() - 1)]);
    const std::vector<std::string> encoded = gather_unless_stopped(group, bytes_of(own), stop, kStopped);
    for (std::size_t other = 0; other < size && round + other < blocks_.size(); ++other) {
      const Block& block = blocks_[round + other];
      const std::vector<float> vectors = values_of<float>(encoded[other]);
      std::vector<float> targets(block.size(), 0.0f);
      const auto found = own_target_scores(block, scorer, tables.vectors, vectors);
      for (const std::string& bytes : group.gather(bytes_of(found))) add(values_of<float>(bytes), targets);
      count(block, {.scorer = scorer, .vectors = vectors, .targets = targets});
    }
  }
}

std::optional<double> EncoderValidation::measure(SequenceModel& model, const StopToken& stop, ProcessGroup* group) {
  const auto& encoder = ability_of<ItemEncoder>(model);
  ranks_.assign(questions_.size(), 0);
  if (spec_.shards != nullptr) group = spec_.shards;
  try {
    spec_.shards != nullptr ? count_sharded(encoder, stop, *group) : count_alone(encoder, stop, group);
    if (group == nullptr && stop.stop_requested()) return std::nullopt;
    if (group != nullptr) {
      const auto all = gather_unless_stopped(*group, bytes_of(ranks_), stop, kStopped);
      std::ranges::fill(ranks_, 0u);
      for (const std::string& bytes : all) add(values_of<std::uint32_t>(bytes), ranks_);
    }
  } catch (const Interrupted&) {
    return std::nullopt;
  }
  double sum = 0.0;
  for (const std::uint32_t rank : ranks_) {
    if (rank <= kCutoff) sum += 1.0 / std::log2(static_cast<double>(rank) + 1.0);
  }
  return questions_.empty() ? 0.0 : sum / static_cast<double>(questions_.size());
}

}  // namespace p5
