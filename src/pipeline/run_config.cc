#include "pipeline/run_config.h"

#include "architectures/architecture_list.h"
#include "p5/error.h"
#include "pipeline/initial_weights.h"
#include "t5/adapted_spec.h"

namespace p5 {
namespace {

void override_with(std::int64_t& field, std::int64_t wanted) {
  if (wanted > 0) field = wanted;
}

}  // namespace

void TextOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  table.add("text.model", &model, {.help = "SentencePiece model to use; empty: train one on the corpus's prompts"});
  table.add("text.pieces", &pieces,
            {.help = "pieces of a SentencePiece model trained on the corpus", .minimum = 128, .maximum = 64000});
  table.add("text.user_tokens", &user_tokens,
            {.help = "each user has a token of its own; else users are written as text, such as \"user_1\""});
  table.add_choice(
      "text.user_ids", &user_ids,
      {{"own", UserIds::kOwn}, {"hashed", UserIds::kHashed}, {"clustered", UserIds::kClustered}},
      {.help = "with text.user_tokens: each user has a token of their own, or one of text.user_groups tokens "
               "by the hash of the key, or that of a cluster of users with similar items"});
  table.add("text.user_groups", &user_groups,
            {.help = "tokens of hashed or clustered users", .minimum = 1, .maximum = 1e6});
  table.add("text.prompts", &prompts,
            {.help = "folders or files of prompts to use in addition to those that come with p5", .flag = "prompts"});
  table.add("text.only_prompts", &only_prompts,
            {.help = "folders or files of prompts to use in place of those that come with p5", .flag = "only-prompts"});
}

void ModelOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  table.add("model.preset", &preset,
            {.help = "size of the model; init: the shape of the weights in train.init",
             .flag = "preset",
             .choices = {"nano", "tiny", "small", "base", kAsInit}});
  const auto size = [&table](const char* name, std::int64_t* field, const char* what, std::int64_t most) {
    table.add(
        std::string("model.") + name, field,
        {.help = std::string(what) + "; 0: as the preset says", .minimum = 0, .maximum = static_cast<double>(most)});
  };
  size("d_model", &d_model, "width of the states", T5Spec::kMaxWidth);
  size("d_kv", &d_kv, "width of a head", T5Spec::kMaxHeadWidth);
  size("d_ff", &d_ff, "width of the feed-forward", T5Spec::kMaxHidden);
  size("num_layers", &num_layers, "encoder blocks", T5Spec::kMaxLayers);
  size("num_decoder_layers", &num_decoder_layers, "decoder blocks", T5Spec::kMaxLayers);
  size("num_heads", &num_heads, "heads", T5Spec::kMaxHeads);
  table.add("model.dropout", &dropout,
            {.help = "dropout rate; below 0: as the preset says", .minimum = -1, .maximum = 0.9});
  table.add("model.embedding_std", &embedding_std,
            {.help = "standard deviation of new embeddings; T5's is 1, small models learn faster from less",
             .minimum = 1e-4,
             .maximum = 10});
  table.add("model.id_embedding_std", &id_embedding_std,
            {.help = "standard deviation of new embeddings of id tokens and whole-word ids; 0: as model.embedding_std",
             .minimum = 0,
             .maximum = 10});
  table.add("model.copy_attention", &copy_attention,
            {.help = "new cross-attention starts as a copy of the encoder's states"});
  table.add("model.whole_word_rows", &whole_word_rows,
            {.help = "rows of P5's whole-word table; 0: no table",
             .minimum = 0,
             .maximum = static_cast<double>(T5Spec::kMaxWholeWords)});
}

T5Spec ModelOptions::spec(const Vocabulary& vocabulary) const {
  T5Spec spec = T5Spec::preset(preset);
  spec.vocab_size = static_cast<std::int64_t>(vocabulary.size());
  spec.first_id_row = vocabulary.items().begin;
  override_with(spec.d_model, d_model);
  override_with(spec.d_kv, d_kv);
  override_with(spec.d_ff, d_ff);
  override_with(spec.num_layers, num_layers);
  override_with(spec.num_decoder_layers, num_decoder_layers);
  override_with(spec.num_heads, num_heads);
  if (dropout >= 0) spec.dropout_rate = dropout;
  spec.initializer_embedding = embedding_std;
  spec.initializer_id_embedding = id_embedding_std;
  spec.initializer_copy = copy_attention;
  spec.whole_word_rows = whole_word_rows;
  return spec;
}

T5Spec RunConfig::model_spec(const Vocabulary& vocabulary) const {
  if (model.preset != ModelOptions::kAsInit) return adapted_spec(finetune, model.spec(vocabulary));
  if (train.init.empty()) {
    throw usage_error("there are no weights whose shape the model could have",
                      {.where = "model.preset = \"init\"", .expected = "train.init (--init)"});
  }
  T5Spec spec = dynamic_cast<const T5Spec&>(*read_model_spec(weights_of(train.init)));
  spec.vocab_size = static_cast<std::int64_t>(vocabulary.size());
  spec.first_id_row = vocabulary.items().begin;
  spec.evidence_depths = spec.evidence_ages = 0;
  spec.initializer_embedding = model.embedding_std;
  spec.initializer_id_embedding = model.id_embedding_std;
  if (model.dropout >= 0) spec.dropout_rate = model.dropout;
  return adapted_spec(finetune, spec);
}

void RunConfig::bind(OptionTable& table) {
  SavedOptions::bind(table);
  text.bind(table);
  index.bind(table);
  item_vectors.bind(table);
  OptionBinder(table, OptionScope::kModel)
      .add("index.from", &index_from,
           {.help = "folder of item ids that p5 index build has made, with their words; empty: they are made in "
                    "training"});
  model.bind(table);
  train.bind(table);
  finetune.bind(table);
  reinforce.bind(table);
  distil.bind(table);
  evaluate.bind(table);
  OptionBinder(table, OptionScope::kTraining)
      .add("train.automatic", &automatic,
           {.help = "settings that nobody set follow from the corpus by rule, and are printed; auto: unless a "
                    "configuration file is given",
            .choices = {"auto", "on", "off"}});
  const OptionBinder machine(table, OptionScope::kMachine);
  machine.add("device.name", &device.device, {.help = "auto, cpu, cuda or cuda:<n>", .flag = "device"});
  machine.add("device.threads", &device.threads,
              {.help = "CPU threads; 0: all", .flag = "threads", .minimum = 0, .maximum = 1024});
  machine.add("device.matmul", &device.matmul,
              {.help = kMatmulHelp, .flag = "matmul", .choices = {kMatmulWords.begin(), kMatmulWords.end()}});
}

}  // namespace p5
