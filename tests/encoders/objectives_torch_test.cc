// Every objective's loss against its formula, worked out item by item from the weights.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/logger.h"
#include "base/rng.h"
#include "encoders/encoder_fit.h"
#include "encoders/encoder_model_module.h"
#include "encoders/encoder_start.h"
#include "encoders/history_rows.h"
#include "encoders/objective_module.h"
#include "retrieval/fitted_state.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using Vector = std::vector<double>;
using Rows = std::vector<std::vector<TokenId>>;
constexpr std::int64_t kCatalog = 6;

double log_sigmoid(double x) { return -std::log1p(std::exp(-x)); }
double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}
double length(const Vector& a) { return std::sqrt(dot(a, a)); }
Vector row(const torch::Tensor& matrix, std::int64_t at) {
  const torch::Tensor values = matrix[at].detach().to(torch::kDouble).contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}
// matrix [out, in] times vector.
Vector times(const torch::Tensor& matrix, const Vector& vector) {
  Vector made;
  for (std::int64_t i = 0; i < matrix.size(0); ++i) made.push_back(dot(row(matrix, i), vector));
  return made;
}

// Items 0 to 5; 0, 1, 2 have attribute 0, 2 and 3 attribute 1, 3 attribute 2.
ItemAttributes attributes() {
  return {.count = 3, .begins = {0, 1, 2, 4, 6, 6, 6}, .values = {0, 0, 0, 1, 1, 2}, .fields = {0, 0, 1}};
}

class ObjectiveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    set_log_level(LogLevel::kWarning);
    torch::manual_seed(11);
    options_.width = 8;
    options_.heads = 2;
    options_.history = 6;
    options_.dropout = 0.0;
    facts_.attributes = attributes();
    facts_.graph = graph_of(facts_.attributes, static_cast<std::size_t>(kCatalog));
  }

  EncoderModel& make(EncoderKind network, const std::string& objective) {
    options_.network = network;
    options_.objectives = {objective};
    EncoderSpec spec = EncoderSpec::of(options_, kCatalog);
    spec.facts = std::make_shared<const ObjectiveFacts>(facts_);
    model_ = std::make_unique<EncoderModel>(spec, DeviceOptions{.device = "cpu", .threads = 1});
    // Larger weights, so that no term of a formula vanishes.
    const torch::NoGradGuard guard;
    for (auto& item : model_->module().named_parameters()) {
      if (item.key().find("norm") == std::string::npos) item.value().uniform_(-0.7, 0.7);
    }
    return *model_;
  }
  // Targets [rows] of items at each place, 0 where there is none; empty: the items themselves.
  TokenBatch batch(const Rows& rows, const Rows& targets = {}) const {
    TokenBatch batch = source_batch(rows);
    const TokenBatch wanted = targets.empty() ? batch : source_batch(targets);
    batch.target_length = batch.source_length;
    batch.target = wanted.source;
    batch.target_mask.clear();
    for (const TokenId token : batch.target) batch.target_mask.push_back(token > 0 ? 1 : 0);
    return batch;
  }
  double loss(const TokenBatch& batch) { return model_->training_loss(batch).mean.item<double>(); }
  torch::Tensor weight(const std::string& name) {
    for (auto& item : model_->module().named_parameters()) {
      if (item.key() == name) return item.value();
    }
    ADD_FAILURE() << name;
    return {};
  }
  Vector item(ItemId number) { return row(model_->module().token_vectors(), number + 1); }
  Vector state(const Rows& rows, std::int64_t at, std::int64_t place, Reading reading) {
    const torch::NoGradGuard guard;
    EncoderModule& module = model_->module();
    return row(module.forward(EncoderRows::of(source_batch(rows)), module.token_vectors(), reading).states[at], place);
  }
  Vector last(const std::vector<TokenId>& tokens, Reading reading = Reading::kForward) {
    return state({tokens}, 0, static_cast<std::int64_t>(tokens.size()) - 1, reading);
  }
  double log_softmax(const Vector& state, ItemId label) {
    double total = 0;
    for (ItemId j = 0; j < kCatalog; ++j) total += std::exp(dot(state, item(j)));
    return dot(state, item(label)) - std::log(total);
  }
  static constexpr TokenId kMask = kCatalog + 1;

  EncoderOptions options_;
  ObjectiveFacts facts_;
  std::unique_ptr<EncoderModel> model_;
};

