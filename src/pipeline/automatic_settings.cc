#include "pipeline/automatic_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/logger.h"
#include "pipeline/run_config.h"
#include "pipeline/time_shares.h"
#include "prompt/prompt_families.h"

namespace p5 {
namespace {

constexpr std::string_view kOrigin = "automatic";

class Rules {
 public:
  explicit Rules(const CorpusTraits& traits) : traits_(traits) {}

  std::vector<AutomaticSetting> all() {
    ids_and_words();
    model();
    rankings();
    ratings();
    sources();
    training();
    return std::move(settings_);
  }

 private:
  void set(std::string key, std::string value, std::string reason) {
    settings_.push_back({std::move(key), std::move(value), std::move(reason)});
  }
  void set(std::string key, double value, std::string reason) {
    set(std::move(key), fmt::format("{:g}", value), std::move(reason));
  }

  void ids_and_words() {
    set("index.scheme", "independent", "one token per item: evidence says the most about it");
    if (const std::size_t groups = traits_.items / kItemsPerGroup;
        traits_.own_last && std::cmp_greater(groups, IndexOptions{}.clusters)) {
      set("index.clusters", static_cast<double>(std::min(groups, kMostGroups)),
          "one level of small groups: each further level is one more thing to learn");
    }
    set("text.pieces", 600, "prompts use few words");
    if (traits_.grouped && traits_.histories && traits_.one_process && traits_.items > kMaxDense) {
      set("index.vectors", R"(["encoder"])",
          "with many items, groups of the vectors that item tokens begin with are learnt first");
    }
  }

  void model() {
    set("model.d_model", 256, "as wide as the encoder's item vectors");
    set("model.d_kv", 64, "four heads");
    set("model.d_ff", 1024, "four times the width");
    set("model.num_layers", 1, "more layers rank no better on logs of this kind");
    set("model.num_decoder_layers", 1, "the same");
    set("model.dropout", 0.2, "histories are few");
    set("model.embedding_std", 0.05, "small models learn faster from small embeddings");
    set("model.copy_attention", "true", "the decoder reads the history from the first step");
    set("evidence.source", "item-knn", "training starts from the best rule that counts");
    set("evidence.neighbors", std::clamp(std::round(mean_length()), 32.0, 100.0), "long histories have more neighbors");
    if (traits_.histories) {
      set("train.item_vectors", "encoder", "training starts from what a sequence encoder has learnt about items");
      set("model.id_embedding_std", 0.005, "before that, evidence alone ranks: random items add almost nothing");
    }
    if (traits_.minutes > 0) {
      set("encoder.max_minutes", (short_log() ? kShares.encoder / 2 : kShares.encoder) * traits_.minutes,
          short_log() ? "of the minutes of the run, for each of two encoders" : "of the minutes of the run");
    }
  }

  void rankings() {
    set("task.sequential_targets", "all", "each user counts alike");
    set("task.sequential_samples", sequential_samples(), "examples per user and epoch, for the length of histories");
    set("task.direct_samples", 0, "the next-item prompt ranks candidates, too");
    set("decode.direct_prompt", kNextItem, "the next-item prompt ranks candidates, too");
    set("decode.sequential_prompt", kNextItem, "the shortest question");
    set("task.target_items", traits_.parallel ? 1 : 20,
        traits_.parallel ? "codes are predicted at once" : "an answer goes on with the items that followed");
    set("task.max_history", shown_history(), "items that a prompt shows, for the length of histories");
    set("task.newest_first", "true", "whole-word ids tell how old an item is");
    if (!traits_.parallel) set("task.repeat_items", 10, "the answer goes on after the newest items");
    if (traits_.long_ids) set("task.max_target", 512, "room for answers of items whose ids have several tokens");
    if (traits_.own_last) set("task.short_items", "true", "one token says which item of a history is meant");
    set("task.trie_softmax", "true", "items compete with items");
    if (traits_.items > kMaxDense) {
      set("task.trie_draws", std::clamp(std::round(static_cast<double>(traits_.items) / 6), 2048.0, 8192.0),
          "a step compares with a share of them, drawn anew");
    }
  }

  void ratings() {
    const bool rated = traits_.reviews > 0;
    set("task.rating_samples", rated ? 1 : 0, rated ? "the log has ratings" : "the log has no ratings");
    if (!rated) return;
    set("task.shares", fmt::format(R"(["rating={:.3f}"])", rating_share()),
        "half as many ratings as rankings: counts know the most about them");
    set("task.expected_stars", "true", "the means of user and item are evidence, too");
    set("task.profile_ratings", 20, "past ratings say more than names");
    set("task.anonymous", 1, "past ratings say more than names");
    set("decode.rating_prompt", "1-7", "shows past ratings");
  }

