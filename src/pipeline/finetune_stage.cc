#include "pipeline/finetune_stage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/file.h"
#include "corpus/corpus.h"
#include "p5/error.h"
#include "pipeline/item_ids.h"
#include "pipeline/settings.h"
#include "pipeline/train_stage.h"
#include "pipeline/unit_settings.h"
#include "recommend/model_bundle.h"
#include "task/task_families.h"
#include "text/vocabulary.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr const char* kOrigin = "p5 finetune";

void set_text(OptionTable& table, const char* key, const fs::path& value) {
  table.set(key, '"' + value.string() + '"', kOrigin);
}

fs::path plain(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

std::vector<std::string> known_tasks() {
  std::vector<std::string> known;
  for (const TaskFamily& family : task_families()) known.emplace_back(family.name);
  known.emplace_back("custom");
  return known;
}

// Choices of the run that may be of tasks that are trained no more. Throws InvalidArgument for an unknown task.
void forget_other_tasks(const std::vector<std::string>& tasks, OptionTable& table) {
  if (tasks.empty()) return;
  const std::vector<std::string> known = known_tasks();
  for (const std::string& task : tasks) {
    if (std::ranges::find(known, task) != known.end()) continue;
    throw usage_error("there is no such task", {.where = "--task",
                                                .expected = fmt::format("some of {} (custom: families of your own "
                                                                        "prompts, --prompts)",
                                                                        fmt::join(known, ", ")),
                                                .got = task});
  }
  table.set("train.select", "\"auto\"", kOrigin);
  for (const char* key : {"task.shares", "task.weights"}) table.set(key, "[]", kOrigin);
}

// A family is trained by as many samples as settings say, the run had, or it has by default; the others by none,
// whatever a configuration says of them.
void choose_tasks(const std::vector<std::string>& tasks, OptionTable& table) {
  if (tasks.empty()) return;
  OptionTable defaults;
  RunConfig fresh;
  fresh.bind(defaults);
  for (const std::string& family : known_tasks()) {
    const std::string key = "task." + family + "_samples";
    const bool wanted = std::ranges::find(tasks, family) != tasks.end();
    const std::string usual = defaults.find(key)->print();
    if (!wanted) {
      table.set(key, "0", kOrigin);
    } else if (table.find(key)->print() == "0") {
      table.set(key, usual == "0" ? "1" : usual, kOrigin);
    }
  }
}

// What a run hands on: its settings, its words and, for the same catalogue, its ids. Returns its corpus.
fs::path take_settings_of_run(const fs::path& run, const fs::path& corpus, OptionTable& table) {
  const RunDirectory earlier = RunDirectory::open(run);
  table.load_toml_file(earlier.config());
  const ModelBundle known = ModelBundle::load(earlier.bundle());
  const fs::path folder = corpus.empty() ? fs::path(known.corpus) : corpus;
  const bool same_items = catalog_sha256(Corpus::open(folder)->catalog()) == known.catalog_sha256;
  set_text(table, "index.from", same_items ? plain(run) : fs::path());
  set_text(table, "text.model",
           same_items ? fs::path() : plain(Vocabulary::pieces_file(ModelBundle::vocabulary_folder(earlier.bundle()))));
  return folder;
}

}  // namespace

TrainedRun finetune_run(const Settings& settings, const FinetuneSource& source, const RunPlace& place,
                        const StopToken& stop) {
  RunConfig config;
  OptionTable table;
  config.bind(table);
  fs::path corpus = source.corpus;
  table.set("train.automatic", "\"off\"", kOrigin);
  if (file_exists(ModelBundle::folder_of(source.from))) {
    corpus = take_settings_of_run(source.from, source.corpus, table);
  } else {
    if (corpus.empty()) {
      throw usage_error("there is no corpus to fine-tune on",
                        {.where = "--corpus", .expected = "a corpus folder; only a run has one of its own"});
    }
    set_text(table, "text.model", plain(source.from / "spiece.model"));
  }
  set_text(table, "train.init", plain(source.from));
  set_text(table, "train.item_vectors", {});  // item tokens begin with what the base has learnt
  table.set("model.preset", fmt::format("\"{}\"", ModelOptions::kAsInit), kOrigin);
  if (source.way == Finetuning::kByRewards) {
    table.set("reinforce.group", "8", kOrigin);
    table.set("train.lr", "0.00002", kOrigin);  // far below that of supervised training, so that the base is not lost
    table.set("train.epochs", "1", kOrigin);
    table.set("train.validate_first", "true", kOrigin);
    table.set("train.validate_every", "0.1", kOrigin);
  } else {
    table.set("finetune.method", "\"lora\"", kOrigin);
  }
  forget_other_tasks(source.tasks, table);
  set_options(settings, table);
  if (config.train.reptile.on()) {
    set_reptile(table, kOrigin);
    set_options(settings, table);  // who asks for other rates has them
  }
  choose_tasks(source.tasks, table);
  config.evaluate.stop = stop;
  return train_run(config, table, corpus, place);
}

}  // namespace p5
