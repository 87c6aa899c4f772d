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
#include "model/checkpoint_weights.h"
#include "model/safetensors.h"
#include "model/token_vector_taker.h"
#include "model/weight_taker.h"
#include "p5/error.h"
#include "recommend/opened_sources.h"
#include "retrieval/content_filled_source.h"
#include "text/sentencepiece_tokenizer.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr std::int32_t kNew = -1;
constexpr std::int32_t kT5Sentinels = 100;

// Where the weights come from. A T5 has no items; an old run whose corpus is gone has items without keys.
struct Source {
  fs::path folder;
  std::optional<ModelBundle> run = {};
  std::shared_ptr<const Vocabulary> vocabulary = {};
  std::shared_ptr<const KnownKeys> keys = {};
};

// Old bundles have no keys of their own; their corpus may still have them.
std::shared_ptr<const KnownKeys> keys_of(const ModelBundle& run) {
  if (run.keys != nullptr) return run.keys;
  try {
    const std::shared_ptr<const Corpus> corpus = Corpus::open(run.corpus);
    if (catalog_sha256(corpus->catalog()) == run.catalog_sha256) {
      return std::make_shared<const KnownKeys>(KnownKeys::of(*corpus));
    }
    log_warning(
        fmt::format("train.init: {} is another corpus than that run's; items and users start afresh", run.corpus));
  } catch (const Error& error) {
    log_warning(fmt::format("train.init: {}; items and users start afresh", error.what()));
  }
  return nullptr;
}

std::unordered_map<std::string_view, std::uint32_t> by_key(const KeyList& keys) {
  std::unordered_map<std::string_view, std::uint32_t> numbers;
  for (std::size_t i = 0; i < keys.size(); ++i) numbers.emplace(keys[i], static_cast<std::uint32_t>(i));
  return numbers;
}

Source open_source(const fs::path& init) {
  Source source;
  source.folder = weights_of(init);
  if (source.folder != init) {
    source.run = ModelBundle::load(ModelBundle::folder_of(init));
    source.vocabulary = source.run->vocabulary;
    if (!source.vocabulary->id_tokens().empty()) source.keys = keys_of(*source.run);
    return source;
  }
  const fs::path pieces = init / "spiece.model";
  if (!file_exists(pieces)) {
    throw Error(ErrorCode::kNotFound, ErrorSubject::kModel, "no weights to begin from",
                {.where = init.string(),
                 .expected = "a run folder, or config.json, model.safetensors and spiece.model of a T5"});
  }
  source.vocabulary = std::make_shared<const Vocabulary>(SentencePieceTokenizer::load(pieces), kT5Sentinels,
                                                         std::vector<std::string>());
  return source;
}

class RowMatcher {
 public:
  RowMatcher(const Source& source, const ModelBundle& bundle, const KnownKeys& keys)
      : source_(source), bundle_(bundle), keys_(keys), rows_(bundle.vocabulary->size(), kNew) {}

