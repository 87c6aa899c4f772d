#include "pipeline/unit_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/file.h"
#include "base/logger.h"
#include "base/text_layout.h"
#include "p5/error.h"
#include "recommend/model_bundle.h"

namespace p5 {
namespace {

struct NeededSetting {
  const char *key, *value, *reason;
};

// What everybody's events would enter by, past the noise.
constexpr std::array<NeededSetting, 13> kPrivate = {{
    {"evidence.source", "\"off\"", "counts are made of everybody's events, without noise"},
    {"hybrid.after_training", "false", "its sources are fit on everybody's events, without noise"},
    {"train.item_vectors", "\"\"", "a source's item vectors are fit on everybody's events, without noise"},
    {"train.family_weights", "\"fixed\"", "learned weights follow the losses of all examples together"},
    {"train.patience", "0", "the number of steps must not follow the events"},
    {"task.weights", "[]", "parts of units are clipped, so that weights of rows mean little; task.shares does it"},
    {"task.expected_stars", "false", "the stars to expect are means of other users' ratings"},
    {"task.user_prompt", "[]", "which words and numbers it knows is counted over all users"},
    {"task.profile_ratings", "0", "an item's past stars are other users'"},
    {"task.explanation_samples", "0", "features are mined from all reviews together"},
    {"task.next_session_samples", "0", "its questions show another user's items"},
    {"reinforce.group", "0", "answers of the model itself are no user's examples"},
    {"index.from", "\"\"", "what given ids were made of is not known"},
}};

// What steps of a handful of units need: no automatic rules, which are for training on a stream, no second clipping.
constexpr std::array<NeededSetting, 5> kByUnits = {{
    {"train.automatic", "\"off\"", "the rules are for other training"},
    {"train.clip", "0", "what units add is clipped one by one"},
    {"train.accumulate", "1", "a step is one sample of units"},
    {"task.sequential_targets", "\"each\"", "an example is one event"},
    {"task.sequential_samples", "1", "an epoch has each once"},
}};

// FedAvg: the server takes the mean update as it is.
constexpr std::array<NeededSetting, 8> kFederated = {{
    {"train.optimizer", "\"sgd\"", "the server takes the mean of the clients' updates"},
    {"train.lr", "1", "the same"},
    {"train.momentum", "0", "the same"},
    {"train.weight_decay", "0", "the same"},
    {"train.schedule", "\"constant\"", "the same"},
    {"train.warmup", "0", "the same"},
    {"evidence.source", "\"off\"", "counts need everybody's events in one place"},
    {"hybrid.after_training", "false", "the same"},
}};

// Reptile: the weights take the mean of the users' ways, by a rate that falls to 0 (Nichol et al. 2018, section 6).
constexpr std::array<NeededSetting, 7> kReptile = {{
    {"train.optimizer", "\"sgd\"", "the weights move towards the mean of the users' copies"},
    {"train.lr", "1", "the outer rate"},
    {"train.momentum", "0", "the same"},
    {"train.weight_decay", "0", "the same"},
    {"train.schedule", "\"linear\"", "the outer rate falls to 0"},
    {"train.warmup", "0", "the same"},
    {"evidence.source", "\"off\"", "examples by users have no counts of the others"},
}};

// Schemes whose ids no event decides.
constexpr std::array<std::string_view, 4> kPublicIds = {"independent", "random", "title", "category"};

bool is_set(const OptionRow& row) { return row.origin != "default"; }

void set_all(std::span<const NeededSetting> settings, OptionTable& table, std::string& said) {
  for (const NeededSetting& setting : settings) {
    const OptionRow& row = *table.find(setting.key);
    if (is_set(row) || row.print() == setting.value) continue;
    table.set(setting.key, setting.value, "training by units");
    said += fmt::format("\n  {} = {}  # {}", setting.key, setting.value, setting.reason);
  }
}

void require_private(OptionTable& table) {
  for (const NeededSetting& setting : kPrivate) {
    const OptionRow& row = *table.find(setting.key);
    if (!is_set(row) || row.print() == setting.value) continue;
    throw usage_error("this would break the promise of private training: " + std::string(setting.reason),
                      {.where = fmt::format("{} ({})", setting.key, row.origin),
                       .expected = fmt::format("{} with privacy.unit", setting.value),
                       .got = row.print()});
  }
}

void require_public_ids(const RunConfig& config) {
  const auto is_public = [](const std::string& scheme) {
    return std::ranges::find(kPublicIds, scheme) != kPublicIds.end();
  };
  const bool hybrid = config.index.scheme == "hybrid" && is_public(config.index.prefix);
  if (is_public(config.index.scheme) || hybrid) return;
  throw usage_error("this would break the promise of private training: these item ids are made of events",
                    {.where = "index.scheme",
                     .expected = fmt::format("{}, or hybrid with index.prefix = category", fmt::join(kPublicIds, ", ")),
                     .got = config.index.scheme});
}

// Pieces are learnt of the prompts and the catalogue, and of reviews where a family reads them.
void require_public_words(const RunConfig& config) {
  const bool reads = config.task.review_samples > 0 || config.task.text_span_samples > 0;
  if (!reads || !config.text.model.empty()) return;
  throw usage_error("this would break the promise of private training: pieces of words would be made of users' reviews",
                    {.where = "task.review_samples",
                     .expected = "0, or a SentencePiece model of other texts (text.model)",
                     .got = std::to_string(config.task.review_samples)});
}

}  // namespace

void set_reptile(OptionTable& table, const std::string& origin) {
  for (const NeededSetting& setting : kByUnits) table.set(setting.key, setting.value, origin);
  for (const NeededSetting& setting : kReptile) table.set(setting.key, setting.value, origin);
}

void apply_unit_settings(RunConfig& config, OptionTable& table) {
  if (!config.train.by_units()) return;
  std::string said;
  set_all(kByUnits, table, said);
  if (config.train.federated.on()) set_all(kFederated, table, said);
  if (config.train.reptile.on()) set_all(kReptile, table, said);
  if (config.train.privacy.on()) {
    require_private(table);
    set_all(kPrivate, table, said);
    require_public_ids(config);
    require_public_words(config);
  }
  if (!said.empty()) log_info("settings for training by units (docs/privacy.md, docs/finetuning.md):" + said);
}

void require_foreign_weights(const RunConfig& config, const Corpus& corpus) {
  if (!config.train.privacy.on() || config.train.init.empty()) return;
  const auto folder = ModelBundle::folder_of(config.train.init);
  if (!file_exists(folder)) return;  // a published model
  const ModelBundle known = ModelBundle::load(folder);
  std::size_t shared = 0;
  for (std::size_t user = 0; known.keys != nullptr && user < known.keys->users.size(); ++user) {
    shared += corpus.find_user(known.keys->users[user]).has_value();
  }
  if (shared == 0) return;
  throw usage_error("private training cannot begin from weights that have met its users",
                    {.where = "train.init = " + config.train.init,
                     .expected = "weights of other users, or none",
                     .got = counted(shared, "user") + " in common"});
}

std::string privacy_verdict(const TrainPrivacy& spent) {
  std::string text = fmt::format(
      "Private: epsilon {:.3g} at delta {:.2g} for one {} among {} ({} steps, noise {:.4g}, clip {:g}, rate {:.3g}; "
      "RDP accountant). It covers the weights in bundle/model, where the catalogue, the prompts and the list of users "
      "are public. It does not cover run/metrics.jsonl, tensorboard/, reports, checkpoint/ or other sources (p5 fuse, "
      "--source item-knn), which are made of events without noise.",
      spent.epsilon, spent.plan.delta, spent.plan.unit, spent.plan.units, spent.steps, spent.plan.noise,
      spent.plan.clip, spent.plan.rate);
  if (spent.plan.unit == "example") {
    text +=
        " One example is one event as a target: the same event is also in the histories of later examples, so that "
        "a user is protected less (privacy.unit = user).";
  }
  if (!spent.secret) text += " The noise came from train.seed: epsilon holds for nobody who knows the seed.";
  text += fmt::format(" {:.0f} % of the parts were clipped.", 100 * spent.clipped);
  return text;
}

}  // namespace p5
