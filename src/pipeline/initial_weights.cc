#include "pipeline/initial_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "architectures/architecture_list.h"
#include "base/file.h"
#include "base/folder_checksums.h"
#include "base/logger.h"
#include "model/weight_taker.h"
#include "p5/error.h"
#include "text/sentencepiece_tokenizer.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr std::int32_t kNew = -1;
constexpr std::int32_t kT5Sentinels = 100;

// Where the weights come from. A T5 has no items; a run whose corpus is gone has items without keys.
struct Source {
  fs::path folder;
  std::optional<ModelBundle> run = {};
  std::shared_ptr<const Vocabulary> vocabulary = {};
  std::shared_ptr<const Corpus> corpus = {};
};

std::shared_ptr<const Corpus> open_corpus(const ModelBundle& run) {
  try {
    std::shared_ptr<const Corpus> corpus = Corpus::open(run.corpus);
    if (catalog_sha256(corpus->catalog()) == run.catalog_sha256) return corpus;
    log_warning(
        fmt::format("train.init: {} is another corpus than that run's; items and users start afresh", run.corpus));
  } catch (const Error& error) {
    log_warning(fmt::format("train.init: {}; items and users start afresh", error.what()));
  }
  return nullptr;
}

Source open_source(const fs::path& init) {
  Source source;
  if (file_exists(init / "bundle")) {
    source.run = ModelBundle::load(init / "bundle");
    source.folder = ModelBundle::model_folder(init / "bundle");
    source.vocabulary = source.run->vocabulary;
    if (!source.vocabulary->id_tokens().empty()) source.corpus = open_corpus(*source.run);
    return source;
  }
  const fs::path pieces = init / "spiece.model";
  if (!file_exists(pieces)) {
    throw Error(ErrorCode::kNotFound, ErrorSubject::kModel, "no weights to begin from",
                {.where = init.string(),
                 .expected = "a run folder, or config.json, model.safetensors and spiece.model of a T5"});
  }
  source.folder = init;
  source.vocabulary = std::make_shared<const Vocabulary>(SentencePieceTokenizer::load(pieces), kT5Sentinels,
                                                         std::vector<std::string>());
  return source;
}

class RowMatcher {
 public:
  RowMatcher(const Source& source, const ModelBundle& bundle, const Corpus& corpus)
      : source_(source), bundle_(bundle), corpus_(corpus), rows_(bundle.vocabulary->size(), kNew) {}

  InitialWeights match() {
    match_pieces();
    const TokenRange sentinels = ours().sentinels(), there = theirs().sentinels();
    for (std::size_t i = 0; i < std::min(sentinels.size(), there.size()); ++i) {
      row_of(sentinels.begin + static_cast<TokenId>(i)) = there.begin + static_cast<TokenId>(i);
    }
    if (source_.corpus != nullptr) {
      match_items();
      match_users();
    }
    return {source_.folder, rows_,
            fmt::format("{} pieces, {} sentinels, {} item tokens, {} user tokens", taken(ours().pieces()),
                        taken(sentinels), taken(ours().items()), taken(ours().users()))};
  }

 private:
  const Vocabulary& ours() const { return *bundle_.vocabulary; }
  const Vocabulary& theirs() const { return *source_.vocabulary; }
  std::int32_t& row_of(TokenId token) { return rows_[static_cast<std::size_t>(token)]; }

  void match_pieces() {
    std::unordered_map<std::string_view, std::int32_t> by_text;
    for (TokenId token = 0; token < theirs().pieces().end; ++token) {
      by_text.emplace(theirs().tokenizer().piece(token), token);
    }
    for (TokenId token = 0; token < ours().pieces().end; ++token) {
      const auto found = by_text.find(ours().tokenizer().piece(token));
      if (found != by_text.end()) row_of(token) = found->second;
    }
  }

  // A token that several items share keeps its fresh row where these would take different ones.
  void match_items() {
    std::vector<bool> disputed(rows_.size());
    for (ItemId item = 0; item < corpus_.catalog().size(); ++item) {
      const auto there = source_.corpus->catalog().find(corpus_.catalog().key(item));
      if (!there) continue;
      const auto here = bundle_.index->path(item), path = source_.run->index->path(*there);
      if (here.size() != path.size()) continue;
      for (std::size_t i = 0; i < here.size(); ++i) {
        if (!ours().items().contains(here[i]) || !theirs().items().contains(path[i])) continue;
        std::int32_t& row = row_of(here[i]);
        if (row != kNew && row != path[i]) disputed[static_cast<std::size_t>(here[i])] = true;
        row = path[i];
      }
    }
    for (std::size_t token = 0; token < rows_.size(); ++token) {
      if (disputed[token]) rows_[token] = kNew;
    }
  }

  void match_users() {
    const TokenRange here = ours().users(), there = theirs().users();  // in the order of their corpora, or empty
    for (UserId user = 0; user < here.size(); ++user) {
      const std::optional<UserId> same = source_.corpus->find_user(corpus_.user_key(user));
      if (!same || *same >= there.size()) continue;
      row_of(here.begin + static_cast<TokenId>(user)) = there.begin + static_cast<TokenId>(*same);
    }
  }

  // "998 of 1000"
  std::string taken(const TokenRange& range) const {
    const auto begin = rows_.begin() + range.begin, end = rows_.begin() + range.end;
    return fmt::format("{} of {}", range.size() - static_cast<std::size_t>(std::count(begin, end, kNew)), range.size());
  }

  const Source& source_;
  const ModelBundle& bundle_;
  const Corpus& corpus_;
  std::vector<std::int32_t> rows_;
};

}  // namespace

InitialWeights find_initial_weights(const fs::path& init, const ModelBundle& bundle, const Corpus& corpus) {
  const Source source = open_source(init);
  const std::int64_t rows = read_model_spec(source.folder)->vocab_size;
  if (static_cast<std::size_t>(rows) < source.vocabulary->size()) {
    throw model_error("the weights are of another vocabulary",
                      {.where = source.folder.string(),
                       .expected = fmt::format("at least {} rows", source.vocabulary->size()),
                       .got = std::to_string(rows)});
  }
  return RowMatcher(source, bundle, corpus).match();
}

void begin_from(const InitialWeights& weights, SequenceModel& model) {
  FolderChecksums::verify_all(weights.folder);
  ability_of<WeightTaker>(model).take_weights(weights.folder, weights.source_rows);
  log_info(fmt::format("training begins from {}: taken are the rows of {}", weights.folder.string(), weights.summary));
}

}  // namespace p5