TEST_F(ObjectiveTest, NextItemIsTheSoftmaxAtEachPosition) {
  make(EncoderKind::kGru4Rec, "next-item");
  const Rows rows{{1, 2, 3}};
  const double expected =
      -(log_softmax(state(rows, 0, 0, Reading::kForward), 1) + log_softmax(state(rows, 0, 1, Reading::kForward), 2) +
        log_softmax(state(rows, 0, 2, Reading::kForward), 4)) /
      3;
  EXPECT_NEAR(loss(batch(rows, {{2, 3, 5}})), expected, 1e-5);
}

TEST_F(ObjectiveTest, MaskedItemReadsBothWays) {
  for (const EncoderKind network : {EncoderKind::kBert4Rec, EncoderKind::kSasRec}) {
    make(network, "masked-item");
    const Rows rows{{1, kMask, 3}};
    const Vector both = state(rows, 0, 1, Reading::kBothWays);
    EXPECT_NEAR(loss(batch(rows, {{0, 5, 0}})), -log_softmax(both, 4), 1e-5);
    // What comes after the mask matters.
    EXPECT_GT(std::abs(both[0] - state({{1, kMask, 4}}, 0, 1, Reading::kBothWays)[0]), 1e-4);
  }
}

TEST_F(ObjectiveTest, ContrastiveIsInfoNceOfTwoViews) {
  options_.temperature = 0.5;
  make(EncoderKind::kSasRec, "contrastive");
  // Of a single item every view is the item itself, or the mask.
  const auto unit = [&](TokenId token) {
    Vector made = last({token});
    const double norm = length(made);
    for (double& value : made) value /= norm;
    return made;
  };
  const double same = dot(unit(1), unit(4));
  const double expected = -std::log(std::exp(2.0) / (std::exp(2.0) + 2 * std::exp(same / 0.5)));
  bool found = false;
  for (int draw = 0; draw < 40; ++draw) found = found || std::abs(loss(batch({{1}, {4}})) - expected) < 1e-5;
  EXPECT_TRUE(found) << expected;
}

TEST_F(ObjectiveTest, InfoNceHasTheOtherRowsAsNegatives) {
  const torch::Tensor similarities = torch::tensor({1.0, 2.0, 0.0, 3.0}).view({2, 2});
  const torch::Tensor losses = info_nce(similarities, 2.0);
  EXPECT_NEAR(losses[0].item<double>(), -std::log(std::exp(0.5) / (std::exp(0.5) + std::exp(1.0))), 1e-6);
  EXPECT_NEAR(losses[1].item<double>(), -std::log(std::exp(1.5) / (1 + std::exp(1.5))), 1e-6);
}

// -log(exp(v W a) / (exp(v W a) + sum of the others)), the mean over the item's attributes.
double attribute_loss(const Vector& vector, const std::vector<int>& own, const torch::Tensor& match,
                      const torch::Tensor& table) {
  const Vector scores = times(table, times(match, vector));
  double others = 0, sum = 0;
  for (int a = 0; a < 3; ++a) {
    if (std::ranges::find(own, a) == own.end()) others += std::exp(scores[static_cast<std::size_t>(a)]);
  }
  for (const int a : own) {
    const double score = std::exp(scores[static_cast<std::size_t>(a)]);
    sum -= std::log(score / (score + others));
  }
  return sum / static_cast<double>(own.size());
}

