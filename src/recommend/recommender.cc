#include "recommend/recommender_impl.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "base/did_you_mean.h"
#include "base/logger.h"
#include "base/option_table.h"
#include "p5/error.h"
#include "prompt/prompt_renderer.h"
#include "recommend/candidate_sources.h"
#include "recommend/list_shares.h"
#include "recommend/opened_sources.h"
#include "retrieval/hybrid_source.h"
#include "retrieval/item_knn_source.h"

namespace p5 {

namespace {

// "; did you mean 'B004756YJA' or 'B004756YJB'?": the keys of the catalogue that are spelled most like an unknown one.
std::string likely_keys(const ItemCatalog& catalog, const std::string& key) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> keys, likely;
  keys.reserve(catalog.size());
  for (ItemId item = 0; item < catalog.size(); ++item) keys.emplace_back(catalog.key(item));
  while (likely.size() < kShown) {
    const auto nearest = nearest_name(key, keys);
    if (!nearest) break;
    likely.push_back(*nearest);
    std::erase(keys, *nearest);
  }
  return did_you_mean(likely);
}

}  // namespace

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

ItemId item_of(const Corpus& corpus, const std::string& key) {
  const auto item = corpus.catalog().find(key);
  if (!item) {
    throw not_found_error(
        "no such item",
        {.where = "'" + key + "'", .expected = "an item key of the corpus" + likely_keys(corpus.catalog(), key)});
  }
  return *item;
}

UserId user_of(const Corpus& corpus, const std::string& key, std::string_view otherwise) {
  const auto user = corpus.find_user(key);
  if (!user) {
    throw not_found_error("no such user",
                          {.where = "'" + key + "'", .expected = "a user of the corpus" + std::string(otherwise)});
  }
  return *user;
}

void require_user_or_history(const std::string& user, bool history) {
  if (user.empty() == history) return;
  throw usage_error(
      "give either a user or a history",
      {.where = "request.user and request.history", .expected = "one of them", .got = history ? "both" : "neither"});
}

void require_user_of_later(const std::string& user, bool later) {
  if (!user.empty() || !later) return;
  throw usage_error("later items need a user", {.where = "request.later", .expected = "none without request.user"});
}

std::vector<ItemId> known_items_of(const Corpus& corpus, const std::vector<std::string>& keys, bool strict,
                                   std::vector<std::string>& skipped) {
  std::vector<ItemId> items;
  for (const std::string& key : keys) {
    if (const auto item = strict ? std::optional(item_of(corpus, key)) : corpus.catalog().find(key)) {
      items.push_back(*item);
    } else {
      skipped.push_back(key);
    }
  }
  return items;
}

std::optional<UserId> known_user_of(const Corpus& corpus, const std::string& key, bool strict) {
  if (key.empty()) return std::nullopt;
  return strict ? std::optional(user_of(corpus, key, ", or request.history with items")) : corpus.find_user(key);
}

namespace {

constexpr const char* kFallback = "popularity";  // of users of whom nothing is known

std::vector<ItemId> items_of(const Corpus& corpus, const std::vector<std::string>& keys) {
  std::vector<ItemId> items;
  for (const auto& key : keys) items.push_back(item_of(corpus, key));
  return items;
}

void check_fields(const RecommendRequest& request) {
  if (!request.user.empty() && !request.history.empty()) {
    throw usage_error("not both", {.where = "request.user and request.history"});
  }
  if (request.user.empty() && request.history.empty()) {
    throw usage_error("nobody to answer", {.expected = "request.user or request.history"});
  }
  require_user_of_later(request.user, !request.later.empty());
  if (!request.source.empty()) require_candidate_source(request.source);
  if (!request.source.empty() && request.source != "p5" && !request.prompt_id.empty()) {
    throw usage_error("only the source p5 takes a prompt", {.where = "request.prompt",
                                                            .expected = "none for another source of items",
                                                            .got = request.prompt_id + " for " + request.source});
  }
  if (request.k < 1 || request.k > kMaxRecommendations) {
    throw usage_error("bad list length", {.where = "request.k",
                                          .expected = "1 to " + std::to_string(kMaxRecommendations),
                                          .got = std::to_string(request.k)});
  }
}

// The options of search and order that a request has of its own.
void apply_settings(const RecommendRequest& request, DecodeOptions& decode, RerankOptions& rerank) {
  OptionTable table;
  decode.bind(table);
  rerank.bind(table);
  for (const std::string& setting : request.settings) table.set_assignment(setting);
  if (!request.rerank.empty()) table.set("rerank.method", '"' + request.rerank + '"', "request.rerank");
}

// Answers depend on the histories of the corpus, so a corpus with other events gives other answers.
void warn_of_other_data(const LoadedRun& run) {
  if (!run.has_other_data()) return;
  std::string what = "the corpus is not the one that the run was trained on";
  if (run.bundle.keys != nullptr) {
    const CatalogMap map(*run.bundle.keys, *run.data.corpus);
    what += fmt::format(": {}, {} new users", map.summary(), map.new_users());
  }
  if (run.has_new_items()) what += "; new items are ranked by what reads like them and by counts";
  log_warning(what);
}

}  // namespace

