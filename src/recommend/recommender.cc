#include "recommend/recommender_impl.h"

#include <algorithm>
#include <utility>

#include "p5/error.h"

namespace p5 {

ItemId item_of(const Corpus& corpus, const std::string& key) {
  const auto item = corpus.catalog().find(key);
  if (!item) throw not_found_error("no such item", {.where = "'" + key + "'", .expected = "an item key of the corpus"});
  return *item;
}

UserId user_of(const Corpus& corpus, const std::string& key) {
  const auto user = corpus.find_user(key);
  if (!user) {
    throw not_found_error("no such user",
                          {.where = "'" + key + "'", .expected = "a user of the corpus, or a history of items"});
  }
  return *user;
}

namespace {

std::vector<ItemId> items_of(const Corpus& corpus, const std::vector<std::string>& keys) {
  std::vector<ItemId> items;
  for (const auto& key : keys) items.push_back(item_of(corpus, key));
  return items;
}

}  // namespace

Recommender::Recommender(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Recommender::~Recommender() = default;
Recommender::Recommender(Recommender&&) noexcept = default;
Recommender& Recommender::operator=(Recommender&&) noexcept = default;

Recommender Recommender::open(const std::string& run, const RecommenderOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->run = LoadedRun::open(run, {.corpus = options.corpus, .settings = options.settings});
  impl->model = load_bundle_model(impl->bundle(), ModelBundle::folder_of(run),
                                  {.device = options.device, .threads = options.threads, .matmul = options.matmul});
  return Recommender(std::move(impl));
}

std::vector<Recommendation> Recommender::recommend(const RecommendRequest& request) {
  const Corpus& corpus = impl_->corpus();
  CandidateQuery query;
  std::vector<ItemId> history = items_of(corpus, request.history);
  if (!request.user.empty()) {
    query.user = user_of(corpus, request.user);
    if (history.empty()) history.assign(corpus.items_of(query.user).begin(), corpus.items_of(query.user).end());
  } else if (history.empty()) {
    throw usage_error("nobody to recommend for", {.expected = "a user or a history", .got = "neither"});
  }
  const std::vector<ItemId> candidates = items_of(corpus, request.candidates);
  query.history = history;
  query.candidates = candidates;
  if (!request.keep_seen) query.exclude = history;
  query.asking.prompt = request.prompt_id;
  const auto lists = impl_->item_source().retrieve(std::span(&query, 1), request.k);
  std::vector<Recommendation> items;
  for (const Candidate& candidate : lists.front()) {
    items.push_back({std::string(corpus.catalog().key(candidate.item)),
                     corpus.catalog().display_title(candidate.item),
                     candidate.score,
                     {}});
  }
  if (!request.explain || items.empty()) return items;
  const PromptTemplate& prompt = impl_->choose({.family = "explanation", .task = PromptTask::kExplain}, {},
                                               impl_->bundle().answer.explanation_prompt);
  std::vector<TaskQuestion> questions;
  for (const Candidate& candidate : lists.front()) {
    TaskQuestion& question = questions.emplace_back(TaskQuestion{.item = candidate.item});
    if (query.user != kUnknownUser) question.user = query.user;
  }
  const auto sentences = impl_->text_writer().write(questions, prompt.id);
  for (std::size_t i = 0; i < items.size(); ++i) items[i].explanation = sentences[i];
  return items;
}

StarPrediction Recommender::predict_stars(const std::string& user, const std::string& item) {
  if (impl_->bundle().task.rating_samples == 0) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kRequest, "the run was trained without the rating family",
                {.expected = "task.rating_samples above 0 in training", .got = "0"});
  }
  const Corpus& corpus = impl_->corpus();
  const std::pair<UserId, ItemId> pair{user_of(corpus, user), item_of(corpus, item)};
  const StarPredictor predictor(*impl_->model, impl_->run->writer, impl_->bundle().answer.rating_prompt);
  return impl_->prediction_of(predictor.predict(std::span(&pair, 1)).front(),
                              impl_->bundle().prompts->at(impl_->bundle().answer.rating_prompt));
}

StarPrediction Recommender::Impl::prediction_of(const StarDistribution& distribution,
                                                const PromptTemplate& prompt) const {
  StarPrediction prediction;
  prediction.stars = stars_of(distribution, bundle().answer.stars, bundle().stars.of(prompt));
  std::copy(distribution.begin(), distribution.end(), prediction.probability);
  return prediction;
}

PromptAnswer Recommender::answer(const std::string& prompt, std::size_t max_tokens) {
  if (prompt.find_first_not_of(" \t\r\n") == std::string::npos) throw usage_error("the prompt is empty");
  const TokenRow row = impl_->run->writer.free_row(prompt);
  // Attention takes memory with the square of the length.
  if (row.source.size() > static_cast<std::size_t>(impl_->bundle().task.max_source)) {
    throw usage_error("the prompt is too long",
                      {.expected = "at most " + std::to_string(impl_->bundle().task.max_source) + " tokens",
                       .got = std::to_string(row.source.size())});
  }
  const auto scorer = impl_->model->start(pad_rows({row}));
  DecodeOptions options = impl_->bundle().decode;
  options.max_length = static_cast<std::int64_t>(std::clamp<std::size_t>(max_tokens, 1, 4096));
  const Hypothesis answer = write_text(*scorer, options).front();
  PromptAnswer result;
  result.source = impl_->run->writer.free_text(prompt);
  if (const auto item = impl_->bundle().index->find(answer.tokens)) {
    const auto& catalog = impl_->corpus().catalog();
    result.text = impl_->bundle().index->name(*item) + " (" + catalog.display_title(*item) + ")";
  } else {
    result.text = impl_->bundle().vocabulary->decode(answer.tokens);
  }
  return result;
}

}  // namespace p5