TEST_F(ObjectiveTest, ItemAttributeComparesAnItemWithItsAttributes) {
  make(EncoderKind::kMlp, "item-attribute");
  const torch::Tensor match = weight("objective1.match_weight"), table = weight("objective1.attribute_table");
  // Item 4 has none, and item 2 comes twice.
  const double expected =
      (attribute_loss(item(2), {0, 1}, match, table) + attribute_loss(item(0), {0}, match, table)) / 2;
  EXPECT_NEAR(loss(batch({{3, 5, 3, 1}})), expected, 1e-5);
}

TEST_F(ObjectiveTest, SequenceAttributeComparesTheStateOfAMask) {
  make(EncoderKind::kBert4Rec, "sequence-attribute");
  const Rows rows{{1, kMask, 3}};
  const double expected = attribute_loss(state(rows, 0, 1, Reading::kBothWays), {1, 2},
                                         weight("objective1.match_weight"), weight("objective1.attribute_table"));
  EXPECT_NEAR(loss(batch(rows, {{0, 4, 0}})), expected, 1e-5);
}

TEST_F(ObjectiveTest, SequenceSegmentKnowsItsOwnSegment) {
  make(EncoderKind::kSasRec, "sequence-segment");
  const torch::Tensor match = weight("objective1.match_weight");
  const double found = loss(batch({{1, 2}, {3, 4}}));
  // A segment is one of the two items of its row.
  double nearest = 1e9;
  for (int draw = 0; draw < 4; ++draw) {
    const std::size_t i = static_cast<std::size_t>(draw % 2), j = static_cast<std::size_t>(draw / 2);
    Rows rest{{1, 2}, {3, 4}};
    const std::vector<TokenId> cut{rest[0][i], rest[1][j]};
    rest[0][i] = rest[1][j] = kMask;
    double expected = 0;
    for (std::size_t at = 0; at < 2; ++at) {
      const Vector left = times(match, last(rest[at], Reading::kBothWays));
      const double own = std::exp(dot(left, last({cut[at]}, Reading::kBothWays)));
      const double other = std::exp(dot(left, last({cut[1 - at]}, Reading::kBothWays)));
      expected -= std::log(own / (own + other)) / 2;
    }
    nearest = std::min(nearest, std::abs(found - expected));
  }
  EXPECT_LT(nearest, 1e-5);
}

TEST_F(ObjectiveTest, NextSessionTellsItsOwnFromAnothers) {
  make(EncoderKind::kLstm, "next-session");
  const Vector score = row(weight("objective1.score_weight"), 0);
  const double bias = weight("objective1.score_bias").item<double>();
  const double found = loss(batch({{1, 2}, {3, 4}}));
  double nearest = 1e9;
  for (int draw = 0; draw < 4; ++draw) {
    const bool first_own = draw % 2 == 0, second_own = draw / 2 == 0;
    const double first = dot(score, last({1, kMask, first_own ? 2 : 4})) + bias;
    const double second = dot(score, last({3, kMask, second_own ? 4 : 2})) + bias;
    const double expected = -(log_sigmoid(first_own ? first : -first) + log_sigmoid(second_own ? second : -second)) / 2;
    nearest = std::min(nearest, std::abs(found - expected));
  }
  EXPECT_LT(nearest, 1e-5);
}

TEST_F(ObjectiveTest, TripletsHaveAMargin) {
  facts_.graph = {.items = 6, .entities = 8, .relations = 1, .triplets = {{2, 0, 6}}};
  make(EncoderKind::kCaser, "triplets");
  const torch::Tensor entities = weight("objective1.entity_table");
  const Vector relation = row(weight("objective1.relation_table"), 0);
  Vector right = item(2), wrong = item(2);
  for (std::size_t i = 0; i < right.size(); ++i) {
    right[i] += relation[i] - row(entities, 0)[i];
    wrong[i] += relation[i] - row(entities, 1)[i];
  }
  EXPECT_NEAR(loss(batch({{1, 2}})), std::max(0.0, 1.0 + length(right) - length(wrong)), 1e-5);
}

