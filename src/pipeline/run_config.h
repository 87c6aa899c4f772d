// Everything that can be chosen about a run, gathered from the modules' own option structs. A plain value; the option
// table binds to its fields, so a RunConfig must not move while a table is in use.
#pragma once

#include <string>
#include <vector>

#include "base/option_table.h"
#include "evaluate/evaluate_options.h"
#include "indexing/item_indexer.h"
#include "model/adapter_options.h"
#include "model/device_options.h"
#include "pipeline/distil_options.h"
#include "pipeline/reinforce_options.h"
#include "recommend/saved_options.h"
#include "t5/t5_spec.h"
#include "text/vocabulary.h"
#include "train/trainer.h"
#include "train/training_world.h"
#include "vectors/item_vectors.h"

namespace p5 {

struct TextOptions {
  std::string model;           // a SentencePiece file; empty: train one on the corpus
  std::int64_t pieces = 1000;  // size of a trained one
  bool user_tokens = false;    // users have tokens of their own, as items of independent ids; else text
  // With user_tokens: whose token a user has. kOwn: one per user; kHashed, kClustered: those of user_groups groups.
  enum class UserIds : std::uint8_t { kOwn, kHashed, kClustered };
  UserIds user_ids = UserIds::kOwn;
  std::int64_t user_groups = 256;
  std::vector<std::string> prompts;       // folders or files of prompts, in addition to those that come with p5
  std::vector<std::string> only_prompts;  // in place of those that come with p5

  void bind(OptionTable& table);  // rows text.*
};

// A preset, and what differs from it (0 = as the preset says).
struct ModelOptions {
  static constexpr const char* kAsInit = "init";  // the preset that has the shape of the weights in train.init
  std::string preset = "tiny";
  std::int64_t d_model = 0, d_kv = 0, d_ff = 0, num_layers = 0, num_decoder_layers = 0, num_heads = 0;
  double embedding_std = 1.0;   // of new embeddings
  double id_embedding_std = 0;  // of those of items and users with tokens of their own; 0: as the others
  bool copy_attention = false;  // new cross-attention starts as a copy
  double dropout = -1;          // below 0: the preset's
  std::int64_t whole_word_rows = 512;

  void bind(OptionTable& table);  // rows model.*
  // REQUIRES another preset than kAsInit.
  T5Spec spec(const Vocabulary& vocabulary) const;
};

struct RunConfig : SavedOptions {
  TextOptions text;
  IndexOptions index;
  std::string index_from;         // a folder of ids that p5 index build has made; empty: they are made here
  ItemVectorRecipe item_vectors;  // that ids are made of
  ModelOptions model;
  TrainOptions train;
  AdapterOptions finetune;
  ReinforceOptions reinforce;
  DistilOptions distil;
  EvaluateOptions evaluate;
  DeviceOptions device;
  TrainingWorld world;             // the processes that train together; of the environment, not an option
  bool sources_stay = false;       // what other sources were trained to is taken from train.init; not an option
  std::string automatic = "auto";  // whether rules choose what nobody set (pipeline/automatic_settings.h)

  void bind(OptionTable& table);
  // The model's shape, with what fine-tuning adds to it. Throws as reading train.init does where that gives the shape.
  T5Spec model_spec(const Vocabulary& vocabulary) const;
};

}  // namespace p5
