#include "pipeline/index_stage.h"

#include <vector>

#include "base/resource.h"
#include "indexing/item_indexer.h"
#include "p5/error.h"
#include "task/task_mixture.h"
#include "text/sentencepiece_tokenizer.h"

namespace p5 {
namespace {

constexpr std::int32_t kSentinels = 100;  // T5 appends as many

// What a tokenizer is trained on: prompts as training will ask them, ids and numbers, and the words of the catalogue.
class TrainingSentences {
 public:
  TrainingSentences(const TaskMixture& mixture, const Corpus& corpus, std::uint64_t examples)
      : mixture_(&mixture), corpus_(&corpus), examples_(std::min(examples, mixture.epoch_size())) {}

  bool next(std::string& sentence) {
    if (position_ < kDigits) {
      sentence = digits(position_);
    } else if (position_ < kDigits + examples_) {
      const TaskExample example = mixture_->draw(position_ - kDigits).example;
      sentence = words_of(example.source) + " " + words_of(example.target);
    } else if (position_ < kDigits + examples_ + corpus_->item_count()) {
      const auto item = static_cast<ItemId>(position_ - kDigits - examples_);
      sentence = std::string(corpus_->catalog().title(item)) + " " + std::string(corpus_->catalog().brand(item));
    } else {
      return false;
    }
    ++position_;
    return true;
  }

 private:
  static constexpr std::uint64_t kDigits = 100;

  // Every id can be spelled, whatever numbers the examples happened to show.
  static std::string digits(std::uint64_t number) {
    return "item_" + std::to_string(number) + " user_" + std::to_string(99 - number) +
           " 0 1 2 3 4 5 6 7 8 9 yes no like dislike";
  }

  static std::string words_of(const RenderedText& text) {
    std::string words;
    for (const Mention& mention : text) {
      if (mention.kind == Mention::Kind::kText) words += mention.text;
      if (mention.kind == Mention::Kind::kUser) words += user_text(mention.id);
      if (mention.kind == Mention::Kind::kItem && mention.list == Mention::List::kNone)
        words += "item_" + std::to_string(mention.id);
    }
    return words;
  }

  const TaskMixture* mixture_;
  const Corpus* corpus_;
  std::uint64_t examples_, position_ = 0;
};

std::shared_ptr<const Tokenizer> build_tokenizer(const RunConfig& config, const DataSplits& data,
                                                 std::shared_ptr<const PromptLibrary> prompts) {
  if (!config.text.model.empty()) return SentencePieceTokenizer::load(config.text.model);
  constexpr std::uint64_t kExamples = 20000;
  const TaskData task_data{.ranking = data.ranking, .reviews = data.reviews, .prompts = std::move(prompts)};
  const TaskMixture mixture(make_task_families(task_data, config.task), config.train.seed);
  TrainingSentences sentences(mixture, *data.corpus, kExamples);
  return SentencePieceTokenizer::train([&sentences](std::string& sentence) { return sentences.next(sentence); },
                                       {.pieces = config.text.pieces});
}

std::shared_ptr<const PromptLibrary> load_prompts(const TextOptions& options) {
  std::vector<std::filesystem::path> places(options.prompts.begin(), options.prompts.end());
  if (places.empty()) places.push_back(resource_path("prompts"));
  return std::make_shared<const PromptLibrary>(PromptLibrary::load(places));
}

}  // namespace

ModelBundle build_bundle(const RunConfig& config, const DataSplits& data, const std::filesystem::path& corpus_folder) {
  ModelBundle bundle;
  bundle.prompts = load_prompts(config.text);
  for (const auto& id : {config.answer.sequential_prompt, config.answer.direct_prompt, config.answer.rating_prompt})
    bundle.prompts->at(id);
  const auto tokenizer = build_tokenizer(config, data, bundle.prompts);
  const auto first_id_token = static_cast<TokenId>(tokenizer->size()) + kSentinels;
  BuiltIndex built = make_item_indexer(config.index)->build(*data.ranking, *tokenizer, first_id_token);
  bundle.vocabulary = std::make_shared<const Vocabulary>(tokenizer, kSentinels, std::move(built.id_tokens));
  bundle.index = std::make_shared<const ItemIndex>(std::move(built.index));
  bundle.split = config.split;
  bundle.task = config.task;
  bundle.decode = config.decode;
  bundle.answer = config.answer;
  bundle.corpus = std::filesystem::absolute(corpus_folder).lexically_normal().string();
  bundle.catalog_sha256 = catalog_sha256(data.corpus->catalog());
  return bundle;
}

}  // namespace p5
