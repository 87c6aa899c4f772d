#include "encoders/encoder_options.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace p5 {
namespace {

constexpr std::array kRows{
    EncoderRow{.kind = EncoderKind::kSasRec,
               .name = "sasrec",
               .summary = "causal Transformer, norms before the sub-layers (Kang and McAuley 2018)",
               .also = Reading::kBothWays},
    EncoderRow{.kind = EncoderKind::kESasRec,
               .name = "esasrec",
               .summary = "the same with gated residuals and SwiGLU, LiGR layers (Borisyuk et al. 2024; eSASRec, "
                          "arXiv 2508.06450)",
               .also = Reading::kBothWays},
    EncoderRow{.kind = EncoderKind::kBert4Rec,
               .name = "bert4rec",
               .summary = "Transformer that reads both ways and fills in masked items (Sun et al. 2019)",
               .reading = Reading::kBothWays,
               .objective = "masked-item"},
    EncoderRow{
        .kind = EncoderKind::kGru4Rec, .name = "gru4rec", .summary = "gated recurrent units (Hidasi et al. 2016)"},
    EncoderRow{.kind = EncoderKind::kLstm,
               .name = "lstm",
               .summary = "long short-term memory (Hochreiter and Schmidhuber 1997)"},
    EncoderRow{.kind = EncoderKind::kCaser,
               .name = "caser",
               .summary = "convolutions over the last five items (Tang and Wang 2018), without users"},
    EncoderRow{.kind = EncoderKind::kNextItNet,
               .name = "nextitnet",
               .summary = "dilated causal convolutions (Yuan et al. 2019)"},
    EncoderRow{
        .kind = EncoderKind::kMlp,
        .name = "mlp",
        .summary = "multilayer perceptron of the newest item and the mean of the history (Covington et al. 2016)"},
    EncoderRow{.kind = EncoderKind::kMultDae,
               .name = "mult-dae",
               .summary = "denoising autoencoder of the set of items, without order (Liang et al. 2018)",
               .reading = Reading::kSet,
               .objective = "denoising"},
    EncoderRow{.kind = EncoderKind::kMultVae,
               .name = "mult-vae",
               .summary = "variational autoencoder of the set of items, without order (Liang et al. 2018)",
               .reading = Reading::kSet,
               .also = Reading::kSampled,
               .objective = "variational"},
};

std::vector<std::pair<std::string, EncoderKind>> kind_names() {
  std::vector<std::pair<std::string, EncoderKind>> names;
  for (const EncoderRow& row : kRows) names.emplace_back(row.name, row.kind);
  return names;
}

void bind_network(EncoderOptions& options, const OptionBinder& table) {
  table.add_choice("encoder.network", &options.network, kind_names(),
                   {.help = "encoder: its network (docs/encoders.md)"});
  table.add("encoder.width", &options.width,
            {.help = "encoder: width of item vectors and states", .minimum = 2, .maximum = 8192});
  table.add("encoder.layers", &options.layers, {.help = "encoder: layers", .minimum = 1, .maximum = 64});
  table.add("encoder.heads", &options.heads,
            {.help = "encoder: attention heads; they divide the width", .minimum = 1, .maximum = 256});
  table.add(
      "encoder.feed_forward", &options.feed_forward,
      {.help = "encoder: width of the feed-forward part, in multiples of encoder.width; 0: 4, and 1 for Transformers "
               "without counts",
       .minimum = 0,
       .maximum = 64});
  table.add(
      "encoder.item_rows", &options.item_rows,
      {.help = "encoder: rows of the table of item vectors that all items share by hashing, for large catalogues; "
               "0 = a row per item",
       .minimum = 0,
       .maximum = 1e9});
  table.add("encoder.row_hashes", &options.row_hashes,
            {.help = "encoder: shared rows whose weighted sum is an item's own vector (encoder.item_rows)",
             .minimum = 1,
             .maximum = 8});
  table.add("encoder.history", &options.history,
            {.help = "encoder: newest items of a history that are read", .minimum = 1, .maximum = 4096});
  table.add("encoder.dropout", &options.dropout, {.help = "encoder: dropout", .minimum = 0, .maximum = 0.95});
  table.add_choice("encoder.positions", &options.positions,
                   {{"relative", EncoderOptions::Positions::kRelative},
                    {"absolute", EncoderOptions::Positions::kAbsolute},
                    {"none", EncoderOptions::Positions::kNone}},
                   {.help = "encoder: positions of a Transformer: a learned number for each distance, added to "
                            "attention scores; a learned vector for each place; none"});
  table.add("encoder.evidence", &options.evidence,
            {.help = "encoder: evidence of item-kNN in the logits, a logit for each age of a history item, "
                     "distillation (evidence.*); only for networks that predict the next item at each position"});
  table.add("encoder.attributes", &options.attributes,
            {.help = "encoder: the mean of the vectors of an item's attributes (brand, categories, other lists of "
                     "words) is a part of its vector"});
}

void bind_features(EncoderOptions& options, const OptionBinder& table) {
  table.add(
      "encoder.vectors", &options.vectors,
      {.help = "encoder: files of item vectors (.npy, .safetensors), as of images or texts, each PATH or PATH@KEYS, "
               "or text-encoder:FOLDER as in index.vectors; projected, they are a part of an item's vector"});
  table.add_choice(
      "encoder.numbers", &options.numbers,
      {{"none", EncoderOptions::Numbers::kNone},
       {"standard", EncoderOptions::Numbers::kStandard},
       {"buckets", EncoderOptions::Numbers::kBuckets}},
      {.help = "encoder: price and other numbers of items as a part of an item's vector, standardised or in "
               "ten buckets, by the events of the train parts"});
  table.add_choice("encoder.fusion", &options.fusion,
                   {{"sum", EncoderOptions::Fusion::kSum},
                    {"concat", EncoderOptions::Fusion::kConcat},
                    {"gate", EncoderOptions::Fusion::kGate}},
                   {.help = "encoder: how the parts of an item's vector become one: their sum; side by side through a "
                            "learnt matrix; a sum with gates that the item's own vector decides"});
  table.add(
      "encoder.time_gaps", &options.time_gaps,
      {.help = "encoder: a learnt vector for the time since the event before is added to each event that is read"});
}

void bind_training(EncoderOptions& options, const OptionBinder& table) {
  table.add("encoder.objectives", &options.objectives,
            {.help = "encoder: what it is trained by, with weights, such as [\"next-item=1\", \"contrastive=0.1\"]; "
                     "empty: the objective of its network (docs/pretraining.md)"});
  table.add_choice("encoder.loss", &options.loss,
                   {{"auto", EncoderOptions::Loss::kAuto},
                    {"softmax", EncoderOptions::Loss::kSoftmax},
                    {"sampled-softmax", EncoderOptions::Loss::kSampledSoftmax},
                    {"bce", EncoderOptions::Loss::kBinary},
                    {"bpr", EncoderOptions::Loss::kPairwise}},
                   {.help = "encoder: how an item to predict is compared with others: softmax over all items; an "
                            "estimate of it by drawn ones, which costs less in large catalogues; binary cross entropy "
                            "or BPR against drawn ones; auto: softmax up to 6,000 items, sampled-softmax above"});
  table.add("encoder.negatives", &options.negatives,
            {.help = "encoder: drawn items for a batch (sampled-softmax, on average) or a target (bce, bpr); 0: an "
                     "eighth of the items, from 2,048 to 8,192, for a batch, and 256 for a target",
             .minimum = 0,
             .maximum = 1 << 20});
  table.add(
      "encoder.temperature", &options.temperature,
      {.help = "encoder: temperature of the objectives that compare by InfoNCE", .minimum = 1e-3, .maximum = 100});
  table.add("encoder.margin", &options.margin,
            {.help = "encoder: margin of the objective triplets", .minimum = 0, .maximum = 1e3});
  table.add(
      "encoder.rewards", &options.rewards,
      {.help = "encoder: what events earn, for the objectives reinforce and q-learning: \"purchase=1\", "
               "\"rating=value\" (the rating, from 0 to 1); 1 where not listed; empty: by ratings where there are "
               "any"});
  table.add(
      "encoder.discount", &options.discount,
      {.help = "encoder: a reward that comes one event later counts this much less", .minimum = 0, .maximum = 0.999});
  table.add(
      "encoder.top_k", &options.top_k,
      {.help = "encoder: items of a list that the objective reinforce teaches to fill", .minimum = 1, .maximum = 1000});
  table.add("encoder.weight_cap", &options.weight_cap,
            {.help = "encoder: reinforce: largest importance weight", .minimum = 1e-3, .maximum = 1e6});
  table.add("encoder.conservative", &options.conservative,
            {.help = "encoder: q-learning: weight of the conservative part", .minimum = 0, .maximum = 1e3});
  table.add("encoder.target_rate", &options.target_rate,
            {.help = "encoder: q-learning: share by which the target network follows at each step",
             .minimum = 1e-6,
             .maximum = 1});
  table.add_choice("encoder.objective_weights", &options.objective_weights,
                   {{"fixed", EncoderOptions::ObjectiveWeights::kFixed},
                    {"uncertainty", EncoderOptions::ObjectiveWeights::kUncertainty}},
                   {.help = "encoder: weights of objectives: as given, or times weights that are learnt from their "
                            "uncertainty (Kendall et al. 2018)"});
  table.add(
      "encoder.graph", &options.graph,
      {.help = "encoder: knowledge graph of the objective triplets: a RecBole .kg file, with the .link file of the "
               "same name beside it; empty: what the item table says"});
  table.add(
      "encoder.from", &options.from,
      {.help = "encoder: begins with the weights of an earlier one: a run folder, what p5 measure --keep wrote, or "
               "a file NAME.fit"});
  table.add("encoder.batch_targets", &options.batch_targets,
            {.help = "encoder: items to predict in a batch, about", .minimum = 1, .maximum = 1 << 24});
  table.add("encoder.lr", &options.lr, {.help = "encoder: learning rate", .minimum = 1e-12, .maximum = 100});
  table.add("encoder.weight_decay", &options.weight_decay,
            {.help = "encoder: weight decay", .minimum = 0, .maximum = 10});
  table.add("encoder.clip", &options.clip,
            {.help = "encoder: largest norm of the gradient; 0 = no limit", .minimum = 0, .maximum = 1e9});
  table.add("encoder.warmup_steps", &options.warmup_steps,
            {.help = "encoder: steps until the learning rate is reached", .minimum = 0, .maximum = 1e9});
  table.add("encoder.average", &options.average,
            {.help = "encoder: as train.average", .minimum = 0, .maximum = 0.999999});
  table.add("encoder.seed", &options.seed, {.help = "encoder: seed of initial weights, data order and dropout"});
}

void bind_budget(EncoderOptions& options, const OptionBinder& table) {
  table.add("encoder.epochs", &options.epochs,
            {.help = "encoder: passes over the training data, at most", .minimum = 1, .maximum = 1e6});
  table.add("encoder.patience", &options.patience,
            {.help = "encoder: epochs without a better NDCG@10 of validation before training stops; 0 = never",
             .minimum = 0,
             .maximum = 1e6});
  table.add("encoder.max_minutes", &options.max_minutes,
            {.help = "encoder: minutes of training, at most; 0 = no limit", .minimum = 0, .maximum = 1e7});
  table.add("encoder.validate_users", &options.validate_users,
            {.help = "encoder: users of a validation, at most; 0 = all", .minimum = 0, .maximum = 1e9});
}

}  // namespace

