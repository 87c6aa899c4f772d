#include "pipeline/index_stage.h"

#include <vector>

#include "base/resource.h"
#include "indexing/item_indexer.h"
#include "p5/error.h"
#include "pipeline/task_data.h"
#include "prompt/rendered_text.h"
#include "task/task_families.h"
#include "text/sentencepiece_tokenizer.h"

namespace p5 {
namespace {

constexpr std::int32_t kSentinels = 100;  // T5 appends as many

// What a tokenizer is trained on: the words of the prompts and users beside them, ids and numbers, the catalogue, and
// what users wrote where a family that is on reads it. Of interactions only training reviews are read, so that nothing
// of validation and test can show in a piece.
class TrainingSentences {
 public:
  TrainingSentences(const PromptLibrary& prompts, const TaskOptions& task, const Split& reviews)
      : corpus_(&reviews.corpus()) {
    bool texts = false;
    for (const PromptTemplate& prompt : prompts.all()) {
      if (prompt.held_out || task.samples_of(prompt.family) == 0) continue;
      templates_.push_back(words_of(prompt.source.text()));
      texts |= prompt.source.slot_set().meets(kWritten) || prompt.target.slot_set().meets(kWritten);
    }
    if (texts) list_reviews(reviews);
  }

  bool next(std::string& sentence) {
    std::uint64_t place = position_++;
    if (place < kDigits) return sentence = digits(place), true;
    if ((place -= kDigits) < kUsers) return sentence = asked_by(place), true;
    if ((place -= kUsers) < reviews_.size()) return sentence = written(reviews_[place]), true;
    if ((place -= reviews_.size()) >= corpus_->item_count()) return false;
    const auto item = static_cast<ItemId>(place);
    sentence = std::string(corpus_->catalog().title(item)) + " " + std::string(corpus_->catalog().brand(item));
    return true;
  }

 private:
  static constexpr std::uint64_t kDigits = 100, kUsers = 20000, kReviews = 50000;
  static constexpr SlotSet kWritten = {Slot::kReview, Slot::kHeadline, Slot::kFeature, Slot::kExplanation};

  // Training reviews, evenly spread where there are more than pieces need.
  void list_reviews(const Split& reviews) {
    const std::size_t step = reviews.count(Part::kTrain) / kReviews + 1;
    std::size_t seen = 0;
    for (std::size_t i = 0; i < corpus_->interaction_count(); ++i) {
      if (reviews.part_of(i) == Part::kTrain && seen++ % step == 0) reviews_.push_back(i);
    }
  }

  std::string written(std::size_t interaction) const {
    return std::string(corpus_->headline(interaction)) + " " + std::string(corpus_->review(interaction));
  }

  // Every id can be spelled, whatever numbers the users happen to have.
  static std::string digits(std::uint64_t number) {
    return "item_" + std::to_string(number) + " user_" + std::to_string(99 - number) +
           " 0 1 2 3 4 5 6 7 8 9 yes no like dislike";
  }

  std::string asked_by(std::uint64_t place) const {
    const auto user = static_cast<UserId>(place % corpus_->user_count());
    return templates_[place % templates_.size()] + " " + user_text(user) + " " + std::string(corpus_->user_name(user));
  }

  // A source without its slots.
  static std::string words_of(const std::string& source) {
    std::string words;
    bool slot = false;
    for (const char c : source) {
      if (c == '{' || c == '}') {
        slot = c == '{';
      } else if (!slot) {
        words += c;
      }
    }
    return words;
  }

  const Corpus* corpus_;
  std::vector<std::string> templates_;
  std::vector<std::size_t> reviews_;  // positions in the corpus
  std::uint64_t position_ = 0;
};

std::shared_ptr<const Tokenizer> build_tokenizer(const RunConfig& config, const Split& reviews,
                                                 const PromptLibrary& prompts) {
  if (!config.text.model.empty()) return SentencePieceTokenizer::load(config.text.model);
  TrainingSentences sentences(prompts, config.task, reviews);
  return SentencePieceTokenizer::train([&sentences](std::string& sentence) { return sentences.next(sentence); },
                                       {.pieces = config.text.pieces});
}

// Behind the items' tokens, in the order of the corpus.
void append_users(const Corpus& corpus, std::vector<std::string>& id_tokens) {
  for (std::size_t user = 0; user < corpus.user_count(); ++user) {
    id_tokens.push_back(user_text(static_cast<UserId>(user)));
  }
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
  const auto require = [&](const char* family, const std::string& prompt) {
    if (config.task.samples_of(family) > 0) bundle.prompts->at(prompt);
  };
  require(kSequentialFamily, config.answer.sequential_prompt);
  require(kDirectFamily, config.answer.direct_prompt);
  require(kRatingFamily, config.answer.rating_prompt);
  // Families that cannot be trained stop here, before a run folder exists.
  const TaskData task_data = make_task_data(data, bundle.prompts, config);
  const TaskMixture checked(make_task_families(task_data, config.task), config.train.seed);
  const auto tokenizer = build_tokenizer(config, *data.reviews, *bundle.prompts);
  const auto first_id_token = static_cast<TokenId>(tokenizer->size()) + kSentinels;
  BuiltIndex built = make_item_indexer(config.index)->build(*data.ranking, *tokenizer, first_id_token);
  if (config.text.user_tokens) append_users(*data.corpus, built.id_tokens);
  bundle.vocabulary = std::make_shared<const Vocabulary>(tokenizer, kSentinels, std::move(built.id_tokens));
  bundle.index = std::make_shared<const ItemIndex>(std::move(built.index));
  static_cast<SavedOptions&>(bundle) = config;
  if (!config.explain.file.empty()) bundle.explain.file = std::filesystem::absolute(config.explain.file).string();
  bundle.corpus = std::filesystem::absolute(corpus_folder).lexically_normal().string();
  bundle.catalog_sha256 = catalog_sha256(data.corpus->catalog());
  bundle.data_sha256 = data.corpus->info().data_sha256;
  return bundle;
}

}  // namespace p5
