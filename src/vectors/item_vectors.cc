#include "vectors/item_vectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/logger.h"
#include "clustering/principal_axes.h"
#include "p5/error.h"
#include "records/field_parsing.h"
#include "retrieval/content_index.h"
#include "retrieval/content_vectors.h"
#include "retrieval/implicit_als.h"
#include "retrieval/ppmi_vectors.h"
#include "vectors/text_encoder_vectors.h"
#include "vectors/vector_file.h"
#include "vectors/word_vectors.h"

namespace p5 {
namespace {

struct ViewInputs {
  const Split& split;
  const ItemVectorRecipe& recipe;
  std::string_view file;  // "PATH" or "PATH@KEYS" of a file
  std::uint64_t seed;
  ThreadPool& pool;
  const StopToken& stop;

  std::size_t items() const { return split.corpus().items_with_events(); }
};

ItemVectorSet view_of_text(const ViewInputs& inputs) {
  ItemVectorSet view{.width = static_cast<std::size_t>(inputs.recipe.width), .values = {}};
  view.values =
      content_vectors(inputs.split.corpus().catalog(), inputs.recipe.content, inputs.seed, view.width, inputs.pool);
  return view;
}

ItemVectorSet view_of_cooccurrence(const ViewInputs& inputs) {
  ItemVectorSet view;
  PpmiOptions options;
  options.factors = inputs.recipe.width;
  options.seed = inputs.seed;
  view.values = ppmi_vectors(inputs.split, options, view.width, inputs.pool, inputs.stop);
  return view;
}

ItemVectorSet view_of_als(const ViewInputs& inputs) {
  const AlsOptions options{.factors = inputs.recipe.width, .seed = inputs.seed};
  ItemFactors found = fit_implicit_als(inputs.split, options, inputs.pool.size(), inputs.stop);
  return {.width = found.width, .values = std::move(found.factors)};
}

ItemVectorSet view_of_file(const ViewInputs& inputs) {
  const std::size_t at = inputs.file.rfind('@');
  const std::filesystem::path path = inputs.file.substr(0, at);
  const std::filesystem::path keys = at == std::string_view::npos ? "" : inputs.file.substr(at + 1);
  VectorTable table = read_vector_file(path, keys, inputs.split.corpus().catalog(), inputs.items());
  return {.width = table.width, .values = std::move(table.values)};
}

ItemVectorSet view_of_words(const ViewInputs& inputs) {
  VectorTable table =
      read_word_vectors(std::filesystem::path(inputs.file), inputs.split.corpus().catalog(), inputs.items());
  return {.width = table.width, .values = std::move(table.values)};
}

ItemVectorSet view_of_text_encoder(const ViewInputs& inputs) {
  VectorTable table = read_text_encoder_vectors(std::filesystem::path(inputs.file), inputs.split.corpus().catalog(),
                                                inputs.items(), inputs.pool, inputs.stop);
  return {.width = table.width, .values = std::move(table.values)};
}

ItemVectorSet view_of_encoder(const ViewInputs& inputs) {
  ItemVectors learnt = inputs.recipe.of_encoder(std::string(inputs.file));
  return {.width = learnt.width, .values = std::move(learnt.values)};
}

struct ViewRow {
  std::string_view name;
  bool takes_file;
  ItemVectorSet (*make)(const ViewInputs&);
};

constexpr std::array<ViewRow, 8> kViews = {{{"text", false, view_of_text},
                                            {"cooccurrence", false, view_of_cooccurrence},
                                            {"als", false, view_of_als},
                                            {"file", true, view_of_file},
                                            {"words", true, view_of_words},
                                            {"text-encoder", true, view_of_text_encoder},
                                            {"encoder", false, view_of_encoder},
                                            {"encoder", true, view_of_encoder}}};

struct Ingredient {
  const ViewRow* row;
  std::string file;
  double weight;
};

Error unreadable(const std::string& text) {
  return usage_error("a view of items that cannot be read",
                     {.where = "index.vectors",
                      .expected = "text, cooccurrence, als, file:PATH, file:PATH@KEYS, words:PATH, "
                                  "text-encoder:FOLDER, encoder or encoder:RUN, "
                                  "with a weight above 0 such as text=0.5",
                      .got = "'" + text + "'"});
}

// "file:emb.npy@keys.txt=0.5"; the weight is what follows the last "=", 1 where there is none.
Ingredient parse(const std::string& text) {
  Ingredient result{.row = nullptr, .file = {}, .weight = 1.0};
  std::string_view name = text;
  if (const std::size_t at = name.rfind('='); at != std::string_view::npos) {
    const std::optional<double> weight = parse_number(name.substr(at + 1));
    if (!weight || *weight <= 0) throw unreadable(text);
    result.weight = *weight;
    name = name.substr(0, at);
  }
  const std::size_t colon = name.find(':');
  if (colon != std::string_view::npos) result.file = name.substr(colon + 1);
  name = name.substr(0, colon);
  for (const ViewRow& row : kViews) {
    if (row.name == name && row.takes_file == !result.file.empty()) result.row = &row;
  }
  if (result.row == nullptr) throw unreadable(text);
  return result;
}

std::vector<Ingredient> ingredients_of(const ItemVectorRecipe& recipe, const ItemCatalog& catalog) {
  std::vector<Ingredient> list;
  for (const std::string& view : recipe.views) list.push_back(parse(view));
  if (!list.empty()) return list;
  if (have_content(catalog, recipe.content)) list.push_back(parse("text=1"));
  list.push_back(parse("cooccurrence=1"));
  return list;
}

void make_comparable(ItemVectorSet& view, std::size_t items, double weight) {
  view.values.resize(items * view.width);
  const std::size_t width = view.width;
  for (std::size_t item = 0; item < items; ++item) {
    const auto row = std::span(view.values).subspan(item * width, width);
    double squares = 0;
    for (const float value : row) squares += double(value) * value;
    for (float& value : row) value = squares > 0 ? static_cast<float>(value / std::sqrt(squares)) : 0.0f;
  }
  std::vector<double> means(width, 0.0);
  for (std::size_t i = 0; i < view.values.size(); ++i) means[i % width] += view.values[i] / static_cast<double>(items);
  double variance = 0;
  for (std::size_t i = 0; i < view.values.size(); ++i) {
    view.values[i] = static_cast<float>(view.values[i] - means[i % width]);
    variance += double(view.values[i]) * view.values[i] / static_cast<double>(items);
  }
  const double scale = variance > 0 ? weight / std::sqrt(variance) : 0.0;
  for (float& value : view.values) value = static_cast<float>(value * scale);
}

ItemVectorSet side_by_side(const std::vector<ItemVectorSet>& views, std::size_t items) {
  ItemVectorSet all;
  for (const ItemVectorSet& view : views) all.width += view.width;
  all.values.reserve(items * all.width);
  for (std::size_t item = 0; item < items; ++item) {
    for (const ItemVectorSet& view : views) {
      const auto row = std::span(view.values).subspan(item * view.width, view.width);
      all.values.insert(all.values.end(), row.begin(), row.end());
    }
  }
  return all;
}

}  // namespace

bool ItemVectorRecipe::of_own_encoder() const {
  return std::ranges::any_of(views, [](const std::string& view) {
    const Ingredient ingredient = parse(view);
    return ingredient.row->make == view_of_encoder && ingredient.file.empty();
  });
}

void ItemVectorRecipe::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  table.add(
      "index.vectors", &views,
      {.help = "views of items that ids of similar items are made of, with weights: text, cooccurrence, als, "
               "file:PATH or file:PATH@KEYS (.npy, .safetensors), words:PATH (word2vec, GloVe or fastText: means of "
               "the words of an item's text), text-encoder:FOLDER (a BERT with vocab.txt or a T5 with spiece.model: "
               "the mean of its last states), encoder (what the run's own encoder learns, which is trained first), "
               "encoder:RUN (that of a trained run); empty: text and cooccurrence"});
  table.add("index.vector_width", &width,
            {.help = "numbers of a vector of text, cooccurrence and als each", .minimum = 1, .maximum = 4096});
  table.add("index.vector_axes", &axes,
            {.help = "principal axes that are kept of all views together; 0 = all", .minimum = 0, .maximum = 65536});
}