TEST_F(ObjectiveTest, AttributePredictionIsYesOrNoForEachAttribute) {
  make(EncoderKind::kNextItNet, "attribute-prediction");
  const Vector scores = times(weight("objective1.attribute_weight"), last({1}));
  const torch::Tensor bias = weight("objective1.attribute_bias");
  double expected = 0;
  for (std::size_t a = 0; a < 3; ++a) {  // item 3 has attributes 1 and 2
    const double score = scores[a] + bias[static_cast<std::int64_t>(a)].item<double>();
    expected -= log_sigmoid(a == 0 ? -score : score) / 3;
  }
  EXPECT_NEAR(loss(batch({{1}}, {{4}})), expected, 1e-5);
}

TEST_F(ObjectiveTest, InteractionMatrixComparesWithItemsThatTheRowLacks) {
  // The row holds all items but item 5: whatever is drawn, that is the only negative.
  const Rows rows{{1, 2, 3, 4, 5}};
  options_.negatives = 200;
  for (const char* objective : {"interaction-bce", "interaction-bpr"}) {
    make(EncoderKind::kMultDae, objective);
    const double found = loss(batch(rows));
    double nearest = 1e9;
    for (int kept = 1; kept < 32; ++kept) {  // what dropout may have left
      std::vector<TokenId> left;
      for (int i = 0; i < 5; ++i) {
        if ((kept >> i) % 2 == 1) left.push_back(static_cast<TokenId>(i + 1));
      }
      const Vector user = last(left, Reading::kSet);
      const double negative = dot(user, item(5));
      double expected = 0;
      for (ItemId i = 0; i < 5; ++i) {
        const double positive = dot(user, item(i));
        expected -= std::string(objective) == "interaction-bpr" ? log_sigmoid(positive - negative) / 5
                                                                : (log_sigmoid(positive) + log_sigmoid(-negative)) / 5;
      }
      nearest = std::min(nearest, std::abs(found - expected));
    }
    EXPECT_LT(nearest, 1e-5) << objective;
  }
}

TEST_F(ObjectiveTest, DenoisingRebuildsTheRow) {
  make(EncoderKind::kGru4Rec, "denoising");
  const double found = loss(batch({{1, 3}}));
  double nearest = 1e9;
  for (const std::vector<TokenId>& left : Rows{{1}, {3}, {1, 3}}) {
    const double expected = -(log_softmax(last(left), 0) + log_softmax(last(left), 2)) / 2;
    nearest = std::min(nearest, std::abs(found - expected));
  }
  EXPECT_LT(nearest, 1e-5);
}

TEST_F(ObjectiveTest, VariationalAddsTheDivergence) {
  EncoderModel& model = make(EncoderKind::kMultVae, "variational");
  model.module().train();
  torch::manual_seed(5);
  const double found = loss(batch({{1, 3}}));
  Vector bag = item(0);
  for (std::size_t i = 0; i < bag.size(); ++i) bag[i] = (bag[i] + item(2)[i]) / std::sqrt(2.0);
  const auto layer = [&](const std::string& name, const Vector& in) {
    Vector made = times(weight("network." + name + "_weight"), in);
    for (std::size_t i = 0; i < made.size(); ++i) {
      made[i] += weight("network." + name + "_bias")[static_cast<std::int64_t>(i)].item<double>();
    }
    return made;
  };
  Vector hidden = layer("hidden", bag);
  for (double& value : hidden) value = std::tanh(value);
  const Vector mean = layer("mean", hidden), spread = layer("spread", hidden);
  double divergence = 0;
  for (std::size_t i = 0; i < mean.size(); ++i) {
    divergence -= 0.5 * (1 + spread[i] - mean[i] * mean[i] - std::exp(spread[i]));
  }
  // The likelihood depends on the draw; without it and without the divergence it is at least that of the best code.
  torch::manual_seed(5);
  const torch::Tensor noise = torch::randn({1, options_.width});
  Vector code = mean;
  for (std::size_t i = 0; i < code.size(); ++i) {
    code[i] += noise[0][static_cast<std::int64_t>(i)].item<double>() * std::exp(spread[i] / 2);
  }
  Vector decoded = layer("decoded", code);
  for (double& value : decoded) value = std::tanh(value);
  Vector state = layer("output", decoded);
  double average = 0, variance = 0;
  for (const double value : state) average += value / static_cast<double>(state.size());
  for (const double value : state)
    variance += (value - average) * (value - average) / static_cast<double>(state.size());
  for (double& value : state) value = (value - average) / std::sqrt(variance + 1e-5);
  const double likelihood = (log_softmax(state, 0) + log_softmax(state, 2)) / 2;
  EXPECT_NEAR(found, -likelihood + 0.2 * divergence / 2, 1e-4);
}