Recommender::Recommender(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Recommender::~Recommender() = default;
Recommender::Recommender(Recommender&&) noexcept = default;
Recommender& Recommender::operator=(Recommender&&) noexcept = default;

Recommender Recommender::open(const std::string& run, const RecommenderOptions& options) {
  auto loaded = LoadedRun::open(run, {.corpus = options.corpus, .settings = options.settings});
  warn_of_other_data(*loaded);
  auto model = load_bundle_model(loaded->bundle, ModelBundle::folder_of(run),
                                 {.device = options.device, .threads = options.threads, .matmul = options.matmul});
  auto bandits = options.held_bandits;
  if (bandits == nullptr && !options.bandits.empty()) {
    bandits = std::make_shared<BanditStates>(options.bandits, BanditReranker::Use::kAsk);
  }
  return Recommender(Impl::of(std::move(loaded), std::move(model), sources_folder(run), std::move(bandits)));
}

std::unique_ptr<Recommender::Impl> Recommender::Impl::of(std::shared_ptr<const LoadedRun> run,
                                                         std::unique_ptr<SequenceModel> model,
                                                         const std::filesystem::path& fitted,
                                                         std::shared_ptr<BanditStates> bandits) {
  auto impl = std::make_unique<Impl>();
  impl->run = std::move(run);
  impl->model = std::move(model);
  impl->sources = std::make_shared<RunSources>(impl->run, fitted, /*keep=*/true, std::move(bandits));
  impl->live = std::make_shared<LiveCatalogView>(impl->run->data.corpus, impl->bundle().sources.content);
  impl->look();
  return impl;
}

Recommender Recommender::worker() const {
  auto impl = std::make_unique<Impl>();
  impl->run = impl_->run;
  impl->sources = impl_->sources;
  impl->live = impl_->live;
  impl->look();
  impl->model = impl_->model->replica();
  return Recommender(std::move(impl));
}

void Recommender::Impl::look() {
  auto now = live->now();
  if (now == view) return;
  filled.clear();
  view = std::move(now);
}

void Recommender::change_catalog(const CatalogChanges& changes) const { impl_->live->change(changes); }

Recommender::Impl::Wanted Recommender::Impl::resolve(const RecommendRequest& request,
                                                     const CatalogView& catalog) const {
  check_fields(request);
  const Corpus& corpus = catalog.corpus();
  RequestNotes notes;
  Wanted wanted{.history = known_items_of(corpus, request.history, request.strict, notes.skipped),
                .counted = {},
                .candidates = items_of(corpus, request.candidates),
                .exclude = items_of(corpus, request.exclude),
                .query = {},
                .k = request.k,
                .source = source_for(request),
                .decode = bundle().decode,
                .rerank = bundle().rerank};
  apply_settings(request, wanted.decode, wanted.rerank);
  if (const auto user = known_user_of(corpus, request.user, request.strict)) {
    wanted.query.user = *user;
    const auto own = corpus.items_of(*user);
    wanted.history.assign(own.begin(), own.end());
    const auto later = known_items_of(corpus, request.later, request.strict, notes.skipped);
    wanted.history.insert(wanted.history.end(), later.begin(), later.end());
  }
  wanted.notes = std::move(notes);
  wanted.counted = catalog.counted_history(wanted.history);
  if (wanted.counted.empty()) wanted.notes.fallback = wanted.source = kFallback;
  if (!request.keep_seen) {
    wanted.exclude.insert(wanted.exclude.end(), wanted.history.begin(), wanted.history.end());
  }
  if (const auto selection = catalog.selections()->of(request.where, request.available)) {
    wanted.nothing_left = !selection->restrict(wanted.candidates, wanted.exclude);
  }
  if (!request.prompt_id.empty()) run->writer.require_item_prompt(request.prompt_id);
  wanted.query.history = wanted.counted;
  wanted.query.candidates = wanted.candidates;
  wanted.query.exclude = wanted.exclude;
  wanted.query.draw = request.draw;
  wanted.query.asking = {
      .prompt = request.prompt_id, .beams = wanted.decode.beams, .length_penalty = wanted.decode.length_penalty};
  return wanted;
}

// Whether training taught the model to answer the request: the prompt that is asked for, else what comes next or a
// choice among candidates.
bool Recommender::Impl::taught(const RecommendRequest& request) const {
  const TaskOptions& task = bundle().task;
  if (!request.prompt_id.empty()) return is_taught(bundle().prompts->at(request.prompt_id), task);
  return task.samples_of(kSequentialFamily) > 0 || (!request.candidates.empty() && task.samples_of(kDirectFamily) > 0);
}

// A run that never learnt what comes next answers by the counts of its training data.
std::string Recommender::Impl::source_for(const RecommendRequest& request) const {
  std::string source = request.source;
  if (source.empty()) source = request.prompt_id.empty() ? sources->default_source() : "p5";
  if (source != "p5" || taught(request)) return source;
  if (request.source.empty() && request.prompt_id.empty()) return "item-knn";
  throw Error(ErrorCode::kUnsupported, ErrorSubject::kRequest, "the run was trained without such questions",
              {.where = request.prompt_id.empty() ? "source p5" : "prompt " + request.prompt_id,
               .expected = "task.sequential_samples above 0 in training, or another source",
               .got = "0"});
}

const CandidateSource& Recommender::Impl::source_named(const std::string& name) {
  if (!require_candidate_source(name).asks_model) return sources->at(name);
  const auto found = own.find(name);
  if (found != own.end()) return *found->second;
  auto opened = sources->open_for(
      *model, name, [this](const std::string& part) -> const CandidateSource& { return source_named(part); });
  return *own.emplace(name, std::move(opened)).first->second;
}

// Of a hybrid each part is filled, so that shares tell of added items as they do of others.
const CandidateSource& Recommender::Impl::filled_source(const std::string& name) {
  const CandidateSource& source = source_named(name);
  if (view->like_added() == nullptr) return source;
  auto& kept = filled[name];
  if (kept != nullptr) return *kept;
  const std::size_t items = view->corpus().item_count();
  const auto fill = [&](const CandidateSource& part) {
    return std::make_unique<ContentFilledSource>(part, view->counted(), items, view->like_added());
  };
  const auto* hybrid = dynamic_cast<const HybridSource*>(&source);
  if (hybrid == nullptr) {
    kept = fill(source);
    return *kept;
  }
  HybridModel model = hybrid->model();
  model.popularity.resize(items);  // nobody has had them
  std::vector<std::unique_ptr<CandidateSource>> owned;
  std::vector<const CandidateSource*> parts;
  for (const CandidateSource* part : hybrid->parts()) {
    owned.push_back(fill(*part));
    parts.push_back(owned.back().get());
  }
  kept = std::make_unique<HybridSource>(std::make_shared<const HybridModel>(std::move(model)), parts, items,
                                        std::move(owned), hybrid->cold());
  return *kept;
}

std::vector<std::vector<Recommender::Impl::Found>> Recommender::Impl::ask(const std::string& name,
                                                                          std::span<const CandidateQuery> queries,
                                                                          std::size_t k) {
  const CandidateSource& source = filled_source(name);
  std::vector<std::vector<Found>> lists(queries.size());
  const auto* hybrid = dynamic_cast<const HybridSource*>(&source);
  if (hybrid == nullptr) {
    const auto found = source.retrieve(queries, k);
    for (std::size_t i = 0; i < queries.size(); ++i) {
      for (const Candidate& candidate : found[i]) lists[i].push_back({.candidate = candidate, .why = {}});
    }
    return lists;
  }
  const auto fused = hybrid->fuse(queries, k);
  for (std::size_t i = 0; i < queries.size(); ++i) {
    for (const FusedCandidate& item : fused[i]) {
      Found& found = lists[i].emplace_back(Found{.candidate = item.candidate, .why = {}});
      if (item.shares.empty()) found.why.push_back({hybrid->cold().source->name(), 1.0});
      for (std::size_t part = 0; part < item.shares.size(); ++part) {
        found.why.push_back({hybrid->model().parts[part], static_cast<double>(item.shares[part])});
      }
      std::stable_sort(found.why.begin(), found.why.end(),
                       [](const SourceShare& a, const SourceShare& b) { return a.share > b.share; });
    }
  }
  return lists;
}

// Requests with equal sources and search options are answered together.
std::vector<std::vector<Recommender::Impl::Found>> Recommender::Impl::retrieve(std::span<const Wanted> wanted) {
  std::map<std::tuple<std::string, std::int64_t, std::int64_t, double>, std::vector<std::size_t>> alike;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].nothing_left) continue;
    const DecodeOptions& decode = wanted[i].decode;
    alike[{wanted[i].source, wanted[i].pool(), decode.beams, decode.length_penalty}].push_back(i);
  }
  std::vector<std::vector<Found>> lists(wanted.size());
  for (const auto& [search, members] : alike) {
    std::vector<CandidateQuery> queries;
    for (const std::size_t i : members) queries.push_back(wanted[i].query);
    const auto& [source, k, beams, length_penalty] = search;
    auto found = ask(source, queries, static_cast<std::size_t>(k));
    for (std::size_t i = 0; i < members.size(); ++i) lists[members[i]] = std::move(found[i]);
  }
  return lists;
}

