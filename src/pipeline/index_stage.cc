#include "pipeline/index_stage.h"

#include <vector>

#include "indexing/index_extension.h"
#include "indexing/item_indexer.h"
#include "p5/error.h"
#include "pipeline/task_data.h"
#include "pipeline/training_sentences.h"
#include "prompt/prompt_places.h"
#include "prompt/rendered_text.h"
#include "task/scale_words.h"
#include "task/task_families.h"
#include "text/sentencepiece_tokenizer.h"

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

}  // namespace

ModelBundle build_bundle(const RunConfig& config, const DataSplits& data, const std::filesystem::path& corpus_folder) {
  ModelBundle bundle;
  bundle.scale = data.corpus->rating_scale();
  bundle.prompts = load_prompts(config.text, bundle.scale);
  check_families(config, data, bundle);
  const auto tokenizer = build_tokenizer(config, *data.reviews, *bundle.prompts);
  const auto first_id_token = static_cast<TokenId>(tokenizer->size()) + kSentinels;
  BuiltIndex built = make_item_indexer(config.index)
                         ->build({.split = *data.ranking,
                                  .tokenizer = *tokenizer,
                                  .first_id_token = first_id_token,
                                  .seed = config.index.seed,
                                  .threads = config.device.threads});
  bundle.vocabulary = std::make_shared<const Vocabulary>(
      tokenizer, kSentinels, std::move(built.id_tokens),
      config.text.user_tokens ? user_names(data.corpus->user_count()) : std::vector<std::string>());
  bundle.index = std::make_shared<const ItemIndex>(std::move(built.index));
  describe(config, data, corpus_folder, bundle);
  bundle.keys = std::make_shared<const KnownKeys>(KnownKeys::of(*data.corpus));
  return bundle;
}

ModelBundle extend_bundle(const ModelBundle& earlier, const RunConfig& config, const DataSplits& data,
                          const std::filesystem::path& corpus_folder) {
  ModelBundle bundle;
  bundle.prompts = earlier.prompts;
  check_families(config, data, bundle);
  bundle.keys = std::make_shared<const KnownKeys>(extended(*earlier.keys, *data.corpus));
  BuiltIndex built = extend_index(*earlier.index, bundle.keys->items.size(), *earlier.vocabulary);
  const Vocabulary& words = *earlier.vocabulary;
  bundle.vocabulary = std::make_shared<const Vocabulary>(
      words.shared_tokenizer(), static_cast<std::int32_t>(words.sentinels().size()), std::move(built.id_tokens),
      words.users().size() > 0 ? user_names(bundle.keys->users.size()) : std::vector<std::string>());
  bundle.index = std::make_shared<const ItemIndex>(std::move(built.index));
  describe(config, data, corpus_folder, bundle);
  return bundle;
}

}  // namespace p5