ItemVectorSet make_item_vectors(const Split& split, const ItemVectorRecipe& recipe, std::uint64_t seed,
                                std::size_t threads, const StopToken& stop) {
  ThreadPool pool(threads);
  const std::size_t items = split.corpus().items_with_events();
  std::vector<ItemVectorSet> views;
  std::string made;
  for (const Ingredient& ingredient : ingredients_of(recipe, split.corpus().catalog())) {
    ItemVectorSet view = ingredient.row->make({split, recipe, ingredient.file, seed, pool, stop});
    make_comparable(view, items, ingredient.weight);
    made += fmt::format("{}{} ({} numbers, weight {:g})", made.empty() ? "" : ", ", ingredient.row->name, view.width,
                        ingredient.weight);
    views.push_back(std::move(view));
  }
  ItemVectorSet all = side_by_side(views, items);
  const auto axes = static_cast<std::size_t>(recipe.axes);
  log_info(fmt::format("item vectors: {} of {}", items, made));
  if (axes == 0 || axes >= all.width || items == 0) return all;
  const Points points{all.values, all.width};
  const PrincipalAxes analysis = principal_axes(points, pool);
  return {.width = axes, .values = project(points, analysis, std::span(analysis.axes).first(axes * all.width), pool)};
}

}  // namespace p5