void Recommender::check(const RecommendRequest& request) const { impl_->resolve(request, *impl_->live->now()); }

RequestNotes Recommender::notes(const RecommendRequest& request) const {
  return impl_->resolve(request, *impl_->live->now()).notes;
}

// Rerankers know the counted items; one that was added keeps its place.
void Recommender::Impl::rerank(std::span<const Wanted> wanted, std::span<std::vector<Found>> lists) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const Reranker* reranker = sources->reranker(wanted[i].rerank);
    if (reranker == nullptr) continue;
    std::vector<Candidate> candidates;
    for (const Found& found : lists[i]) {
      if (view->is_counted(found.candidate.item)) candidates.push_back(found.candidate);
    }
    std::vector<Found> ordered;
    for (const RankedCandidate& each :
         reranker->rerank(wanted[i].query, candidates, static_cast<std::size_t>(wanted[i].k))) {
      const auto found = std::ranges::find_if(
          lists[i], [&](const Found& other) { return other.candidate.item == each.candidate.item; });
      ordered.push_back({.candidate = each.candidate, .why = found->why, .propensity = each.propensity});
    }
    for (std::size_t at = 0; at < lists[i].size(); ++at) {
      if (view->is_counted(lists[i][at].candidate.item)) continue;
      ordered.insert(ordered.begin() + static_cast<std::ptrdiff_t>(std::min(at, ordered.size())), lists[i][at]);
    }
    ordered.resize(std::min(ordered.size(), static_cast<std::size_t>(wanted[i].k)));
    lists[i] = std::move(ordered);
  }
}