std::span<const EncoderRow> encoder_rows() { return kRows; }

const EncoderRow& encoder_row(EncoderKind kind) {
  for (const EncoderRow& row : kRows) {
    if (row.kind == kind) return row;
  }
  return kRows.front();
}

EncoderOptions EncoderOptions::plain(EncoderKind kind) const {
  EncoderOptions options = *this;
  options.network = kind;
  options.objectives.clear();
  if (options.loss != Loss::kSampledSoftmax && options.loss != Loss::kSoftmax) options.loss = Loss::kAuto;
  options.evidence = options.attributes = options.time_gaps = false;
  options.vectors.clear();
  options.numbers = Numbers::kNone;
  options.dropout = 0.5;
  options.batch_targets = std::min<std::int64_t>(options.batch_targets, 1024);  // without counts it needs more steps
  options.validate_users = std::min<std::int64_t>(options.validate_users, 5000);
  const bool transformer =
      kind == EncoderKind::kSasRec || kind == EncoderKind::kESasRec || kind == EncoderKind::kBert4Rec;
  if (options.feed_forward == 0 && transformer) options.feed_forward = 1;
  return options;
}

void EncoderOptions::settle(std::int64_t items) {
  constexpr std::int64_t kMostOfSoftmax = 6000, kPairs = 256;
  if (loss == Loss::kAuto) loss = items <= kMostOfSoftmax ? Loss::kSoftmax : Loss::kSampledSoftmax;
  if (feed_forward == 0) feed_forward = 4;
  if (negatives > 0) return;
  negatives = loss == Loss::kSampledSoftmax ? std::clamp<std::int64_t>(items / 8, 2048, 8192) : kPairs;
}

void EncoderOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  bind_network(*this, table);
  bind_features(*this, table);
  bind_training(*this, table);
  bind_budget(*this, table);
}

void EncoderOptions::bind_machine(OptionTable& options) {
  OptionBinder(options, OptionScope::kMachine)
      .add("encoder.shard_items", &shard_items,
           {.help =
                "encoder: of processes that train it together each keeps a part of the item table, with its gradient "
                "and what the optimizer knows, for tables larger than one machine's memory; with sampled-softmax "
                "(docs/distributed.md)"});
}

}  // namespace p5