  InitialWeights match() {
    match_pieces();
    const TokenRange sentinels = ours().sentinels(), there = theirs().sentinels();
    for (std::size_t i = 0; i < std::min(sentinels.size(), there.size()); ++i) {
      row_of(sentinels.begin + static_cast<TokenId>(i)) = there.begin + static_cast<TokenId>(i);
    }
    if (source_.keys != nullptr) {
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
    const auto there = by_key(source_.keys->items);
    for (std::size_t item = 0; item < keys_.items.size(); ++item) {
      const auto found = there.find(keys_.items[item]);
      if (found == there.end()) continue;
      const auto here = bundle_.index->path(static_cast<ItemId>(item));
      const auto path = source_.run->index->path(found->second);
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
    const TokenRange here = ours().users(), there = theirs().users();  // in the order of their keys, or empty
    if (source_.run->user_groups != bundle_.user_groups) return;       // tokens of other groups
    if (!bundle_.user_groups.empty()) {
      for (std::size_t group = 0; group < std::min(here.size(), there.size()); ++group) {
        row_of(here.begin + static_cast<TokenId>(group)) = there.begin + static_cast<TokenId>(group);
      }
      return;
    }
    const auto numbers = by_key(source_.keys->users);
    for (std::size_t user = 0; user < std::min(here.size(), keys_.users.size()); ++user) {
      const auto found = numbers.find(keys_.users[user]);
      if (found == numbers.end() || found->second >= there.size()) continue;
      row_of(here.begin + static_cast<TokenId>(user)) = there.begin + static_cast<TokenId>(found->second);
    }
  }

  // "998 of 1000"
  std::string taken(const TokenRange& range) const {
    const auto begin = rows_.begin() + range.begin, end = rows_.begin() + range.end;
    return fmt::format("{} of {}", range.size() - static_cast<std::size_t>(std::count(begin, end, kNew)), range.size());
  }

  const Source& source_;
  const ModelBundle& bundle_;
  const KnownKeys& keys_;
  std::vector<std::int32_t> rows_;
};

// Whether the last token of the item's id is its alone: those have its name.
bool has_own_token(const ModelBundle& bundle, ItemId item) {
  const TokenRange own = bundle.vocabulary->items();
  const TokenId token = bundle.index->path(item).back();
  return own.contains(token) &&
         bundle.vocabulary->id_tokens()[static_cast<std::size_t>(token - own.begin)] == bundle.index->name(item);
}

}  // namespace

fs::path weights_of(const fs::path& init) {
  const fs::path bundle = ModelBundle::folder_of(init);
  return file_exists(bundle) ? ModelBundle::model_folder(bundle) : init;
}

InitialWeights find_initial_weights(const fs::path& init, const ModelBundle& bundle, const Corpus& corpus) {
  const Source source = open_source(init);
  const std::int64_t rows = read_model_spec(source.folder)->vocab_size;
  if (static_cast<std::size_t>(rows) < source.vocabulary->size()) {
    throw model_error("the weights are of another vocabulary",
                      {.where = source.folder.string(),
                       .expected = fmt::format("at least {} rows", source.vocabulary->size()),
                       .got = std::to_string(rows)});
  }
  const KnownKeys own = bundle.keys != nullptr ? *bundle.keys : KnownKeys::of(corpus);
  return RowMatcher(source, bundle, own).match();
}

fs::path earlier_sources(const fs::path& init, const ModelBundle& bundle) {
  if (init.empty() || bundle.keys == nullptr || !file_exists(sources_folder(init))) return {};
  const std::shared_ptr<const KnownKeys> earlier = ModelBundle::load(ModelBundle::folder_of(init)).keys;
  if (earlier == nullptr || earlier->items.size() > bundle.keys->items.size()) return {};
  for (std::size_t item = 0; item < earlier->items.size(); ++item) {
    if (earlier->items[item] != bundle.keys->items[item]) return {};
  }
  return sources_folder(init);
}

namespace {

// The table of tokens in the weights that training begins from, by this run's tokens.
class EarlierRows {
 public:
  explicit EarlierRows(const InitialWeights& weights) : source_rows_(weights.source_rows) {
    const SafetensorsFile file = open_weights(weights.folder / kWeightsFile);
    const TensorRecord* const table = file.find("shared.weight");
    if (table == nullptr || table->shape.size() != 2) return;
    width_ = static_cast<std::size_t>(table->shape[1]);
    values_.resize(static_cast<std::size_t>(table->element_count()));
    copy_as_float(*table, values_);
  }

  bool empty() const { return values_.empty(); }
  std::size_t width() const { return width_; }
  bool has(TokenId token) const { return source_rows_[static_cast<std::size_t>(token)] != kNew; }
  // REQUIRES has(token).
  void add(TokenId token, float weight, std::span<float> sum) const {
    const float* row =
        values_.data() + static_cast<std::size_t>(source_rows_[static_cast<std::size_t>(token)]) * width_;
    for (std::size_t i = 0; i < width_; ++i) sum[i] += weight * row[i];
  }

