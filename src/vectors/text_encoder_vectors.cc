#include "vectors/text_encoder_vectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "architectures/architecture_list.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/logger.h"
#include "bert/bert_encoder.h"
#include "model/checkpoint_weights.h"
#include "model/config_fields.h"
#include "model/logits_reader.h"
#include "p5/error.h"
#include "text/sentencepiece_tokenizer.h"
#include "text/wordpiece_tokenizer.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kTokens = 128;   // of a text that is read
constexpr std::size_t kTogether = 16;  // texts
constexpr const char* kWordPieceFile = "vocab.txt";
constexpr const char* kPiecesFile = "spiece.model";

using Texts = std::vector<std::vector<TokenId>>;

std::string text_of(const ItemCatalog& catalog, ItemId item) {
  std::string text;
  const auto append = [&](std::string_view part) {
    if (!part.empty()) text += (text.empty() ? "" : " ") + std::string(part);
  };
  append(catalog.title(item));
  append(catalog.brand(item));
  for (const std::string_view category : catalog.categories(item)) append(category);
  append(catalog.description(item));
  return text;
}

// An encoder and its tokenizer.
class TextEncoder {
 public:
  virtual ~TextEncoder() = default;
  virtual std::size_t width() const = 0;
  virtual std::vector<TokenId> tokens_of(const std::string& text) const = 0;
  // [texts, width]; by any number of threads at once.
  virtual std::vector<float> means(std::span<const std::vector<TokenId>> texts) = 0;
};

WordPieceOptions wordpiece_options(const fs::path& folder) {
  WordPieceOptions options;
  const fs::path file = folder / "tokenizer_config.json";
  if (!file_exists(file)) return options;
  const ConfigFields fields(file);
  fields.read("do_lower_case", options.lower_case);
  fields.read("tokenize_chinese_chars", options.split_cjk);
  return options;
}

class BertTextEncoder final : public TextEncoder {
 public:
  explicit BertTextEncoder(const fs::path& folder)
      : words_(folder / kWordPieceFile, wordpiece_options(folder)), encoder_(folder) {
    if (static_cast<std::int64_t>(words_.size()) <= encoder_.spec().vocab_size) return;
    throw model_error("the vocabulary is of another model",
                      {.where = (folder / kWordPieceFile).string(),
                       .expected = fmt::format("at most {} pieces", encoder_.spec().vocab_size),
                       .got = std::to_string(words_.size())});
  }

  std::size_t width() const override { return static_cast<std::size_t>(encoder_.spec().hidden_size); }
  std::vector<TokenId> tokens_of(const std::string& text) const override {
    return words_.encode(text, std::min(kTokens, static_cast<std::size_t>(encoder_.spec().max_position_embeddings)));
  }
  std::vector<float> means(std::span<const std::vector<TokenId>> texts) override { return encoder_.means(texts); }

 private:
  WordPieceTokenizer words_;
  BertEncoder encoder_;
};

// The states that a T5's decoder would read.
class T5TextEncoder final : public TextEncoder {
 public:
  explicit T5TextEncoder(const fs::path& folder)
      : pieces_(SentencePieceTokenizer::load(folder / kPiecesFile)),
        model_(load_sequence_model(folder, {.device = "cpu", .threads = 1})) {
    const std::vector<std::vector<TokenId>> one = {{kEndToken}};
    width_ = means_of(*model_, one).size();
  }

  std::size_t width() const override { return width_; }
  std::vector<TokenId> tokens_of(const std::string& text) const override {
    std::vector<TokenId> tokens;
    pieces_->encode(text, tokens);
    tokens.resize(std::min(tokens.size(), kTokens - 1));
    tokens.push_back(kEndToken);
    return tokens;
  }
  std::vector<float> means(std::span<const std::vector<TokenId>> texts) override {
    return means_of(*model_->replica(), texts);
  }

 private:
  static std::vector<float> means_of(SequenceModel& model, std::span<const std::vector<TokenId>> texts) {
    std::vector<TokenRow> rows;
    for (const std::vector<TokenId>& text : texts)
      rows.push_back({.source = text, .whole_word = {}, .target = {kEndToken}});
    const TokenBatch batch = pad_rows(rows);
    const std::vector<float> states = ability_of<LogitsReader>(model).logits(batch).encoder_states;
    const std::size_t length = states.size() / texts.size(),
                      width = length / static_cast<std::size_t>(batch.source_length);
    std::vector<float> means(texts.size() * width, 0.0f);
    for (std::size_t row = 0; row < texts.size(); ++row) {
      float* const to = means.data() + row * width;
      for (std::size_t i = 0; i < texts[row].size() * width; ++i) to[i % width] += states[row * length + i];
      for (std::size_t i = 0; i < width; ++i) to[i] /= static_cast<float>(texts[row].size());
    }
    return means;
  }

  std::shared_ptr<const SentencePieceTokenizer> pieces_;
  std::unique_ptr<SequenceModel> model_;
  std::size_t width_ = 0;
};

std::unique_ptr<TextEncoder> open_encoder(const fs::path& folder) {
  if (file_exists(folder / kWordPieceFile)) return std::make_unique<BertTextEncoder>(folder);
  if (file_exists(folder / kPiecesFile)) return std::make_unique<T5TextEncoder>(folder);
  throw Error(ErrorCode::kNotFound, ErrorSubject::kModel, "no text encoder here",
              {.where = folder.string(),
               .expected = "config.json, model.safetensors and vocab.txt of a BERT, or spiece.model of a T5"});
}

}  // namespace

VectorTable read_text_encoder_vectors(const fs::path& folder, const ItemCatalog& catalog, std::size_t items,
                                      ThreadPool& pool, const StopToken& stop) {
  const std::unique_ptr<TextEncoder> encoder = open_encoder(folder);
  Texts texts;
  std::vector<std::size_t> order;  // of items with a text, short ones first, so that those read together are alike
  for (ItemId item = 0; item < items; ++item) {
    const std::string text = text_of(catalog, item);
    texts.push_back(text.empty() ? std::vector<TokenId>() : encoder->tokens_of(text));
    if (!text.empty()) order.push_back(item);
  }
  if (order.empty()) {
    throw usage_error("no item has a text to encode",
                      {.where = folder.string(), .expected = "titles or descriptions", .got = "none"});
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t item) { return texts[item].size(); });
  log_info(fmt::format("{}: encoding the texts of {} items", folder.string(), order.size()));
  VectorTable table{.width = encoder->width(), .values = {}};
  table.values.resize(items * table.width, 0.0f);
  pool.parallel_for(order.size(), kTogether, [&](std::size_t begin, std::size_t end, std::size_t) {
    stop_if_requested(stop, "encoding the texts of items");
    Texts some;
    for (std::size_t i = begin; i < end; ++i) some.push_back(texts[order[i]]);
    const std::vector<float> means = encoder->means(some);
    for (std::size_t i = begin; i < end; ++i) {
      std::copy_n(means.begin() + static_cast<std::ptrdiff_t>((i - begin) * table.width), table.width,
                  table.values.begin() + static_cast<std::ptrdiff_t>(order[i] * table.width));
    }
  });
  return table;
}

}  // namespace p5