std::vector<Recommendation> Recommender::recommend(const RecommendRequest& request) {
  return std::move(recommend(std::span(&request, 1)).front());
}

std::vector<Recommendation> Recommender::Impl::named(std::span<const Found> list, const std::string& source) const {
  const ItemCatalog& catalog = corpus().catalog();
  const std::string kind(require_candidate_source(source).score_kind);
  std::vector<double> scores;
  for (const Found& found : list) scores.push_back(found.candidate.score);
  const std::vector<double> shares = list_shares(scores, kind);
  std::vector<Recommendation> items;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Candidate& candidate = list[i].candidate;
    items.push_back({.item = std::string(catalog.key(candidate.item)),
                     .title = std::string(catalog.title(candidate.item)),
                     .score = candidate.score,
                     .source = candidate.source->name(),
                     .why = list[i].why,
                     .propensity = list[i].propensity,
                     .share = shares[i],
                     .score_kind = kind,
                     .number = candidate.item});
  }
  return items;
}

std::vector<std::vector<Recommendation>> Recommender::recommend(std::span<const RecommendRequest> requests) {
  impl_->look();
  std::vector<Impl::Wanted> wanted;
  for (const RecommendRequest& request : requests) wanted.push_back(impl_->resolve(request, *impl_->view));
  auto lists = impl_->retrieve(wanted);
  impl_->rerank(wanted, lists);
  std::vector<std::vector<Recommendation>> answers;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto& items = answers.emplace_back(impl_->named(lists[i], wanted[i].source));
    if (requests[i].because) impl_->give_reasons(wanted[i], lists[i], items);
    if (requests[i].explain) impl_->explain(requests[i], wanted[i], lists[i], items);
  }
  return answers;
}