  void sources() {
    std::string parts = R"("popularity", "item-knn")";
    parts += traits_.items <= kMaxDense ? R"(, "ridge", "ease")" : R"(, "slim")";
    parts += R"(, "encoder")";
    if (short_log()) parts += R"(, "encoder#2")";  // there is time for both
    // These take seconds; without counts they make other mistakes.
    if (traits_.events <= kFewEvents) parts += R"(, "sasrec", "esasrec")";
    set("hybrid.sources", fmt::format(R"([{}, "p5"])", parts),
        traits_.items <= kMaxDense
            ? "each knows what others do not"
            : "each knows what others do not; with this many items a sparse fit takes the place of closed forms");
  }

  void training() {
    set("task.batch_tokens", batch_tokens(),
        "about as many targets per step as the encoder has, or 16 steps per epoch");
    if (steps_per_epoch() > kStepsBetweenValidations) {
      set("train.validate_every", kStepsBetweenValidations / steps_per_epoch(),
          "epochs: the best weights are not missed");
    }
    set("train.lr", 1e-3, "as the encoder");
    set("train.beta2", 0.98, "the rows of rare items take smaller steps than with 0.999");
    set("train.epsilon", 1e-8, "gradients of item rows are small");
    set("train.weight_decay", 0, "the validation stops in time");
    set("train.schedule", "constant", "the average of the weights takes the place of a falling rate");
    set("train.warmup", 60, "steps");
    set("train.average", 0.97, "steady validations");
    set("train.epochs", 100, "patience and minutes decide");
    set("train.minutes", traits_.minutes, "with the encoder and the hybrid");
    if (traits_.minutes > 0) {
      set("train.own_minutes", kShares.model * traits_.minutes, "half of them; the rest is for the other sources");
    }
    set("train.validate_first", "true", "never below what counts know");
    const auto validated = traits_.long_ids ? kLongIdUsers : validated_users();
    if (traits_.users > validated) {
      set("train.validate_users", static_cast<double>(validated),
          traits_.long_ids ? "searches take several steps per user" : "a validation takes seconds");
    }
    set("train.patience", 8, "a network first gets worse than counts, then better");
    set("task.prompts", R"(["2-14", "1-7", "1-8", "1-9"])", "the prompts that answers use");
  }

  double rating_share() const {
    const double rankings = sequential_samples() * static_cast<double>(traits_.users);
    return std::clamp(rankings / (2 * static_cast<double>(traits_.reviews)), 0.001, 1.0);
  }

