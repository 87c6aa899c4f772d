// The CPU path without LibTorch: golden checkpoints, steps against whole passes, padding, files, refusals.
#include "t5/t5_cpu_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "decode/beam_search.h"
#include "nn/matrix_product.h"
#include "p5/error.h"
#include "support/temporary_folder.h"
#include "t5/model_batches.h"
#include "t5/random_checkpoint.h"
#include "t5/scorer_walk.h"
#include "t5/t5_checkpoint.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace p5::test;

// Sizes that fill neither lanes nor tiles.
T5Spec odd_spec() {
  T5Spec spec = gated_nano();
  spec.d_model = 40;
  spec.num_heads = 3;
  spec.d_kv = 20;
  spec.d_ff = 300;
  spec.num_decoder_layers = 3;
  spec.whole_word_rows = 0;
  return spec;
}

T5Spec unscaled_spec() {
  T5Spec spec = nano();
  spec.scale_decoder_outputs = false;
  return spec;
}

T5Spec prefix_spec(bool decoder_only) {
  T5Spec spec = nano();
  spec.prefix_tokens = 3;
  spec.prefix_decoder_only = decoder_only;
  return spec;
}

struct Form {
  const char* name;
  T5Spec spec;
};

class CpuFormTest : public testing::TestWithParam<Form> {
 protected:
  const T5Spec& spec() const { return GetParam().spec; }
};

INSTANTIATE_TEST_SUITE_P(Forms, CpuFormTest,
                         testing::Values(Form{"ReluTied", nano()}, Form{"GatedUntied", gated_nano()},
                                         Form{"OddSizes", odd_spec()}, Form{"Unscaled", unscaled_spec()},
                                         Form{"Prefix", prefix_spec(false)},
                                         Form{"PrefixOfDecoder", prefix_spec(true)}),
                         [](const auto& form) { return std::string(form.param.name); });

template <typename T>
std::vector<T> flat(const json& rows) {
  std::vector<T> values;
  for (const json& row : rows) {
    for (const json& value : row) values.push_back(value.get<T>());
  }
  return values;
}

class CpuGoldenTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const fs::path folder = shared_folder() / "fixtures" / GetParam();
    if (!fs::exists(folder)) GTEST_SKIP() << "no fixtures beside this checkout";
    expected_ = json::parse(read_file(folder / "expected.json"));
    model_ = T5CpuModel::load(folder, kCpu);
  }

  TokenBatch batch() const {
    TokenBatch batch;
    batch.rows = static_cast<std::int32_t>(expected_.at("input_ids").size());
    batch.source_length = static_cast<std::int32_t>(expected_.at("input_ids")[0].size());
    batch.target_length = static_cast<std::int32_t>(expected_.at("labels")[0].size());
    batch.source = flat<std::int32_t>(expected_.at("input_ids"));
    batch.source_mask = flat<std::uint8_t>(expected_.at("attention_mask"));
    batch.target = flat<std::int32_t>(expected_.at("labels"));
    batch.target_mask.assign(batch.target.size(), 1);
    batch.decoder_input = flat<std::int32_t>(expected_.at("decoder_input_ids"));
    return batch;
  }

  json expected_;
  std::unique_ptr<T5CpuModel> model_;
};