TEST_F(ObjectiveTest, AdversarialTurnsTheGradientOfTheDiscriminator) {
  make(EncoderKind::kMultDae, "adversarial");
  {
    const torch::NoGradGuard guard;
    weight("objective1.output_weight").zero_();
  }
  // A discriminator that says nothing costs 2 log 2 besides the reconstruction of the single item.
  const double expected = -log_softmax(last({3}, Reading::kSet), 2) + 2 * std::log(2.0);
  EXPECT_NEAR(loss(batch({{3}})), expected, 1e-5);
}

TEST_F(ObjectiveTest, RatingRegressionIsTheSquaredErrorOfStandardisedRatings) {
  facts_.rating_mean = 3.0;
  facts_.rating_deviation = 2.0;
  make(EncoderKind::kSasRec, "rating-regression");
  TokenBatch asked = batch({{1, 2}}, {{3, 4}});
  asked.target_value = {kNoRating, 5.0f};
  Vector product = last({1, 2});
  for (std::size_t i = 0; i < product.size(); ++i) product[i] *= item(3)[i];
  const double predicted =
      dot(row(weight("objective1.rating_weight"), 0), product) + weight("objective1.rating_bias").item<double>();
  EXPECT_NEAR(loss(asked), (predicted - 1.0) * (predicted - 1.0), 1e-5);
  asked.target_value = {kNoRating, kNoRating};  // nothing to learn from
  EXPECT_EQ(loss(asked), 0.0);
}

// pi = 1/2 and beta = 1/4: the weight is 2, for two places the multiplier 2 (1 - 1/2) = 1, and with a return of 2 the
// loss 4 log 2. A cap of 1.5 leaves 3 log 2; ten places multiply by 10 / 2^9.
TEST(TopKReinforce, EqualsHandComputedValues) {
  const torch::Tensor log_policy = torch::log(torch::tensor({0.5f})).requires_grad_();
  const torch::Tensor log_behavior = torch::log(torch::tensor({0.25f})), returns = torch::tensor({2.0f});
  const auto loss = [&](std::int64_t top_k, double cap) {
    return top_k_reinforce(log_policy, log_behavior, returns, top_k, cap).item<double>();
  };
  EXPECT_NEAR(loss(1, 100), 4 * std::log(2), 1e-6);
  EXPECT_NEAR(loss(2, 100), 4 * std::log(2), 1e-6);
  EXPECT_NEAR(loss(2, 1.5), 3 * std::log(2), 1e-6);
  EXPECT_NEAR(loss(10, 100), 4 * std::log(2) * 10 / 512, 1e-6);
  top_k_reinforce(log_policy, log_behavior, returns, 2, 1.5).sum().backward();
  EXPECT_NEAR(log_policy.grad().item<double>(), -3, 1e-6) << "weight and multiplier have no gradient";
}

