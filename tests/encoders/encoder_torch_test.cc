// All tests of src/encoders that need LibTorch, in one translation unit.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/logger.h"
#include "base/rng.h"
#include "encoders/encoder_batches.h"
#include "encoders/encoder_fit.h"
#include "encoders/encoder_losses_module.h"
#include "encoders/encoder_model_module.h"
#include "encoders/encoder_source.h"
#include "encoders/encoder_start.h"
#include "encoders/encoder_validation.h"
#include "encoders/hashed_rows.h"
#include "encoders/history_rows.h"
#include "p5/error.h"
#include "retrieval/item_knn_source.h"
#include "support/fake_corpus.h"
#include "support/temporary_folder.h"
#include "train/several_processes.h"

namespace p5 {
namespace {

constexpr std::size_t kItems = 30;

EncoderOptions small_options(EncoderKind kind = EncoderKind::kSasRec) {
  EncoderOptions options;
  options.network = kind;
  options.width = 16;
  options.layers = 2;
  options.heads = 2;
  options.history = 8;
  options.batch_targets = 64;
  options.warmup_steps = 4;
  options.dropout = 0.0;
  return options;
}

std::unique_ptr<EncoderModel> model_of(const EncoderOptions& options) {
  return std::make_unique<EncoderModel>(EncoderSpec::of(options, kItems), DeviceOptions{.device = "cpu", .threads = 1});
}

// Item i is followed by item 7 i + 3: what an encoder can learn from few users.
std::shared_ptr<const Split> chain_split(std::size_t users = 60) {
  std::vector<std::vector<ItemId>> histories(users);
  for (std::size_t user = 0; user < users; ++user) {
    auto item = static_cast<ItemId>(user % kItems);
    for (std::size_t i = 0; i < 4 + user % 5; ++i, item = (7 * item + 3) % kItems) histories[user].push_back(item);
  }
  test::FakeData data{.histories = std::move(histories), .items = kItems};
  data.brands.resize(kItems);
  for (std::size_t item = 0; item < kItems; ++item) data.brands[item] = item % 2 == 0 ? "even" : "odd";
  return std::make_shared<const Split>(split_leave_one_out(std::make_shared<test::FakeCorpus>(data)));
}

std::shared_ptr<const NeighborEvidence> evidence_of(const std::shared_ptr<const Split>& split) {
  auto counts = std::make_shared<ItemKnnSource>(*split, ItemKnnOptions{}, 1);
  counts->remember_users(split);
  return std::make_shared<const NeighborEvidence>(std::move(counts), EvidenceOptions{}, true);
}

TokenBatch rows_of(const std::vector<std::vector<TokenId>>& rows) { return source_batch(rows); }

class EncoderTest : public ::testing::Test {
 protected:
  void SetUp() override { set_log_level(LogLevel::kWarning); }
  test::TemporaryFolder folder_;
};

class EncoderKindTest : public EncoderTest, public ::testing::WithParamInterface<EncoderKind> {};

INSTANTIATE_TEST_SUITE_P(All, EncoderKindTest,
                         ::testing::Values(EncoderKind::kSasRec, EncoderKind::kESasRec, EncoderKind::kBert4Rec,
                                           EncoderKind::kGru4Rec, EncoderKind::kLstm, EncoderKind::kCaser,
                                           EncoderKind::kNextItNet, EncoderKind::kMlp, EncoderKind::kMultDae,
                                           EncoderKind::kMultVae),
                         [](const auto& info) {
                           std::string name(encoder_row(info.param).name);
                           std::erase(name, '-');
                           return name;
                         });

torch::Tensor states_of(EncoderModel& model, const TokenBatch& batch) {
  const torch::NoGradGuard guard;
  const Reading reading = encoder_row(static_cast<const EncoderSpec&>(model.spec()).options.network).reading;
  return model.module().forward(EncoderRows::of(batch), model.module().token_vectors(), reading).states;
}

TEST_P(EncoderKindTest, LaterItemsChangeNoEarlierState) {
  if (encoder_row(GetParam()).reading != Reading::kForward) GTEST_SKIP() << "reads all items";
  const auto model = model_of(small_options(GetParam()));
  const torch::Tensor a = states_of(*model, rows_of({{1, 2, 3, 4, 5, 6}}));
  const torch::Tensor b = states_of(*model, rows_of({{1, 2, 3, 9, 8, 7}}));
  EXPECT_LT((a - b).narrow(1, 0, 3).abs().max().item<double>(), 1e-6);
  EXPECT_GT((a - b).narrow(1, 3, 3).abs().max().item<double>(), 1e-3);
}

TEST_P(EncoderKindTest, PaddingChangesNothing) {
  const auto model = model_of(small_options(GetParam()));
  const std::vector<float> alone = model->encode(rows_of({{3, 4, 5}}));
  const std::vector<float> padded = model->encode(rows_of({{3, 4, 5}, {1, 2, 3, 4, 5, 6, 7}}));
  ASSERT_EQ(padded.size(), 2 * alone.size());
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_NEAR(alone[i], padded[i], 1e-5);
}

TEST_P(EncoderKindTest, LearnsATinyLog) {
  const auto split = chain_split();
  EncoderOptions options = small_options(GetParam());
  options.lr = 0.01;
  options.epochs = 60;
  options.patience = 0;
  options.evidence = options.attributes = false;
  const auto source = fit_encoder({.split = *split, .name = "tiny", .options = options, .threads = 1});
  std::size_t hits = 0, users = 0;
  for (UserId user = 0; user < 60; ++user, ++users) {
    const auto history = split->history_for(user, Part::kTest);
    const CandidateQuery query{.history = history};
    const auto list = source->retrieve(std::span(&query, 1), 5)[0];
    const ItemId target = split->corpus().items()[*split->target_of(user, Part::kTest)];
    hits += std::any_of(list.begin(), list.end(), [&](const Candidate& c) { return c.item == target; }) ? 1 : 0;
  }
  // By chance 5 of 30; an autoencoder knows no order, so it cannot tell what comes next in a cycle.
  EXPECT_GE(hits, encoder_row(GetParam()).reading == Reading::kSet ? users / 5 : users * 4 / 5);
}

TEST_F(EncoderTest, SameSeedSameScores) {
  const auto split = chain_split();
  EncoderOptions options = small_options();
  options.dropout = 0.2;
  options.epochs = 2;
  const auto scores = [&](std::uint64_t seed) {
    options.seed = seed;
    const auto source = fit_encoder(
        {.split = *split, .name = "same", .options = options, .evidence = evidence_of(split), .threads = 1});
    std::vector<float> row(kItems);
    const std::vector<ItemId> history{1, 2};
    source->score_all(CandidateQuery{.history = history}, row);
    return row;
  };
  const auto first = scores(1);
  EXPECT_EQ(first, scores(1));
  EXPECT_NE(first, scores(2));
}

TEST_F(EncoderTest, AnswersTheSameAfterReading) {
  const auto split = chain_split();
  EncoderOptions options = small_options();
  options.epochs = 3;
  const EncoderInputs inputs{
      .split = *split, .name = "kept", .options = options, .evidence = evidence_of(split), .threads = 1};
  const auto fitted = fit_encoder(inputs);
  const FittedOrigin origin{"kept", "data", "options"};
  fitted->state().save(folder_.path() / "kept.fit", origin);
  const auto read = load_encoder(*FittedState::load(folder_.path() / "kept.fit", origin), inputs);
  const std::vector<ItemId> history{5, 8, 29};
  std::vector<float> a(kItems), b(kItems);
  fitted->score_all(CandidateQuery{.history = history}, a);
  read->score_all(CandidateQuery{.history = history}, b);
  EXPECT_EQ(a, b);
}

TEST_F(EncoderTest, ManyQueriesAreScoredAsOne) {
  const auto split = chain_split();
  EncoderOptions options = small_options();
  options.epochs = 2;
  const auto source =
      fit_encoder({.split = *split, .name = "many", .options = options, .evidence = evidence_of(split), .threads = 1});
  const std::vector<std::vector<ItemId>> histories{{1, 2, 3}, {}, {4}, {5, 6, 99}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}};
  const std::vector<ItemId> excluded{2};
  std::vector<CandidateQuery> queries;
  for (const auto& history : histories) queries.push_back({.history = history, .exclude = excluded});
  std::vector<float> all(queries.size() * kItems), one(kItems);
  ASSERT_TRUE(source->score_all(queries, all));
  for (std::size_t i = 0; i < queries.size(); ++i) {
    source->score_all(queries[i], one);
    for (std::size_t item = 0; item < kItems; ++item) {
      if (item == 2) {
        EXPECT_TRUE(std::isinf(all[i * kItems + item]));
      } else {
        EXPECT_NEAR(one[item], all[i * kItems + item], 1e-4);
      }
    }
  }
  const auto lists = source->retrieve(queries, 4);
  EXPECT_EQ(lists[0].size(), 4u);
  EXPECT_EQ(lists[0][0].source, source.get());
}

// The formula of docs/encoders.md, item by item, for every target of a batch.
TEST_F(EncoderTest, LossIsThatOfTheFormula) {
  const auto split = chain_split();
  const auto neighbors = evidence_of(split);
  EncoderSpec spec = EncoderSpec::of(small_options(), kItems);
  spec.gated = true;
  spec.ages = 4;
  spec.distill = 0.3;
  spec.facts = std::make_shared<const ObjectiveFacts>();
  EncoderModel model(spec, {.device = "cpu", .threads = 1});
  {
    const torch::NoGradGuard guard;
    model.module().by_age.copy_(torch::tensor({0.5f, -0.25f, 2.0f, 1.0f}));
  }
  const auto evidence = std::make_shared<const HistoryEvidence>(neighbors, spec.ages, kItems);
  EncoderBatches batches(BatchInputs{
      .split = *split, .spec = spec, .objective = objectives_of(spec.options).front(), .evidence = evidence});
  const TokenBatch batch = batches.next();
  const double loss = model.training_loss(batch).mean.item<double>();
  const torch::Tensor logits =
      torch::matmul(states_of(model, batch), model.module().token_vectors().narrow(0, 1, kItems).t());
  const auto value = logits.detach().reshape({-1, static_cast<std::int64_t>(kItems)}).contiguous();
  double sum = 0;
  int targets = 0;
  for (std::size_t at = 0; at < batch.target.size(); ++at) {
    if (batch.target_mask[at] == 0) continue;
    std::vector<double> z(kItems), t(kItems, 0.0);
    for (std::size_t item = 0; item < kItems; ++item)
      z[item] = value[static_cast<std::int64_t>(at)][static_cast<std::int64_t>(item)].item<double>();
    double rest = 1.0;
    for (const KnownToken& known : batch.evidence.at(at)) {
      const auto item = static_cast<std::size_t>(known.token - 1);
      z[item] += spec.gate * known.feature;
      if (known.age >= 0) z[item] += std::vector<double>{0.5, -0.25, 2.0, 1.0}[static_cast<std::size_t>(known.age)];
      t[item] += spec.distill * known.share;
      rest -= spec.distill * known.share;
    }
    t[static_cast<std::size_t>(batch.target[at] - 1)] += rest;
    double total = 0;
    for (const double logit : z) total += std::exp(logit);
    for (std::size_t item = 0; item < kItems; ++item) sum -= t[item] * (z[item] - std::log(total));
    ++targets;
  }
  EXPECT_NEAR(loss, sum / targets, 1e-4);
}

// A spec of a training by the sampled softmax, with evidence, attributes and numbers of items.
EncoderSpec sampled_spec(const Split& split) {
  EncoderOptions options = small_options();
  options.loss = EncoderOptions::Loss::kSampledSoftmax;
  options.negatives = 9;
  EncoderSpec spec = EncoderSpec::of(options, kItems);
  spec.gated = true;
  spec.ages = 4;
  spec.distill = 0.3;
  spec.attributes = read_item_attributes(split.corpus().catalog(), kItems);
  spec.features = {{.columns = 2, .values = std::vector<float>(2 * kItems, 0.5f)}};
  for (std::size_t i = 0; i < spec.features.front().values.size(); ++i) {
    spec.features.front().values[i] = static_cast<float>(i % 7) - 3.0f;
  }
  spec.item_counts.assign(kItems, 1.0f);
  spec.facts = std::make_shared<const ObjectiveFacts>();
  return spec;
}

TokenBatch sampled_batch(const std::shared_ptr<const Split>& split, const EncoderSpec& spec,
                         const TrainingWorld& world = {}) {
  const auto evidence = std::make_shared<const HistoryEvidence>(evidence_of(split), spec.ages, kItems);
  EncoderBatches batches(BatchInputs{.split = *split,
                                     .spec = spec,
                                     .objective = objectives_of(spec.options).front(),
                                     .evidence = evidence,
                                     .world = world});
  return batches.next();
}

std::map<std::string, torch::Tensor> gradients_of(EncoderModel& model) {
  std::map<std::string, torch::Tensor> gradients;
  for (const auto& item : model.module().named_parameters()) {
    if (item.value().grad().defined()) gradients[item.key()] = item.value().grad().clone();
    item.value().mutable_grad().reset();
  }
  return gradients;
}

// A step that reads the rows of its batch alone has the loss and the gradients of one that reads all.
TEST_F(EncoderTest, AStepBySampledSoftmaxNeedsFewRows) {
  const auto split = chain_split();
  const EncoderSpec spec = sampled_spec(*split);
  EncoderModel model(spec, {.device = "cpu", .threads = 1});
  const TokenBatch batch = sampled_batch(split, spec);
  const TrainingLoss loss = model.training_loss(batch);
  loss.mean.backward();
  const auto few = gradients_of(model);
  const torch::Tensor chances = chances_of(torch::tensor(spec.item_counts), spec.options.negatives);
  const torch::Tensor all = model.module()
                                .objectives.front()
                                ->losses({batch, model.module(), spec, model.module().token_vectors(),
                                          draw_columns(chances, batch.draw_seed)})
                                .values.mean();
  all.backward();
  const auto whole = gradients_of(model);
  EXPECT_NEAR(loss.mean.item<double>(), all.item<double>(), 1e-5);
  ASSERT_EQ(few.size(), whole.size());
  for (const auto& [name, gradient] : whole) {
    EXPECT_LT((few.at(name) - gradient).abs().max().item<double>(), 1e-5) << name;
  }
  EXPECT_GT(few.at("items").abs().max().item<double>(), 1e-3);
}

// Rows of items are dealt to processes, here threads: fresh weights, gradients and validations are those of one
// process.
TEST_F(EncoderTest, ShardedItemsTrainAsOneProcessDoes) {
  const auto split = chain_split();
  const EncoderSpec spec = sampled_spec(*split);
  EncoderModel alone(spec, {.device = "cpu", .threads = 1});
  const torch::Tensor fresh = alone.module().named_parameters()["items"].detach().clone();
  alone.training_loss(sampled_batch(split, spec)).mean.backward();
  const auto expected = gradients_of(alone);
  const auto evidence = std::make_shared<const HistoryEvidence>(evidence_of(split), spec.ages, kItems);
  const double figure = *EncoderValidation(*split, spec, evidence).measure(alone);
  test::in_processes(3, [&](Collective& group) {
    EncoderSpec sharded = spec;
    sharded.shards = &group;
    EncoderModel model(sharded, {.device = "cpu", .threads = 1});
    EXPECT_EQ(model.sharded_rows("items"), spec.vocab_size);
    EXPECT_EQ(model.sharded_rows("norm_weight"), 0);
    const torch::Tensor items = model.module().named_parameters()["items"];
    EXPECT_TRUE(torch::equal(items, model.module().rows().own_of(fresh)));
    const TrainingLoss loss = model.training_loss(sampled_batch(split, spec, group.world()));
    (loss.mean * loss.tokens).backward();
    for (auto& [name, gradient] : gradients_of(model)) {
      const bool own = name == "items";
      if (!own) group.sum(gradient);
      const torch::Tensor wanted = own ? model.module().rows().own_of(expected.at(name)) : expected.at(name);
      EXPECT_LT((gradient - wanted).abs().max().item<double>(), 1e-5) << name;
    }
    EXPECT_NEAR(*EncoderValidation(*split, sharded, evidence).measure(model), figure, 1e-9);
    model.gather_items();
    EXPECT_EQ(model.sharded_rows("items"), 0);
    if (!group.world().leads()) return;
    EXPECT_TRUE(torch::equal(model.module().named_parameters()["items"], fresh));
    EXPECT_NEAR(*EncoderValidation(*split, spec, evidence).measure(model), figure, 1e-9);
  });
}

// Processes that have all items share the histories.
TEST_F(EncoderTest, ProcessesShareAValidation) {
  const auto split = chain_split();
  const EncoderSpec spec = EncoderSpec::of(small_options(), kItems);
  const auto model = model_of(small_options());
  const double figure = *EncoderValidation(*split, spec, nullptr).measure(*model);
  EXPECT_GT(figure, 0.0);
  test::in_processes(2, [&](Collective& group) {
    EXPECT_EQ(*EncoderValidation(*split, spec, nullptr).measure(*model_of(small_options()), {}, &group), figure);
  });
}

TEST_F(EncoderTest, LossesAreThoseOfTheirFormulas) {
  torch::manual_seed(3);
  const torch::Tensor states = torch::randn({5, 4}), items = torch::randn({7, 4});
  const torch::Tensor labels = torch::tensor(std::vector<std::int64_t>{0, 3, 6, 2, 2});
  const torch::Tensor logits = states.matmul(items.t());
  LossInput input{.states = states, .items = items, .labels = labels, .drawn = {}, .negatives = 3};
  const torch::Tensor full = encoder_losses(EncoderOptions::Loss::kSoftmax, input);
  EXPECT_LT((full - torch::nll_loss(logits.log_softmax(1), labels, {}, at::Reduction::None)).abs().max().item<double>(),
            1e-5);
  const torch::Tensor label = logits.gather(1, labels.unsqueeze(1)).squeeze(1);
  input.negatives = 20000;
  const torch::Tensor pairwise = encoder_losses(EncoderOptions::Loss::kPairwise, input);
  const torch::Tensor all =
      -torch::log_sigmoid(label.unsqueeze(1) - logits).scatter(1, labels.unsqueeze(1), 0.0).mean(1);
  EXPECT_LT((pairwise - all).abs().max().item<double>(), 0.1);
}

TEST_F(EncoderTest, AttributesAreSharedByTheirItems) {
  const auto split = chain_split();
  EncoderSpec spec = EncoderSpec::of(small_options(), kItems);
  spec.attributes = read_item_attributes(split->corpus().catalog(), split->corpus().item_count());
  ASSERT_EQ(spec.attributes.count, 2u);
  EncoderModel model(spec, {.device = "cpu", .threads = 1});
  const torch::Tensor before = model.module().token_vectors().detach().clone();
  for (const auto& item : model.module().named_parameters()) {
    const torch::NoGradGuard guard;
    if (item.key() == "attributes") item.value()[0].add_(1.0);
  }
  const torch::Tensor change = (model.module().token_vectors().detach() - before).select(1, 0);
  for (std::int64_t token = 0; token < change.size(0); ++token) {
    const bool even = token >= 1 && token <= static_cast<std::int64_t>(kItems) && (token - 1) % 2 == 0;
    EXPECT_NEAR(change[token].item<double>(), even ? 1.0 : 0.0, 1e-5) << token;
  }
}

EncoderSpec sharing_spec(std::int64_t rows) {
  EncoderOptions options = small_options();
  options.item_rows = rows;
  EncoderSpec spec = EncoderSpec::of(options, kItems);
  for (std::size_t item = 0; item < kItems; ++item) spec.item_names.push_back(stable_hash(std::to_string(item)));
  return spec;
}

TEST_F(EncoderTest, ItemsThatShareRowsAreTheirWeightedSums) {
  const EncoderSpec spec = sharing_spec(7);
  EncoderModel model(spec, {.device = "cpu", .threads = 1});
  const auto parameters = model.module().named_parameters();
  const torch::Tensor rows = parameters["items"], shares = parameters["shares"];
  ASSERT_EQ(rows.size(0), 7 + 2);
  {
    const torch::NoGradGuard guard;
    shares.uniform_(0.5, 2.0);
  }
  const torch::Tensor vectors = model.module().token_vectors();
  ASSERT_EQ(vectors.size(0), static_cast<std::int64_t>(kItems) + 2);
  const std::vector<std::int64_t> which = hashed_rows(spec.item_names, 7, 2);
  for (std::int64_t item = 0; item < static_cast<std::int64_t>(kItems); ++item) {
    const auto at = static_cast<std::size_t>(2 * item);
    const torch::Tensor sum =
        rows[1 + which[at]] * shares[item][0].item<float>() + rows[1 + which[at + 1]] * shares[item][1].item<float>();
    EXPECT_LT((vectors[item + 1] - sum).abs().max().item<double>(), 1e-6) << item;
  }
  EXPECT_TRUE(torch::equal(vectors[0], rows[0]));
  EXPECT_TRUE(torch::equal(vectors[spec.mask_token()], rows[8]));
  vectors.sum().backward();
  EXPECT_GT(rows.grad().narrow(0, 1, 7).abs().min().item<double>(), 0);
  EXPECT_GT(shares.grad().abs().min().item<double>(), 0);
  EXPECT_LT(spec.parameter_count(), EncoderSpec::of(small_options(), kItems).parameter_count());
}

// Fifteen rows for thirty items still tell them apart, and are read back.
TEST_F(EncoderTest, SharedRowsLearnAndAreReadBack) {
  const auto split = chain_split();
  EncoderOptions options = small_options();
  options.item_rows = 15;
  options.lr = 0.01;
  options.epochs = 60;
  options.patience = 0;
  options.evidence = options.attributes = false;
  const EncoderInputs inputs{.split = *split, .name = "shared", .options = options, .threads = 1};
  const auto source = fit_encoder(inputs);
  EXPECT_EQ(source->state().get<float>("items").size(), (15u + 2u) * 16u);
  const auto read = load_encoder(source->state(), inputs);
  std::size_t hits = 0;
  for (UserId user = 0; user < 60; ++user) {
    const auto history = split->history_for(user, Part::kTest);
    const CandidateQuery query{.history = history};
    const auto list = source->retrieve(std::span(&query, 1), 5)[0], again = read->retrieve(std::span(&query, 1), 5)[0];
    const ItemId target = split->corpus().items()[*split->target_of(user, Part::kTest)];
    hits += std::any_of(list.begin(), list.end(), [&](const Candidate& c) { return c.item == target; }) ? 1 : 0;
    EXPECT_TRUE(std::ranges::equal(list, again, {}, &Candidate::item, &Candidate::item));
  }
  EXPECT_GE(hits, 60u * 4 / 5);
}

// Shares follow items by their names; rows are the same.
TEST_F(EncoderTest, LaterTrainingsFindSharedRowsAgain) {
  const auto split = chain_split();
  EncoderOptions options = small_options();
  options.item_rows = 12;
  options.epochs = 2;
  options.evidence = options.attributes = false;
  const auto earlier = fit_encoder({.split = *split, .name = "before", .options = options, .threads = 1});
  const FittedState state = earlier->state();
  EncoderSpec spec = EncoderSpec::of(options, kItems);
  const auto names = state.get<std::uint64_t>("item_names");
  spec.item_names.assign(names.rbegin(), names.rend());
  EncoderModel model(spec, {.device = "cpu", .threads = 1});
  EXPECT_EQ(begin_with(state, spec, model), kItems);
  const torch::Tensor after = model.module().own_vectors();
  EncoderSpec first = EncoderSpec::of(options, kItems);
  first.item_names = names;
  EncoderModel same(first, {.device = "cpu", .threads = 1});
  EXPECT_EQ(begin_with(state, first, same), kItems);
  for (std::int64_t item = 0; item < static_cast<std::int64_t>(kItems); ++item) {
    EXPECT_TRUE(torch::equal(after[1 + item], same.module().own_vectors()[static_cast<std::int64_t>(kItems) - item]));
  }
  // A table of another size, or none that is shared, has nothing that fits.
  EncoderSpec other = first;
  other.options.item_rows = 13;
  EncoderModel larger(other, {.device = "cpu", .threads = 1});
  EXPECT_EQ(begin_with(state, other, larger), 0u);
  other.options.item_rows = 0;
  EncoderModel own(other, {.device = "cpu", .threads = 1});
  EXPECT_EQ(begin_with(state, other, own), 0u);
}

TEST_F(EncoderTest, RefusesWhatContradictsItself) {
  EncoderSpec sharing = sharing_spec(1);
  EXPECT_THROW(make_encoder(sharing, {.device = "cpu"}), Error);  // two rows of one
  sharing = sharing_spec(7);
  sharing.item_names.pop_back();
  EXPECT_THROW(make_encoder(sharing, {.device = "cpu"}), Error);
  EncoderOptions options = small_options();
  options.heads = 3;
  EXPECT_THROW(make_encoder(EncoderSpec::of(options, kItems), {.device = "cpu"}), Error);
  EncoderSpec spec = EncoderSpec::of(small_options(), kItems);
  spec.gated = true;
  spec.options.loss = EncoderOptions::Loss::kBinary;
  EXPECT_THROW(make_encoder(spec, {.device = "cpu"}), Error);
}

}  // namespace
}  // namespace p5
