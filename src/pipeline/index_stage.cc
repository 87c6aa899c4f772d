#include "pipeline/index_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "indexing/index_extension.h"
#include "indexing/item_indexer.h"
#include "indexing/title_indexer.h"
#include "p5/error.h"
#include "pipeline/run_vectors.h"
#include "pipeline/task_data.h"
#include "pipeline/training_sentences.h"
#include "prompt/prompt_places.h"
#include "prompt/rendered_text.h"
#include "retrieval/content_index.h"
#include "retrieval/content_rows.h"
#include "task/scale_words.h"
#include "task/task_families.h"
#include "text/sentencepiece_tokenizer.h"
#include "vectors/item_vectors.h"
#include "vectors/user_groups.h"

namespace p5 {
namespace {

constexpr std::int32_t kSentinels = 100;  // T5 appends as many

std::shared_ptr<const Tokenizer> build_tokenizer(const RunConfig& config, const Split& reviews,
                                                 const PromptLibrary& prompts) {
  if (!config.text.model.empty()) return SentencePieceTokenizer::load(config.text.model);
  TrainingSentences sentences(prompts, config.task, reviews);
  return SentencePieceTokenizer::train([&sentences](std::string& sentence) { return sentences.next(sentence); },
                                       {.pieces = config.text.pieces});
}

std::vector<std::string> user_names(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t user = 0; user < count; ++user) names.push_back(user_text(static_cast<std::uint32_t>(user)));
  return names;
}

// What a bundle is built from.
struct Ingredients {
  const RunConfig& config;
  const DataSplits& data;
  const std::filesystem::path& corpus;   // its folder
  const std::filesystem::path& sources;  // where an encoder that ids are made of is kept; empty: nowhere

  std::size_t threads() const { return static_cast<std::size_t>(config.device.threads); }
};

// An encoder knows items by number: ids that need no vectors do while it is trained.
ItemVectors own_encoder_vectors(const Ingredients& from) {
  RunConfig plain = from.config;
  plain.index = {};
  plain.index_from.clear();
  plain.text.user_tokens = false;
  const LoadedRun run(build_bundle(plain, from.data, from.corpus), from.data,
                      static_cast<std::int32_t>(plain.model.whole_word_rows));
  return vectors_of_own_encoder(run, plain.sources, from.sources, from.threads(), plain.evaluate.stop);
}

ItemVectorSet item_vectors_of(const Ingredients& from) {
  ItemVectorRecipe recipe = from.config.item_vectors;
  recipe.content = from.config.sources.content;
  recipe.of_encoder = [&from](const std::string& run) {
    return run.empty() ? own_encoder_vectors(from) : vectors_of_run(run, from.data, from.config.split, from.threads());
  };
  return make_item_vectors(*from.data.ranking, recipe, from.config.index.seed, from.threads());
}

std::vector<std::string> group_names(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t group = 0; group < count; ++group) names.push_back(fmt::format("user_group_{}", group + 1));
  return names;
}

// The names of the tokens of users; none where users are text.
std::vector<std::string> user_tokens(const TextOptions& text, std::size_t users) {
  if (!text.user_tokens) return {};
  return text.user_ids == TextOptions::UserIds::kOwn ? user_names(users)
                                                     : group_names(static_cast<std::size_t>(text.user_groups));
}

bool clusters_users(const TextOptions& text) {
  return text.user_tokens && text.user_ids == TextOptions::UserIds::kClustered;
}

std::vector<std::uint32_t> groups_of_users(const Ingredients& from) {
  const TextOptions& text = from.config.text;
  const auto count = static_cast<std::size_t>(text.user_groups);
  if (!text.user_tokens || text.user_ids == TextOptions::UserIds::kOwn) return {};
  if (!clusters_users(text)) return hash_users(*from.data.corpus, count);
  return cluster_users(*from.data.ranking, item_vectors_of(from), count, from.config.index.seed, from.threads());
}