TEST_F(ObjectiveTest, ReinforceWeighsTheSoftmaxByWhatTheLogEarned) {
  options_.top_k = 3;
  options_.weight_cap = 1.2;
  make(EncoderKind::kSasRec, "reinforce");
  TokenBatch asked = batch({{1, 2}}, {{2, 4}});
  asked.target_value = {1.5f, 0.5f};
  double expected = 0, behavior_loss = 0;
  const Rows rows{{1, 2}};
  const std::vector<ItemId> labels{1, 3};
  for (std::size_t at = 0; at < 2; ++at) {
    const Vector h = state(rows, 0, static_cast<std::int64_t>(at), Reading::kForward);
    const Vector behavior = times(weight("objective1.behavior_table"), h);
    double total = 0;
    for (const double each : behavior) total += std::exp(each);
    const double log_beta = behavior[labels[at]] - std::log(total), log_pi = log_softmax(h, labels[at]);
    const double pi = std::exp(log_pi);
    expected -= std::min(1.2, std::exp(log_pi - log_beta)) * 3 * (1 - pi) * (1 - pi) *
                static_cast<double>(asked.target_value[at]) * log_pi / 2;
    behavior_loss -= log_beta / 2;
  }
  EXPECT_NEAR(loss(asked), expected + behavior_loss, 1e-5);
  // The policy of the log learns, and nothing of its loss reaches the states.
  asked.target_value = {0.0f, 0.0f};
  model_->training_loss(asked).mean.backward();
  EXPECT_GT(weight("objective1.behavior_table").grad().abs().sum().item<double>(), 0);
  EXPECT_EQ(weight("items").grad().abs().sum().item<double>(), 0);
}

// Two targets of one row and three items. Q of the first state (1, 2, 0), taken 0; of the second (0, 1, 3), taken 2;
// the target network says (5, 6, 7) of the second. In the second state item 2 is best, so the first target is r + gamma
// 7 = 0.5 + 0.9 * 7 = 6.8. The second has no next state.
TEST(ConservativeQ, EqualsHandComputedValues) {
  const QValues values{.q = torch::tensor({{1.0f, 2.0f, 0.0f}, {0.0f, 1.0f, 3.0f}}).requires_grad_(),
                       .labels = torch::tensor(std::vector<std::int64_t>{0, 2}),
                       .rewards = torch::tensor({0.5f, 1.0f}),
                       .next = torch::tensor(std::vector<std::int64_t>{1, -1}),
                       .target_q = torch::tensor({{9.0f, 9.0f, 9.0f}, {5.0f, 6.0f, 7.0f}})};
  const torch::Tensor losses = conservative_q_losses(values, 0.9, 2.0);
  const double first = 2 * (std::log(std::exp(1) + std::exp(2) + 1) - 1) + 0.5 * (1 - 6.8) * (1 - 6.8);
  const double second = 2 * (std::log(1 + std::exp(1) + std::exp(3)) - 3);
  EXPECT_NEAR(losses[0].item<double>(), first, 1e-5);
  EXPECT_NEAR(losses[1].item<double>(), second, 1e-5);
  conservative_q_losses(values, 0.9, 0.0).sum().backward();
  EXPECT_NEAR(values.q.grad()[0][0].item<double>(), 1 - 6.8, 1e-5);
  EXPECT_EQ(values.q.grad()[1].abs().sum().item<double>(), 0) << "the target has no gradient";
}

TEST_F(ObjectiveTest, QLearningTakesTheLogitsAndALevelOfTheState) {
  options_.discount = 0.5;
  options_.conservative = 1.5;
  make(EncoderKind::kSasRec, "q-learning");
  weight("objective1.began").detach().zero_();  // the target network begins as the encoder
  TokenBatch asked = batch({{1, 2}}, {{2, 4}});
  asked.target_value = {0.3f, 1.0f};
  const Rows rows{{1, 2}};
  const std::vector<ItemId> labels{1, 3};
  std::vector<Vector> q(2);
  for (std::size_t at = 0; at < 2; ++at) {
    const Vector h = state(rows, 0, static_cast<std::int64_t>(at), Reading::kForward);
    const double level =
        times(weight("objective1.level_weight"), h)[0] + weight("objective1.level_bias").item<double>();
    for (ItemId j = 0; j < kCatalog; ++j) q[at].push_back(dot(h, item(j)) + level);
  }
  const double later = 0.3 + 0.5 * *std::ranges::max_element(q[1]);
  double expected = 0.5 * (q[0][1] - later) * (q[0][1] - later);
  for (std::size_t at = 0; at < 2; ++at) {
    double total = 0;
    for (const double each : q[at]) total += std::exp(each);
    expected += 1.5 * (std::log(total) - q[at][labels[at]]);
  }
  EXPECT_NEAR(loss(asked), expected / 2, 1e-4);
  // From now on the target follows slowly.
  const torch::NoGradGuard guard;
  const double before = weight("objective1.target.items")[1][0].item<double>();
  weight("items")[1][0].add_(1.0);
  loss(asked);
  EXPECT_NEAR(weight("objective1.target.items")[1][0].item<double>() - before, options_.target_rate, 1e-5);
}

