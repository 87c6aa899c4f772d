#include "pipeline/pretrain_stage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/logger.h"
#include "base/text_layout.h"
#include "corpus/corpus.h"
#include "p5/error.h"
#include "pipeline/corpus_union.h"
#include "pipeline/settings.h"
#include "pipeline/train_stage.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

// An objective is a family of examples; `needs` says which column of a corpus it reads, for the message without one.
struct PretrainingObjective {
  std::string_view name, family, needs;
  bool (*has)(const Corpus& corpus);
};

bool has_history(const Corpus& corpus) { return corpus.interaction_count() > corpus.user_count(); }

bool has_text(const Corpus& corpus) {
  for (ItemId item = 0; item < corpus.item_count(); ++item) {
    if (!corpus.catalog().title(item).empty() || !corpus.catalog().description(item).empty()) return true;
  }
  for (std::size_t i = 0; i < corpus.interaction_count(); ++i) {
    if (!corpus.review(i).empty()) return true;
  }
  return false;
}

bool has_attributes(const Corpus& corpus) {
  for (ItemId item = 0; item < corpus.item_count(); ++item) {
    const ItemCatalog& catalog = corpus.catalog();
    if (!catalog.title(item).empty() || !catalog.brand(item).empty() || !catalog.categories(item).empty()) return true;
  }
  return false;
}

bool has_ratings_of(const Corpus& corpus) { return corpus.has_ratings(); }

constexpr std::array<PretrainingObjective, 6> kObjectives = {{
    {"next-item", "sequential", "users with several events", has_history},
    {"history-span", "history_span", "users with several events", has_history},
    {"next-session", "next_session", "users with several events", has_history},
    {"text-span", "text_span", "title or description of items, or review of events", has_text},
    {"attribute", "attribute", "title, brand or category of items", has_attributes},
    {"rating", "rating", "rating of events", has_ratings_of},
}};

struct Wanted {
  const PretrainingObjective* objective;
  double weight = 1;
};

Wanted wanted_of(const std::string& entry) {
  const std::string_view name = std::string_view(entry).substr(0, entry.find('='));
  const auto found = std::ranges::find(kObjectives, name, &PretrainingObjective::name);
  if (found == kObjectives.end()) {
    throw usage_error("there is no such objective",
                      {.where = "--objective",
                       .expected = fmt::format("one of {}", fmt::join(pretraining_objectives(), ", ")),
                       .got = std::string(name)});
  }
  Wanted wanted{&*found};
  if (name.size() == entry.size()) return wanted;
  const char* const end = entry.data() + entry.size();
  const auto [stop, failure] = std::from_chars(entry.data() + name.size() + 1, end, wanted.weight);
  if (failure != std::errc() || stop != end || wanted.weight <= 0 || wanted.weight > 1000) {
    throw usage_error("a weight of an objective",
                      {.where = "--objective", .expected = "NAME=number above 0, at most 1000", .got = entry});
  }
  return wanted;
}

// Next items and both kinds of spans, where the corpus has what they need.
std::vector<std::string> usual_objectives(const Corpus& corpus) {
  std::vector<std::string> names;
  for (const PretrainingObjective& row : kObjectives) {
    const bool usual = row.name == "next-item" || row.name.ends_with("-span");
    if (usual && row.has(corpus)) names.emplace_back(row.name);
  }
  return names;
}

void set_objectives(const std::vector<std::string>& chosen, const Corpus& corpus, OptionTable& table) {
  const std::vector<std::string> entries = chosen.empty() ? usual_objectives(corpus) : chosen;
  for (const char* family : {"rating", "sequential", "direct", "explanation", "review", "custom"}) {
    table.set(fmt::format("task.{}_samples", family), "0", "p5 pretrain");
  }
  std::vector<std::string> weights;
  for (const std::string& entry : entries) {
    const Wanted wanted = wanted_of(entry);
    if (!wanted.objective->has(corpus)) {
      throw data_error("the corpus lacks what an objective needs",
                       {.where = fmt::format("corpus {}, --objective {}", corpus.info().name, wanted.objective->name),
                        .expected = std::string(wanted.objective->needs),
                        .got = "none"});
    }
    const bool next_item = wanted.objective->name == "next-item";
    table.set(fmt::format("task.{}_samples", wanted.objective->family), next_item ? "4" : "1", "p5 pretrain");
    weights.push_back(fmt::format("\"{}={:g}\"", wanted.objective->family, wanted.weight));
  }
  table.set("task.weights", fmt::format("[{}]", fmt::join(weights, ", ")), "p5 pretrain");
}

fs::path joined(const PretrainSource& source, const RunPlace& place, const StopToken& stop) {
  if (source.corpora.size() == 1) return source.corpora.front();
  const fs::path folder = place.out.string() + "-corpus";
  const IngestReport report = join_corpora(source.corpora, folder, stop);
  log_info(fmt::format("joined {} into {}: {}, {}", counted(source.corpora.size(), "corpus", "corpora"),
                       folder.string(), counted(report.users, "user"), counted(report.items, "item")));
  return folder;
}

}  // namespace

std::vector<std::string> pretraining_objectives() {
  std::vector<std::string> names;
  for (const PretrainingObjective& row : kObjectives) names.emplace_back(row.name);
  return names;
}

TrainedRun pretrain_run(const Settings& settings, const PretrainSource& source, const RunPlace& place,
                        const StopToken& stop) {
  if (source.corpora.empty()) {
    throw usage_error("there is nothing to pretrain on", {.where = "--corpus", .expected = "one corpus or more"});
  }
  for (const std::string& entry : source.objectives) wanted_of(entry);
  place.replace ? RunDirectory::require_replaceable(place.out) : RunDirectory::require_free(place.out);
  const fs::path corpus = joined(source, place, stop);
  RunConfig config;
  OptionTable table;
  config.bind(table);
  set_objectives(source.objectives, *Corpus::open(corpus), table);
  set_options(settings, table);
  config.evaluate.stop = stop;
  return train_run(config, table, corpus, place);
}

}  // namespace p5