// The options of the run, and which corpus it is of.
void describe(const RunConfig& config, const DataSplits& data, const std::filesystem::path& corpus_folder,
              ModelBundle& bundle) {
  static_cast<SavedOptions&>(bundle) = config;
  if (!config.explain.file.empty()) bundle.explain.file = std::filesystem::absolute(config.explain.file).string();
  bundle.corpus = std::filesystem::absolute(corpus_folder).lexically_normal().string();
  bundle.catalog_sha256 = catalog_sha256(data.corpus->catalog());
  bundle.data_sha256 = data.corpus->info().data_sha256;
}

// Families that cannot be trained are reported here, before a run folder exists.
void check_families(const RunConfig& config, const DataSplits& data, const ModelBundle& bundle) {
  const auto require = [&](const char* family, const std::string& prompt) {
    if (config.task.samples_of(family) > 0) bundle.prompts->at(prompt);
  };
  require(kSequentialFamily, config.answer.sequential_prompt);
  require(kDirectFamily, config.answer.direct_prompt);
  require(kRatingFamily, config.answer.rating_prompt);
  const TaskData task_data = make_task_data(data, bundle, config);
  const TaskMixture checked(make_task_families(task_data, config.task), config.train.seed);
}

std::shared_ptr<const PromptLibrary> load_prompts(const TextOptions& options, const RatingScale& scale) {
  const auto places = prompt_places(options.only_prompts, options.prompts);
  return std::make_shared<const PromptLibrary>(PromptLibrary::load(places).with_words(scale_words(scale)));
}

// Empty for schemes that need none.
ItemVectorSet vectors_for_ids(const Ingredients& from) {
  return needs_item_vectors(from.config.index) ? item_vectors_of(from) : ItemVectorSet();
}

// What the new items, those from the size of the index up to `count`, are like: their title, and the known item that
// reads most like them.
std::vector<NewItem> new_items(const ModelBundle& earlier, const RunConfig& config, const ItemCatalog& catalog,
                               std::size_t count) {
  std::vector<ItemId> items(count - earlier.index->size());
  std::iota(items.begin(), items.end(), static_cast<ItemId>(earlier.index->size()));
  std::vector<NewItem> added(items.size());
  if (items.empty()) return added;
  const bool described = have_content(catalog, config.sources.content);
  const SparseRows alike = described ? compare_contents(catalog, items, config.sources.content) : SparseRows();
  for (std::size_t i = 0; i < items.size(); ++i) {
    float most = 0;
    for (const ItemWeight& other : described ? alike[i] : std::span<const ItemWeight>()) {
      if (!earlier.index->has(other.item) || other.weight <= most) continue;
      most = other.weight;
      added[i].alike = other.item;
    }
    if (earlier.index->scheme() == "title") {
      added[i].title = spell_title(catalog.title(items[i]), static_cast<std::size_t>(config.index.title_words),
                                   earlier.vocabulary->tokenizer());
    }
  }
  return added;
}

// The ids that p5 index build has made, for a run of the same catalogue.
BuiltIndex built_before(const RunConfig& config, const ItemCatalog& catalog,
                        std::shared_ptr<const Tokenizer>& tokenizer) {
  const ModelBundle made = ModelBundle::load(ModelBundle::folder_of(config.index_from));
  if (made.catalog_sha256 != catalog_sha256(catalog)) {
    throw model_error("the index is of another catalogue", {.where = config.index_from,
                                                            .expected = "items with SHA-256 " + catalog_sha256(catalog),
                                                            .got = made.catalog_sha256});
  }
  tokenizer = made.vocabulary->shared_tokenizer();
  const auto names = made.vocabulary->id_tokens().first(made.vocabulary->items().size());
  return {*made.index, {names.begin(), names.end()}};
}

BuiltIndex build_ids(const Ingredients& from, const Tokenizer& tokenizer) {
  const ItemVectorSet vectors = vectors_for_ids(from);
  const RunConfig& config = from.config;
  return make_item_indexer(config.index)
      ->build({.split = *from.data.ranking,
               .tokenizer = tokenizer,
               .first_id_token = static_cast<TokenId>(tokenizer.size()) + kSentinels,
               .item_vectors = vectors.values,
               .vector_width = vectors.width,
               .seed = config.index.seed,
               .threads = config.device.threads});
}

}  // namespace