TEST_F(ObjectiveTest, BatchesWeighAsTheirRowsSay) {
  make(EncoderKind::kGru4Rec, "next-item");
  TokenBatch asked = batch({{1}, {2}}, {{2}, {3}});
  asked.row_weight = {0.25f, 0.25f};
  const TrainingLoss made = model_->training_loss(asked);
  EXPECT_EQ(made.tokens, 0.25);
  EXPECT_NEAR(made.rows.mean().item<double>(), made.mean.item<double>(), 1e-6);
  asked.objective = 1;
  EXPECT_ANY_THROW(model_->training_loss(asked));
}

class FusionTest : public ObjectiveTest {
 protected:
  // An item's own vector, the attribute's of item 0, and the features' of item 0.
  torch::Tensor fused(EncoderOptions::Fusion fusion) {
    options_.fusion = fusion;
    EncoderSpec spec = EncoderSpec::of(options_, kCatalog);
    spec.attributes = attributes();
    spec.features.push_back({.columns = 2, .values = std::vector<float>(12, 0.0f)});
    spec.features[0].values[0] = 0.5f;
    spec.features[0].values[1] = -2.0f;
    model_ = std::make_unique<EncoderModel>(spec, DeviceOptions{.device = "cpu", .threads = 1});
    own = weight("items")[1];
    attribute = weight("attributes")[0];
    feature = weight("feature0_weight").matmul(torch::tensor({0.5f, -2.0f}));
    return model_->module().token_vectors()[1];
  }
  static double distance(const torch::Tensor& a, const torch::Tensor& b) { return (a - b).abs().max().item<double>(); }
  torch::Tensor own, attribute, feature;
};

TEST_F(FusionTest, PartsBecomeOneVector) {
  const torch::Tensor sum = fused(EncoderOptions::Fusion::kSum);
  EXPECT_LT(distance(sum, own + attribute + feature), 1e-6);
  const torch::Tensor side_by_side = fused(EncoderOptions::Fusion::kConcat);
  EXPECT_LT(distance(side_by_side, weight("fusion_weight").matmul(torch::cat({own, attribute, feature}))), 1e-6);
  const torch::Tensor gated = fused(EncoderOptions::Fusion::kGate);
  EXPECT_LT(distance(gated, own + torch::sigmoid(weight("gate0_weight").matmul(own)) * attribute +
                                torch::sigmoid(weight("gate1_weight").matmul(own)) * feature),
            1e-6);
}

TEST_F(ObjectiveTest, TimeGapsChangeStates) {
  options_.time_gaps = true;
  make(EncoderKind::kGru4Rec, "next-item");
  const std::vector<std::vector<std::uint8_t>> gaps{{0, 7}}, none{{0, 0}};
  const Rows rows{{1, 2}};
  const auto encoded = model_->encode(source_batch(rows, none));
  EXPECT_EQ(encoded, model_->encode(source_batch(rows)));
  EXPECT_NE(encoded, model_->encode(source_batch(rows, gaps)));
}

