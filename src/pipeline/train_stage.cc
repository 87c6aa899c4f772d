#include "pipeline/train_stage.h"

#include <fmt/format.h>

#include <string>

#include "base/interrupt.h"
#include "p5/error.h"
#include "pipeline/automatic_settings.h"
#include "pipeline/index_stage.h"
#include "pipeline/initial_vectors.h"
#include "pipeline/prepared_run.h"
#include "pipeline/run_vectors.h"
#include "pipeline/time_shares.h"
#include "pipeline/unit_settings.h"
#include "prompt/prompt_places.h"
#include "train/training_space.h"

namespace p5 {
namespace {

// Adapters and frozen blocks need weights that training begins from.
void check_finetuning(const RunConfig& config) {
  if (config.reinforce.group == 1) {
    throw usage_error("a group of one item has nothing to weigh it against",
                      {.where = "reinforce.group", .expected = "2 or more, or 0 for none", .got = "1"});
  }
  if (config.reinforce.group > 0 && config.train.init.empty()) {
    throw usage_error("there is no model to reinforce",
                      {.where = "reinforce.group", .expected = "train.init (--init), or p5 reinforce --from"});
  }
  if (!config.finetune.freezes() || !config.train.init.empty()) return;
  throw usage_error("there are no weights to fine-tune",
                    {.where = fmt::format("finetune.method = \"{}\"", to_string(config.finetune.method)),
                     .expected = "train.init (--init), or p5 finetune --from"});
}

// Processes that train together meet when all have their ids.
void check_world(const RunConfig& config) {
  if (config.world.alone() || !makes_ids_of_own_encoder(config)) return;
  throw usage_error("several processes cannot train the encoder that ids are made of",
                    {.where = "index.vectors",
                     .expected = "\"encoder:RUN\", an encoder that is trained already, or one process",
                     .got = fmt::format("\"encoder\" and {} processes", config.world.size)});
}

}  // namespace

TrainedRun train_run(RunConfig& config, OptionTable& table, const std::filesystem::path& corpus,
                     const RunPlace& asked) {
  const UnsavedWork unsaved;
  config.world = TrainingWorld::from_environment();
  const RunPlace place = place_of(config.world, asked);
  require_training_space();
  check_place(place);
  check_device(config.device);
  check_finetuning(config);
  apply_unit_settings(config, table);
  const DataSplits data = open_data(corpus, config.split);
  if (wants_automatic_settings(table)) {
    CorpusTraits traits = CorpusTraits::of(data);
    traits.one_process = config.world.alone();
    apply_automatic_settings(traits, table);
  }
  if (!config.text.only_prompts.empty()) {
    fit_to_own_prompts(PromptLibrary::load(prompt_places(config.text.only_prompts, config.text.prompts)), config,
                       table);
  }
  share_minutes(config, table);
  check_world(config);
  const ModelBundle bundle = build_bundle(config, data, corpus, early_sources(place.out));
  require_memory(config, table, bundle);
  PreparedRun prepared(config, bundle, data);
  begin_from_init(config, prepared);
  if (!config.train.item_vectors.empty()) {
    const std::int64_t d_model = config.model_spec(*bundle.vocabulary).d_model;
    if (const auto other = run_of_encoder(config.train.item_vectors)) {
      require_run_vectors(*other, data, config.split, d_model);
    } else {
      require_item_vectors(config.train.item_vectors, config.sources, d_model);
    }
  }
  return fit_new_run(prepared, config, table.to_toml(), place);
}

}  // namespace p5
