#include "encoders/encoder_options.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace p5 {
namespace {

constexpr std::array kRows{
    EncoderRow{EncoderKind::kSasRec, "sasrec",
               "causal Transformer, norms before the sub-layers (Kang and McAuley 2018)"},
    EncoderRow{
        EncoderKind::kESasRec, "esasrec",
        "the same with gated residuals and SwiGLU, LiGR layers (Borisyuk et al. 2024; eSASRec, arXiv 2508.06450)"},
    EncoderRow{EncoderKind::kBert4Rec, "bert4rec",
               "Transformer that reads both ways and fills in masked items (Sun et al. 2019)", TargetRule::kMasked},
    EncoderRow{EncoderKind::kGru4Rec, "gru4rec", "gated recurrent units (Hidasi et al. 2016)"},
    EncoderRow{EncoderKind::kCaser, "caser",
               "convolutions over the last five items (Tang and Wang 2018), without users"},
    EncoderRow{EncoderKind::kNextItNet, "nextitnet", "dilated causal convolutions (Yuan et al. 2019)"},
    EncoderRow{EncoderKind::kMultVae, "mult-vae",
               "variational autoencoder of the set of items, without order (Liang et al. 2018)", TargetRule::kSame},
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
      {.help = "encoder: width of the feed-forward part, in multiples of encoder.width", .minimum = 1, .maximum = 64});
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
                     "words) is added to its vector"});
}

void bind_training(EncoderOptions& options, const OptionBinder& table) {
  table.add_choice("encoder.loss", &options.loss,
                   {{"softmax", EncoderOptions::Loss::kSoftmax},
                    {"sampled-softmax", EncoderOptions::Loss::kSampledSoftmax},
                    {"bce", EncoderOptions::Loss::kBinary},
                    {"bpr", EncoderOptions::Loss::kPairwise}},
                   {.help = "encoder: softmax over all items; over drawn ones with logQ correction; binary cross "
                            "entropy or BPR against drawn ones"});
  table.add("encoder.negatives", &options.negatives,
            {.help = "encoder: drawn items for a batch (sampled-softmax) or a target (bce, bpr)",
             .minimum = 1,
             .maximum = 1 << 20});
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
  options.loss = Loss::kSoftmax;
  options.evidence = options.attributes = false;
  options.dropout = 0.5;
  return options;
}

void EncoderOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kReport);
  bind_network(*this, table);
  bind_training(*this, table);
  bind_budget(*this, table);
}

}  // namespace p5
