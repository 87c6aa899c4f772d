// The weights of an encoder: parts of item vectors, the network, the factors of evidence, and what objectives need
// besides while it is trained. Not thread-safe while it trains; evaluation only reads.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "encoders/encoder_network_module.h"
#include "encoders/encoder_spec.h"
#include "text/token_batch.h"
#include "train/sharded_rows_module.h"

namespace p5 {

class Objective;

// Rows as an encoder reads them.
struct EncoderRows {
  torch::Tensor tokens;  // [rows, length] int64, padding after the items
  torch::Tensor kept;    // [rows, length] float32: 1, or 0 at padding
  torch::Tensor gaps;    // [rows, length] int64 steps of TimeGaps; undefined: none is known

  static EncoderRows of(const TokenBatch& batch);
};

class EncoderModule final : public torch::nn::Module {
 public:
  // With the objectives of the spec's options where it has the facts of a training.
  explicit EncoderModule(const EncoderSpec& spec);

  // Fresh weights; equal seeds give equal ones.
  void initialize(const EncoderSpec& spec);
  // [vocabulary, width], tokens as EncoderSpec has them. The parts of an item's vector are its own, the mean of its
  // attributes' vectors, and each block of features times a matrix; with p_0 the own one and p_1, p_2, ... the others:
  //   sum     p_0 + p_1 + p_2 + ...
  //   concat  C [p_0; p_1; p_2; ...]
  //   gate    p_0 + sigmoid(G_1 p_0) p_1 + sigmoid(G_2 p_0) p_2 + ...
  // REQUIRES a spec that is not sharded.
  torch::Tensor token_vectors() const;
  // [tokens, width]: those of these tokens alone, each once. Where rows are sharded, all processes call it, and its
  // backward pass, in the same order.
  torch::Tensor token_vectors(const std::vector<std::int64_t>& tokens) const;
  // [ShardedRows::own_rows(), width]: those of the tokens whose rows this process has.
  torch::Tensor own_token_vectors() const;
  const ShardedRows& rows() const { return rows_; }
  // All processes call it; then rank 0 has the rows of all items, and is not sharded any more. The others have none.
  void gather();
  // [vocabulary, width]: the own vectors alone. Where items share rows E of a table, that of item j is
  // s_j1 E[h_1(j)] + s_j2 E[h_2(j)] + ... with learnt shares s (encoders/hashed_rows.h).
  torch::Tensor own_vectors() const;
  // `vectors` as token_vectors(); a reading that the network has.
  EncoderStates forward(const EncoderRows& rows, const torch::Tensor& vectors, Reading reading);

  torch::Tensor by_age;                                // [ages]; undefined without
  torch::Tensor gate;                                  // [1]; undefined without
  std::vector<std::shared_ptr<Objective>> objectives;  // in the order of the mix
  // Whether a weight, by its name, belongs to an objective: answers do not need it.
  static bool is_of_objective(const std::string& name) { return name.starts_with("objective"); }

 private:
  void share_rows(const EncoderSpec& spec);
  void draw_rows(at::Generator generator);
  // The vectors of tokens from their own parts; null: of all tokens.
  torch::Tensor with_others(const torch::Tensor& own, const std::vector<std::int64_t>* tokens) const;
  torch::Tensor attribute_means(const std::vector<std::int64_t>* tokens) const;
  void add_features(const EncoderSpec& spec);
  torch::Tensor fuse(const std::vector<torch::Tensor>& parts) const;

  EncoderOptions::Fusion fusion_;
  ShardedRows rows_;                                       // of items_
  torch::Tensor items_;                                    // [EncoderSpec::table_rows(), width], or the own ones
  torch::Tensor shares_, shared_rows_;                     // [items, hashes]; undefined: a row per token
  torch::Tensor attributes_;                               // [attributes, width]; undefined without
  torch::Tensor gap_table_;                                // [TimeGaps::kSteps, width]; undefined without
  torch::Tensor fusion_weight_;                            // concat: [width, parts * width]
  std::vector<torch::Tensor> gate_weights_;                // gate: [width, width] each
  std::vector<torch::Tensor> features_, feature_weights_;  // [vocabulary, columns], [width, columns]
  torch::Tensor norm_weight_, norm_bias_;
  std::shared_ptr<EncoderNetwork> network_;
  torch::Tensor attribute_values_, attribute_begins_;  // bags of the vocabulary
};

}  // namespace p5