 private:
  std::span<const std::int32_t> source_rows_;
  std::size_t width_ = 0;
  std::vector<float> values_;
};

// Each the mean of the known items that read most like it.
TokenVectors vectors_of_alike(const EarlierRows& rows, const std::vector<ItemId>& known,
                              const std::vector<ItemId>& fresh, const ModelBundle& bundle, const Corpus& corpus) {
  const auto token_of = [&](ItemId item) { return bundle.index->path(item).back(); };
  std::vector<float> mean(rows.width());
  for (const ItemId item : known) rows.add(token_of(item), 1.0f / static_cast<float>(known.size()), mean);
  const ContentLikeness likeness = ContentLikeness::by_content(fresh, corpus.catalog(), bundle.sources.content);
  TokenVectors result;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    std::vector<float> vector(rows.width());
    for (const ItemWeight& entry : likeness.alike[i]) {
      if (std::ranges::binary_search(known, entry.item)) rows.add(token_of(entry.item), entry.weight, vector);
    }
    if (likeness.alike[i].empty()) vector = mean;
    result.tokens.push_back(token_of(fresh[i]));
    result.vectors.insert(result.vectors.end(), vector.begin(), vector.end());
  }
  return result;
}

// Each the mean of the pieces of its title that the weights know; items without a title keep random vectors.
TokenVectors vectors_of_titles(const EarlierRows& rows, const std::vector<ItemId>& fresh, const ModelBundle& bundle,
                               const Corpus& corpus) {
  TokenVectors result;
  std::vector<TokenId> pieces;
  for (const ItemId item : fresh) {
    pieces.clear();
    bundle.vocabulary->tokenizer().encode(corpus.catalog().title(item), pieces);
    std::erase_if(pieces, [&](TokenId piece) { return !rows.has(piece); });
    if (pieces.empty()) continue;
    std::vector<float> vector(rows.width());
    for (const TokenId piece : pieces) rows.add(piece, 1.0f / static_cast<float>(pieces.size()), vector);
    result.tokens.push_back(bundle.index->path(item).back());
    result.vectors.insert(result.vectors.end(), vector.begin(), vector.end());
  }
  return result;
}

}  // namespace

TokenVectors new_item_vectors(const InitialWeights& weights, const ModelBundle& bundle, const Corpus& corpus) {
  std::vector<ItemId> known, fresh;
  for (ItemId item = 0; item < bundle.index->size(); ++item) {
    if (!has_own_token(bundle, item)) continue;
    const auto token = static_cast<std::size_t>(bundle.index->path(item).back());
    (weights.source_rows[token] == kNew ? fresh : known).push_back(item);
  }
  if (fresh.empty()) return {};
  const EarlierRows rows(weights);
  if (rows.empty()) return {};
  return known.empty() ? vectors_of_titles(rows, fresh, bundle, corpus)
                       : vectors_of_alike(rows, known, fresh, bundle, corpus);
}

void begin_from(const InitialWeights& weights, const ModelBundle& bundle, const Corpus& corpus, SequenceModel& model) {
  FolderChecksums::verify_all(weights.folder);
  ability_of<WeightTaker>(model).take_weights(weights.folder, weights.source_rows);
  log_info(fmt::format("training begins from {}: taken are the rows of {}", weights.folder.string(), weights.summary));
  const TokenVectors fresh = new_item_vectors(weights, bundle, corpus);
  if (fresh.tokens.empty()) return;
  ability_of<TokenVectorTaker>(model).take_token_vectors(fresh.tokens, fresh.vectors);
  log_info(
      fmt::format("{} new item tokens begin as the known items that read most like theirs, or as the words of their "
                  "titles",
                  fresh.tokens.size()));
}

}  // namespace p5