std::shared_ptr<const Split> facts_split(std::vector<std::string> keys = {}) {
  std::vector<std::vector<ItemId>> histories(40);
  test::FakeData data{.histories = {}, .items = 12};
  for (std::size_t user = 0; user < histories.size(); ++user) {
    for (std::size_t i = 0; i < 6; ++i) histories[user].push_back(static_cast<ItemId>((user + 5 * i) % 12));
    data.ratings.push_back({1, 2, 3, 4, 5, 3});
  }
  data.histories = std::move(histories);
  data.brands.assign(12, "a");
  for (std::size_t i = 0; i < 6; ++i) data.brands[2 * i] = "b";
  data.item_keys = std::move(keys);
  return std::make_shared<const Split>(split_leave_one_out(std::make_shared<test::FakeCorpus>(data)));
}

EncoderOptions tiny(EncoderKind network, std::vector<std::string> objectives) {
  EncoderOptions options;
  options.network = network;
  options.objectives = std::move(objectives);
  options.width = 8;
  options.history = 6;
  options.epochs = 2;
  options.batch_targets = 32;
  options.negatives = 8;
  options.evidence = false;
  return options;
}

TEST_F(ObjectiveTest, EverySuitablePairTrains) {
  const auto split = facts_split();
  for (const EncoderRow& network : encoder_rows()) {
    for (const ObjectiveRow& objective : objective_rows()) {
      if (!objective.suits(network)) continue;
      SCOPED_TRACE(std::string(network.name) + " " + std::string(objective.name));
      const auto source = fit_encoder({.split = *split,
                                       .name = "pair",
                                       .options = tiny(network.kind, {std::string(objective.name)}),
                                       .threads = 1});
      for (const float value : source->item_vectors()) ASSERT_TRUE(std::isfinite(value));
    }
  }
}

TEST_F(ObjectiveTest, MixesWithLearntWeightsTrainAndAreReadBack) {
  const auto split = facts_split();
  EncoderOptions options = tiny(EncoderKind::kSasRec, {"next-item", "item-attribute=0.5", "rating-regression=0.1"});
  options.objective_weights = EncoderOptions::ObjectiveWeights::kUncertainty;
  options.time_gaps = true;
  options.fusion = EncoderOptions::Fusion::kGate;
  const EncoderInputs inputs{.split = *split, .name = "mix", .options = options, .threads = 1};
  const auto fitted = fit_encoder(inputs);
  const auto read = load_encoder(fitted->state(), inputs);  // without what objectives had for themselves
  const std::vector<ItemId> history{5, 8, 2};
  std::vector<float> a(12), b(12);
  fitted->score_all(CandidateQuery{.history = history}, a);
  read->score_all(CandidateQuery{.history = history}, b);
  EXPECT_EQ(a, b);
}

TEST_F(ObjectiveTest, FineTuningBeginsWithTheItemsOfTheSameKeys) {
  const auto pretrained =
      fit_encoder({.split = *facts_split(), .name = "before", .options = tiny(EncoderKind::kSasRec, {"masked-item"})});
  std::vector<std::string> keys;  // the items backwards, the last one another
  for (int i = 11; i > 0; --i) keys.push_back("i" + std::to_string(i));
  keys.push_back("new");
  const auto split = facts_split(keys);
  EncoderSpec spec = EncoderSpec::of(tiny(EncoderKind::kSasRec, {}), 12);
  for (const std::string& key : keys) spec.item_names.push_back(stable_hash(key));
  EncoderModel model(spec, {.device = "cpu", .threads = 1});
  EXPECT_EQ(begin_with(pretrained->state(), spec, model), 11u);
  const FittedState state = pretrained->state();
  const auto before = state.get<float>("items");
  const torch::Tensor& after = model.module().own_vectors();
  EXPECT_EQ(after[1][3].item<float>(), before[12 * 8 + 3]);  // "i11"
  EXPECT_EQ(after[11][0].item<float>(), before[2 * 8]);      // "i1"
}

}  // namespace
}  // namespace p5