TEST_P(CpuGoldenTest, LogitsLossAndEncoderStatesAreThoseOfTheReference) {
  const LogitsResult result = model_->logits(batch());
  std::vector<float> wanted;
  for (const json& row : expected_.at("logits")) {
    const std::vector<float> values = flat<float>(row);
    wanted.insert(wanted.end(), values.begin(), values.end());
  }
  ASSERT_EQ(result.logits.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(result.logits[i], wanted[i], 1e-4) << i;
  EXPECT_NEAR(result.loss, expected_.at("loss").get<double>(), 1e-4);
  const std::vector<float> states = flat<float>(expected_.at("encoder_last_hidden_state_row0_first4"));
  for (std::size_t i = 0; i < states.size(); ++i) ASSERT_NEAR(result.encoder_states[i], states[i], 1e-4) << i;
}

TEST_P(CpuGoldenTest, GreedyTokensAreThoseOfTheReference) {
  const std::unique_ptr<NextTokenScorer> scorer = model_->start(batch());
  const auto wanted = expected_.at("greedy_12").get<std::vector<std::vector<TokenId>>>();
  std::vector<std::int32_t> source(wanted.size()), parent;
  std::iota(source.begin(), source.end(), 0);
  std::vector<TokenId> last;
  for (std::size_t step = 0; step < wanted[0].size(); ++step) {
    ScoreResult result;
    scorer->score(
        {.source = source, .parent = parent, .last_token = last, .allowed_offsets = {}, .allowed = {}, .top = 1},
        result);
    parent = source;
    last.clear();
    for (std::size_t row = 0; row < wanted.size(); ++row) {
      last.push_back(result.values[result.offsets[row]].token);
      EXPECT_EQ(last.back(), wanted[row][step]) << "row " << row << ", step " << step;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Fixtures, CpuGoldenTest, testing::Values("t5-tiny", "t5-tiny-gated"), [](const auto& fixture) {
  return std::string(fixture.param) == "t5-tiny" ? "Tiny" : "TinyGated";
});

// ---- steps against whole passes -----------------------------------------------------------------------------------

void walk_against_full_forward(const T5Spec& spec, const WalkOptions& options, const DeviceOptions& device = kCpu) {
  const auto model = random_model(spec, 31, device);
  const TokenBatch sources = random_batch({{14, 0}, {6, 0}, {9, 0}, {9, 0}}, 32);
  const std::unique_ptr<NextTokenScorer> scorer = model->start(sources);
  walk(4, spec.vocab_size, options, [&](const auto& beams, const ScoreRequest& request) {
    ScoreResult result;
    scorer->score(request, result);
    expect_continuations(*model, sources, beams, request, result);
  });
}

TEST_P(CpuFormTest, StepsEqualFullForwardPasses) { walk_against_full_forward(spec(), {}); }
TEST_P(CpuFormTest, ConstrainedStepsAreNormalisedOverTheAllowed) {
  walk_against_full_forward(spec(), {.constrained = true});
}
TEST(T5CpuModel, ManyRowsOnManyThreadsEqualFullForwardPasses) {
  walk_against_full_forward(nano(), {.rows = 40, .seed = 34}, {.device = "cpu", .threads = 3});
}
TEST(T5CpuModel, LongAnswersEqualFullForwardPasses) { walk_against_full_forward(nano(), {.steps = 40, .rows = 3}); }

// Sequences of two to four tokens, by a list.
class ListConstraint final : public TokenConstraint {
 public:
  State start() const override { return 0; }
  std::span<const TokenId> allowed(State state) const override {
    static const std::vector<TokenId> kFirst = {3, 5, 8, 13, 21, 34, 55, 89}, kLater = {kEndToken, 4, 6, 9, 77},
                                      kEnd = {kEndToken};
    return state == 0 ? kFirst : state < 3 ? kLater : kEnd;
  }
  State next(State state, TokenId token) const override { return token == kEndToken ? 100 + state : state + 1; }
};

TEST_P(CpuFormTest, SearchesDoNotDependOnTheBatchNorOnThreads) {
  const auto model = random_model(spec(), 35), threaded = random_model(spec(), 35, {.device = "cpu", .threads = 3});
  const TokenBatch sources = random_batch({{14, 0}, {6, 0}, {9, 0}, {40, 0}, {1, 0}}, 36);
  const ListConstraint constraint;
  const std::vector<const TokenConstraint*> constraints(5, &constraint);
  const BeamOptions options{.beams = 6, .max_length = 5};
  const auto together = beam_search(*model->start(sources), constraints, options);
  const auto spread = beam_search(*threaded->start(sources), constraints, options);
  for (std::int32_t row = 0; row < 5; ++row) {
    const auto alone = beam_search(*model->start(single_row(sources, row)), std::span(constraints).first(1), options);
    const auto at = static_cast<std::size_t>(row);
    ASSERT_EQ(together[at].size(), alone[0].size());
    ASSERT_EQ(spread[at].size(), alone[0].size());
    for (std::size_t i = 0; i < alone[0].size(); ++i) {
      EXPECT_EQ(together[at][i].tokens, alone[0][i].tokens) << row;
      EXPECT_NEAR(together[at][i].score, alone[0][i].score, 1e-4);
      EXPECT_EQ(spread[at][i].tokens, alone[0][i].tokens) << row;
      EXPECT_NEAR(spread[at][i].score, alone[0][i].score, 1e-4);
    }
  }
}

TEST(T5CpuModel, ScorersMayLiveTogetherAndBeginAnew) {
  const auto model = random_model(nano(), 37);
  const TokenBatch sources = random_batch({{14, 0}, {6, 0}}, 38), others = random_batch({{9, 0}}, 39);
  const auto scorer = model->start(sources);
  const std::vector<std::int32_t> both = {0, 1}, second = {1}, parent = {1}, one = {0};
  const std::vector<TokenId> last = {7};
  const ScoreRequest start{
      .source = both, .parent = {}, .last_token = {}, .allowed_offsets = {}, .allowed = {}, .top = 4};
  ScoreResult first, step, again, other;
  scorer->score(start, first);
  const auto company = model->start(others);
  company->score({.source = one, .parent = {}, .last_token = {}, .allowed_offsets = {}, .allowed = {}, .top = 4},
                 other);
  scorer->score(
      {.source = second, .parent = parent, .last_token = last, .allowed_offsets = {}, .allowed = {}, .top = 4}, step);
  const std::vector<Continuation> wanted = best_of(
      next_by_full_forward(*model, sources, {1, {7}}),
      allowed_tokens({.source = {}, .parent = {}, .last_token = {}, .allowed_offsets = {}, .allowed = {}}, 0, 96), 4);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(step.values[i].token, wanted[i].token);
  scorer->score(start, again);
  ASSERT_EQ(first.values.size(), again.values.size());
  for (std::size_t i = 0; i < first.values.size(); ++i) {
    EXPECT_EQ(first.values[i].token, again.values[i].token);
    EXPECT_EQ(first.values[i].log_probability, again.values[i].log_probability);
  }
  ScoreResult nothing;
  scorer->score({.source = {}, .parent = {}, .last_token = {}, .allowed_offsets = {}, .allowed = {}, .top = 4},
                nothing);
  EXPECT_EQ(nothing.offsets, std::vector<std::uint32_t>{0});
}

// Every thread uses its own replica for the same searches and scores, whose results are those of the model alone.
TEST(T5CpuModel, ReplicasAnswerInParallelFromOneSetOfWeights) {
  auto model = random_model(nano(), 41);
  const TokenBatch sources = random_batch({{14, 5}, {6, 3}, {9, 2}}, 42);
  const ListConstraint constraint;
  const std::vector<const TokenConstraint*> constraints(3, &constraint);
  const auto search = [&](TextGenerator& of) {
    return beam_search(*of.start(sources), constraints, {.beams = 6, .max_length = 5});
  };
  const auto wanted = search(*model);
  const std::vector<float> scores = model->score_targets(sources);
  std::vector<std::unique_ptr<SequenceModel>> replicas;
  for (int i = 0; i < 3; ++i) replicas.push_back(model->replica());
  model.reset();  // replicas may outlive it
  replicas.push_back(replicas.front()->replica());
  std::vector<std::thread> callers;
  for (const auto& replica : replicas) {
    callers.emplace_back([&] {
      auto& generator = ability_of<TextGenerator>(*replica);
      for (int round = 0; round < 20; ++round) {
        EXPECT_EQ(generator.score_targets(sources), scores);
        const auto got = search(generator);
        for (std::size_t row = 0; row < wanted.size(); ++row) {
          ASSERT_EQ(got[row].size(), wanted[row].size());
          for (std::size_t i = 0; i < wanted[row].size(); ++i) {
            EXPECT_EQ(got[row][i].tokens, wanted[row][i].tokens);
            EXPECT_EQ(got[row][i].score, wanted[row][i].score);
          }
        }
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
}

TEST(T5CpuModel, ReplicasSaveTheSameFiles) {
  const TemporaryFolder folder;
  write_random_checkpoint(folder / "first", nano(), 43);
  T5CpuModel::load(folder / "first", kCpu)->replica()->save(folder / "second");
  EXPECT_EQ(read_file(folder / "first" / "model.safetensors"), read_file(folder / "second" / "model.safetensors"));
}

// ---- sources ------------------------------------------------------------------------------------------------------

TEST_P(CpuFormTest, Pitfall09PaddingChangesNeitherScoresNorLogits) {
  const auto model = random_model(spec(), 11);
  const TokenBatch batch = random_batch({{14, 5}, {6, 3}, {9, 2}, {14, 6}}, 12);
  const LogitsResult together = model->logits(batch);
  const std::vector<float> scores = model->score_targets(batch);
  const auto vocab = static_cast<std::size_t>(spec().vocab_size), width = static_cast<std::size_t>(spec().d_model);
  double sum = 0;
  for (std::int32_t row = 0; row < batch.rows; ++row) {
    const TokenBatch one = single_row(batch, row);
    const LogitsResult alone = model->logits(one);
    sum += alone.loss * one.target_length;
    EXPECT_NEAR(alone.loss * one.target_length, -scores[static_cast<std::size_t>(row)], 1e-4);
    for (std::size_t i = 0; i < alone.logits.size(); ++i) {
      ASSERT_NEAR(alone.logits[i], together.logits[static_cast<std::size_t>(row * batch.target_length) * vocab + i],
                  1e-4);
    }
    for (std::size_t i = 0; i < alone.encoder_states.size(); ++i) {
      ASSERT_NEAR(alone.encoder_states[i],
                  together.encoder_states[static_cast<std::size_t>(row * batch.source_length) * width + i], 1e-4);
    }
  }
  EXPECT_NEAR(together.loss, sum / 16.0, 1e-4);
}

TEST(T5CpuModel, LossIsThatOfTheLogits) {
  const auto model = random_model(nano(), 13);
  const TokenBatch batch = random_batch({{10, 4}, {7, 2}}, 14);
  const LogitsResult result = model->logits(batch);
  double sum = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    if (batch.target_mask[i] == 0) continue;
    double total = 0;
    for (std::size_t token = 0; token < 96; ++token)
      total += std::exp(static_cast<double>(result.logits[i * 96 + token]));
    sum += std::log(total) - result.logits[i * 96 + static_cast<std::size_t>(batch.target[i])];
  }
  EXPECT_NEAR(result.loss, sum / 6.0, 1e-5);
}

TEST(T5CpuModel, HolesInTheMaskHideAndAnEmptySourceIsRead) {
  const auto model = random_model(nano(), 15);
  TokenBatch batch = random_batch({{8, 3}, {8, 3}, {8, 3}}, 16);
  for (std::size_t i = 0; i < 3; ++i) batch.target[3 + i] = batch.target[i];
  for (std::size_t i = 0; i < 8; ++i) {
    batch.source[8 + i] = batch.source[i];
    batch.whole_word[8 + i] = batch.whole_word[i];
    batch.source_mask[16 + i] = 0;  // the third row keeps nothing
  }
  batch.source_mask[2] = batch.source_mask[10] = 0;
  batch.source[10] = (batch.source[2] + 1) % 96;  // hidden, so that it cannot matter
  const std::vector<float> scores = model->score_targets(batch);
  EXPECT_NEAR(scores[0], scores[1], 1e-4);
  EXPECT_TRUE(std::isfinite(scores[2]));
  batch.source_mask[10] = 1;
  EXPECT_GT(std::abs(model->score_targets(batch)[1] - scores[1]), 1e-3);

  // Steps agree with whole passes for such sources too.
  batch.source_mask[10] = 0;
  const std::vector<std::int32_t> source = {0, 1, 2};
  ScoreResult result;
  model->start(batch)->score(
      {.source = source, .parent = {}, .last_token = {}, .allowed_offsets = {}, .allowed = {}, .top = 96}, result);
  const LogitsResult whole = model->logits(batch);
  for (std::size_t row = 0; row < 3; ++row) {
    const auto first = whole.logits.begin() + static_cast<std::ptrdiff_t>(row * 3 * 96);
    std::vector<TokenId> all(96);
    std::iota(all.begin(), all.end(), 0);
    const std::vector<Continuation> wanted = best_of({first, first + 96}, all, 5);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(result.values[row * 96 + i].token, wanted[i].token) << row;
  }
}

TEST(T5CpuModel, Pitfall07WholeWordRowsChangeTheLogits) {
  const auto model = random_model(nano(), 17);
  TokenBatch batch = random_batch({{14, 5}}, 18);
  const LogitsResult with = model->logits(batch);
  batch.whole_word.clear();
  const LogitsResult without = model->logits(batch);
  double difference = 0;
  for (std::size_t i = 0; i < with.logits.size(); ++i) {
    difference = std::max<double>(difference, std::abs(with.logits[i] - without.logits[i]));
  }
  EXPECT_GT(difference, 1e-3);
}

// ---- files and options --------------------------------------------------------------------------------------------

TEST_P(CpuFormTest, SavesWhatItLoaded) {
  const TemporaryFolder folder;
  write_random_checkpoint(folder / "first", spec(), 19);
  T5CpuModel::load(folder / "first", kCpu)->save(folder / "second");
  EXPECT_EQ(read_file(folder / "first" / "model.safetensors"), read_file(folder / "second" / "model.safetensors"));
  EXPECT_EQ(read_file(folder / "first" / "config.json"), read_file(folder / "second" / "config.json"));
}

TEST(T5CpuModel, LeavesAFreshWholeWordTableToLibTorch) {
  const TemporaryFolder folder;
  T5Spec spec = nano();
  spec.whole_word_rows = 0;
  write_random_checkpoint(folder.path(), spec, 21);
  EXPECT_NE(T5CpuModel::load(folder.path(), kCpu), nullptr);
  spec.whole_word_rows = 64;
  spec.write_json(folder / "config.json");
  EXPECT_EQ(T5CpuModel::load(folder.path(), kCpu), nullptr);
}

ErrorCode code_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kUnsupported;  // none was thrown
}

// The precision of a model is what it was opened with, whatever is opened later.
TEST(T5CpuModel, PrecisionBelongsToTheModel) {
  const TemporaryFolder folder;
  write_random_checkpoint(folder.path(), nano(), 25);
  const TokenBatch batch = random_batch({{14, 5}, {9, 3}}, 26);
  const auto exact = T5CpuModel::load(folder.path(), {.device = "cpu", .threads = 1, .matmul = "highest"});
  const LogitsResult before = exact->logits(batch);
  const auto coarse = T5CpuModel::load(folder.path(), {.device = "cpu", .threads = 1, .matmul = "medium"});
  EXPECT_EQ(exact->logits(batch).logits, before.logits);
  const LogitsResult rough = coarse->logits(batch);
  const MatrixPrecisionScope others(MatrixPrecision::kHighest);
  EXPECT_EQ(coarse->logits(batch).logits, rough.logits);
  for (std::size_t i = 0; i < rough.logits.size(); ++i) ASSERT_NEAR(rough.logits[i], before.logits[i], 0.1);
  EXPECT_EQ(rough.logits != before.logits, matrix_kernel() != MatrixKernel::kFloat);
}

TEST(T5CpuModel, RefusesBatchesItCannotRead) {
  const auto model = random_model(nano(), 27);
  const TokenBatch good = random_batch({{6, 3}, {4, 2}}, 28);
  const auto refused = [&](auto change) {
    TokenBatch batch = good;
    change(batch);
    return code_of([&] { model->score_targets(batch); }) == ErrorCode::kInvalidArgument;
  };
  EXPECT_FALSE(refused([](TokenBatch&) {}));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.source[2] = 96; }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.source[2] = -1; }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.target[1] = 96; }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.decoder_input.assign(6, 96); }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.decoder_input.assign(5, 0); }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.whole_word[0] = 512; }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.source_mask.pop_back(); }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.target_mask.assign(batch.target_mask.size(), 0); }));
  EXPECT_TRUE(refused([](TokenBatch& batch) { batch.rows = 0; }));
  EXPECT_EQ(code_of([&] {
              TokenBatch batch = good;
              batch.source[0] = 4096;
              model->start(batch);
            }),
            ErrorCode::kInvalidArgument);
}