ItemName Recommender::Impl::name_of(ItemId item, const CatalogView& view_of) const {
  const ItemCatalog& catalog = view_of.corpus().catalog();
  return {std::string(catalog.key(item)), std::string(catalog.title(item)),
          item < bundle().index->size() ? bundle().index->name(item) : std::string()};
}

std::vector<ItemName> Recommender::history_of(const RecommendRequest& request) const {
  const auto view = impl_->live->now();
  std::vector<ItemName> names;
  for (const ItemId item : impl_->resolve(request, *view).history) names.push_back(impl_->name_of(item, *view));
  return names;
}

ItemName Recommender::item_named(const std::string& key) const {
  const auto view = impl_->live->now();
  return impl_->name_of(item_of(view->corpus(), key), *view);
}

std::vector<Recommendation> Recommender::similar(const SimilarRequest& request) {
  return recommend(RecommendRequest{.history = {request.item},
                                    .exclude = request.exclude,
                                    .where = request.where,
                                    .available = request.available,
                                    .strict = true,
                                    .k = request.k,
                                    .source = request.source,
                                    .because = false,
                                    .settings = request.settings});
}

std::vector<std::string> Recommender::user_keys() const {
  const auto view = impl_->live->now();
  const Corpus& corpus = view->corpus();
  std::vector<std::string> keys;
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    const std::string_view key = corpus.user_key(user);
    if (corpus.find_user(key)) keys.emplace_back(key);
  }
  return keys;
}

std::vector<std::string> Recommender::item_keys() const {
  const auto view = impl_->live->now();
  const ItemCatalog& catalog = view->corpus().catalog();
  std::vector<std::string> keys;
  for (ItemId item = 0; item < catalog.size(); ++item) keys.emplace_back(catalog.key(item));
  return keys;
}

KeyKind Recommender::user_key_kind() const { return impl_->run->data.corpus->info().user_keys; }
KeyKind Recommender::item_key_kind() const { return impl_->run->data.corpus->info().item_keys; }

std::vector<SourceInfo> recommendation_sources() {
  std::vector<SourceInfo> sources;
  for (const auto& row : candidate_sources()) sources.push_back({std::string(row.name), std::string(row.summary)});
  return sources;
}

std::shared_ptr<const LoadedRun> Recommender::loaded_run() const { return impl_->run; }
std::shared_ptr<const CatalogView> Recommender::catalog() const { return impl_->live->now(); }
bool Recommender::has_user(const std::string& key) const {
  return impl_->live->now()->corpus().find_user(key).has_value();
}
bool Recommender::has_item(const std::string& key) const {
  return impl_->live->now()->corpus().catalog().find(key).has_value();
}

void Recommender::Impl::require_counted(ItemId item) const {
  if (view->is_counted(item)) return;
  throw Error(ErrorCode::kUnsupported, ErrorSubject::kRequest, "the model does not know the item yet",
              {.where = "'" + std::string(corpus().catalog().key(item)) + "'",
               .expected = "an item of the corpus; training with a corpus that has this one teaches it"});
}

}  // namespace p5