  // Encoders take a minute or two.
  bool short_log() const { return traits_.events <= 150'000; }
  double mean_length() const {
    return static_cast<double>(traits_.events) / std::max<double>(1, static_cast<double>(traits_.users));
  }
  // Every user is asked for a ranking of all items.
  std::size_t validated_users() const {
    return std::max<std::size_t>(4000, 300'000'000 / std::max<std::size_t>(1, traits_.items));
  }
  double shown_history() const { return std::clamp(std::round(mean_length()), 20.0, 50.0); }
  // Long histories have more targets per user.
  double sequential_samples() const { return std::clamp(std::round(mean_length() / 2), 1.0, 12.0); }
  // Of an epoch, about: of a ranking a prompt's words, its history and the answer, of a rating the ratings shown.
  double epoch_tokens() const {
    const double shown = std::min(shown_history(), mean_length() / 2);
    const double ratings = static_cast<double>(traits_.reviews);
    return sequential_samples() * static_cast<double>(traits_.users) * (6 + 2 * shown) +
           (ratings > 0 ? rating_share() * ratings * 60 : 0);
  }
  double batch_tokens() const {
    return std::clamp(std::round(epoch_tokens() / kLeastStepsPerEpoch / 1024) * 1024, 4096.0, 24576.0);
  }
  double steps_per_epoch() const { return epoch_tokens() / batch_tokens(); }

  static constexpr TimeShares kShares{};
  static constexpr double kLeastStepsPerEpoch = 16, kStepsBetweenValidations = 60;
  static constexpr const char* kNextItem = "2-14";
  static constexpr std::size_t kLongIdUsers = 3000;
  static constexpr std::size_t kFewEvents = 30'000;
  static constexpr std::size_t kItemsPerGroup = 24, kMostGroups = 512;  // of hybrid ids
  static constexpr std::size_t kMaxDense = 6000;                        // items: the closed forms take seconds
  const CorpusTraits& traits_;
  std::vector<AutomaticSetting> settings_;
};

bool groups_items(const OptionTable& table) {
  const auto text_of = [&table](const char* key) {
    const OptionRow* row = table.find(key);
    return row == nullptr ? std::string() : row->print().substr(1, row->print().size() - 2);  // without its quotes
  };
  if (table.find("index.scheme") == nullptr || !text_of("index.from").empty()) return false;
  IndexOptions index;
  index.scheme = text_of("index.scheme");
  index.prefix = text_of("index.prefix");
  return needs_item_vectors(index);
}

}  // namespace

CorpusTraits CorpusTraits::of(const DataSplits& data) {
  CorpusTraits traits;
  traits.users = data.corpus->user_count();
  traits.items = data.corpus->items_with_events();
  traits.events = data.ranking->count(Part::kTrain);
  const MarkedPositions reviews = data.reviews->rated_positions(Part::kTrain);
  traits.reviews = static_cast<std::size_t>(std::distance(reviews.begin(), reviews.end()));
  traits.histories = data.ranking->is_sequential();
  return traits;
}

std::vector<AutomaticSetting> automatic_settings(const CorpusTraits& traits) { return Rules(traits).all(); }

void apply_automatic_settings(CorpusTraits traits, OptionTable& table) {
  const auto chosen = [&table](const char* key) {
    const OptionRow* row = table.find(key);
    return row != nullptr && row->origin != "default";
  };
  if (chosen("task.rating_samples") && table.find("task.rating_samples")->print() == "0") traits.reviews = 0;
  const std::string scheme = chosen("index.scheme") ? table.find("index.scheme")->print() : R"("independent")";
  traits.long_ids = traits.long_ids || scheme != R"("independent")" || chosen("index.from");
  traits.own_last = scheme == R"("hybrid")" && !chosen("index.from");
  traits.grouped = groups_items(table);
  traits.parallel = chosen("task.parallel_codes") && table.find("task.parallel_codes")->print() == "true";
  if (chosen("train.minutes")) traits.minutes = std::stod(table.find("train.minutes")->print());
  // Item vectors are as wide as the model; somebody who chose a width may have made them differ.
  if (chosen("model.d_model") || chosen("encoder.width")) traits.histories = false;
  std::string set;
  for (const AutomaticSetting& setting : automatic_settings(traits)) {
    if (table.find(setting.key) == nullptr || chosen(setting.key.c_str())) continue;
    table.set(setting.key, setting.value, std::string(kOrigin));
    set += fmt::format("\n  {} = {}  # {}", setting.key, setting.value, setting.reason);
  }
  log_info(fmt::format("settings for {} users, {} items, {} training events and {} ratings (train.automatic):{}",
                       traits.users, traits.items, traits.events, traits.reviews, set));
}

void fit_to_own_prompts(const PromptLibrary& prompts, const RunConfig& config, OptionTable& table) {
  std::string changed;
  bool off = false;
  const auto change = [&](const std::string& key, const std::string& value) {
    const std::string& origin = table.find(key)->origin;
    if (origin != "default" && origin != kOrigin) return;
    table.set(key, value, std::string(kOrigin));
    changed += fmt::format("\n  {} = {}", key, value);
  };
  struct Question {
    const char* family;
    PromptTask task;
    const std::string& prompt;
  };
  const Question questions[] = {{kSequentialFamily, PromptTask::kNextItem, config.answer.sequential_prompt},
                                {kDirectFamily, PromptTask::kChoose, config.answer.direct_prompt},
                                {kRatingFamily, PromptTask::kStar, config.answer.rating_prompt}};
  for (const Question& question : questions) {
    const auto fits = [&](const PromptTemplate& prompt) {
      return prompt.family == question.family && prompt.task == question.task && !prompt.held_out;
    };
    const auto first = std::ranges::find_if(prompts.all(), fits);
    const bool none = first == prompts.all().end();
    off = off || none;
    if (none) change(fmt::format("task.{}_samples", question.family), "0");
    if (!none && prompts.find(question.prompt) == nullptr) {
      change(fmt::format("decode.{}_prompt", question.family), fmt::format("\"{}\"", first->id));
    }
  }
  // "Which of these" may be asked as "what next?".
  if (prompts.find(config.answer.direct_prompt) == nullptr) {
    change("decode.direct_prompt", fmt::format("\"{}\"", config.answer.sequential_prompt));
  }
  if (std::ranges::any_of(config.task.prompts, [&](const auto& id) { return prompts.find(id) == nullptr; })) {
    change("task.prompts", "[]");
  }
  // A family that is off has no share.
  if (off && !config.task.shares.empty()) change("task.shares", "[]");
  if (!changed.empty()) log_info("settings for prompts of your own (text.only_prompts):" + changed);
}

bool wants_automatic_settings(const OptionTable& table) {
  const OptionRow* row = table.find("train.automatic");
  if (row == nullptr) return false;
  if (row->print() != "\"auto\"") return row->print() == "\"on\"";
  return std::ranges::none_of(table.rows(),
                              [](const OptionRow& other) { return other.origin.find(".toml") != std::string::npos; });
}

}  // namespace p5