namespace {

// Those of the run that training begins from, where they say the same of the same users: its vectors then go on.
std::shared_ptr<const UserFeatures> user_features(const RunConfig& config, const Corpus& corpus) {
  const std::vector<std::string>& names = config.task.user_prompt;
  if (names.empty()) return nullptr;
  const std::filesystem::path init = ModelBundle::folder_of(config.train.init);
  if (!config.train.init.empty() && file_exists(init)) {
    const ModelBundle known = ModelBundle::load(init);
    const auto same_users = [&] {
      if (known.keys == nullptr || known.keys->users.size() > corpus.user_count()) return false;
      for (UserId user = 0; user < known.keys->users.size(); ++user) {
        if (known.keys->users[user] != corpus.user_key(user)) return false;
      }
      return true;
    };
    const bool by_number = std::ranges::find(names, UserFeatures::kUser) != names.end();
    if (known.users != nullptr && known.task.user_prompt == names && (!by_number || same_users())) return known.users;
  }
  return std::make_shared<const UserFeatures>(corpus, names);
}

}  // namespace

bool makes_ids_of_own_encoder(const RunConfig& config) {
  const bool grouped = config.index_from.empty() && needs_item_vectors(config.index);
  return (grouped || clusters_users(config.text)) && config.item_vectors.of_own_encoder();
}

ModelBundle build_bundle(const RunConfig& config, const DataSplits& data, const std::filesystem::path& corpus_folder,
                         const std::filesystem::path& sources) {
  const Ingredients ingredients{config, data, corpus_folder, sources};
  ModelBundle bundle;
  bundle.scale = data.corpus->rating_scale();
  bundle.prompts = load_prompts(config.text, bundle.scale);
  check_families(config, data, bundle);
  std::shared_ptr<const Tokenizer> tokenizer;
  BuiltIndex built = [&] {
    if (!config.index_from.empty()) return built_before(config, data.corpus->catalog(), tokenizer);
    tokenizer = build_tokenizer(config, *data.reviews, *bundle.prompts);
    return build_ids(ingredients, *tokenizer);
  }();
  bundle.vocabulary = std::make_shared<const Vocabulary>(tokenizer, kSentinels, std::move(built.id_tokens),
                                                         user_tokens(config.text, data.corpus->user_count()));
  bundle.user_groups = groups_of_users(ingredients);
  bundle.index = std::make_shared<const ItemIndex>(std::move(built.index));
  describe(config, data, corpus_folder, bundle);
  bundle.keys = std::make_shared<const KnownKeys>(KnownKeys::of(*data.corpus));
  bundle.users = user_features(config, *data.corpus);
  return bundle;
}

ModelBundle extend_bundle(const ModelBundle& earlier, const RunConfig& config, const DataSplits& data,
                          const std::filesystem::path& corpus_folder) {
  ModelBundle bundle;
  bundle.prompts = earlier.prompts;
  check_families(config, data, bundle);
  bundle.keys = std::make_shared<const KnownKeys>(extended(*earlier.keys, *data.corpus));
  BuiltIndex built =
      extend_index(*earlier.index, new_items(earlier, config, data.corpus->catalog(), bundle.keys->items.size()),
                   *earlier.vocabulary);
  const Vocabulary& words = *earlier.vocabulary;
  bundle.vocabulary = std::make_shared<const Vocabulary>(
      words.shared_tokenizer(), static_cast<std::int32_t>(words.sentinels().size()), std::move(built.id_tokens),
      !earlier.user_groups.empty() ? group_names(words.users().size())
      : words.users().size() > 0   ? user_names(bundle.keys->users.size())
                                   : std::vector<std::string>());
  bundle.user_groups = earlier.user_groups;
  bundle.index = std::make_shared<const ItemIndex>(std::move(built.index));
  describe(config, data, corpus_folder, bundle);
  bundle.users = earlier.users;  // users who came since have no row of their own
  return bundle;
}

}  // namespace p5