// A table whose rows are vectors of words reads like those words before the source, without a place among whole words.
TEST(T5CpuModelTest, VectorsOfUsersStandBeforeTheSource) {
  const TemporaryFolder folder;
  T5Spec spec = nano();
  spec.user_prompt_tokens = 2;
  spec.user_prompt_rows = 3;
  write_random_checkpoint(folder.path() / "users", spec, 3);
  SafetensorsFile file = open_t5_weights(folder.path() / "users");
  std::vector<float> table(static_cast<std::size_t>(file.find(kSharedName)->element_count()));
  copy_as_float(*file.find(kSharedName), table);
  const std::vector<TokenId> words = {5, 17, 30};
  std::vector<float> rows;
  for (const TokenId word : words) {
    const auto from = table.begin() + word * spec.d_model;
    rows.insert(rows.end(), from, from + spec.d_model);
  }
  file.put(std::string(kUserPromptName), {3, spec.d_model}, std::move(rows));
  write_float_checkpoint(folder.path() / "told", spec, file);
  write_float_checkpoint(folder.path() / "plain", nano(), file);
  TokenBatch batch = random_batch({{9, 3}, {6, 2}}, 4);
  batch.user_prompt = {2, 1, 0, 2};
  TokenBatch longer = batch;
  longer.source_length += 2;
  longer.source.clear();
  longer.source_mask.clear();
  longer.whole_word.clear();
  for (std::int32_t row = 0; row < batch.rows; ++row) {
    for (std::int32_t i = 0; i < 2; ++i) {
      longer.source.push_back(
          words[static_cast<std::size_t>(batch.user_prompt[static_cast<std::size_t>(2 * row + i)])]);
      longer.source_mask.push_back(1);
      if (!batch.whole_word.empty()) longer.whole_word.push_back(0);
    }
    for (std::int32_t i = row * batch.source_length; i < (row + 1) * batch.source_length; ++i) {
      const auto at = static_cast<std::size_t>(i);
      longer.source.push_back(batch.source[at]);
      longer.source_mask.push_back(batch.source_mask[at]);
      if (!batch.whole_word.empty()) longer.whole_word.push_back(batch.whole_word[at]);
    }
  }
  const auto told = T5CpuModel::load(folder.path() / "told", kCpu);
  const std::vector<float> got = told->logits(batch).logits;
  const std::vector<float> wanted = T5CpuModel::load(folder.path() / "plain", kCpu)->logits(longer).logits;
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], wanted[i], 1e-5) << i;
  // A batch that says nothing reads row 0; rows that the table lacks are refused.
  batch.user_prompt.clear();
  TokenBatch unknown = batch;
  unknown.user_prompt = {0, 0, 0, 0};
  EXPECT_EQ(told->logits(batch).logits, told->logits(unknown).logits);
  unknown.user_prompt[1] = 3;
  EXPECT_THROW(told->logits(unknown), Error);
}

}  // namespace
}  // namespace p5
