// Trains an encoder on the train parts of a split, or reads a trained one. Thread-safe: free functions, except that
// training sets the threads of the whole process, as p5 train does.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "corpus/split.h"
#include "encoders/encoder_options.h"
#include "encoders/encoder_source.h"
#include "p5/stop_token.h"
#include "retrieval/neighbor_evidence.h"
#include "train/process_group.h"

namespace p5 {

struct EncoderInputs {
  const Split& split;
  std::string name;  // of the source
  EncoderOptions options = {};
  // Null: no evidence. For training its counts must leave one out; for answers any will do.
  std::shared_ptr<const NeighborEvidence> evidence = {};
  std::size_t threads = 0;  // 0 = all
  StopToken stop = {};
  // Where checkpoints are kept while it trains; training that was interrupted goes on there. Empty: a temporary folder.
  std::filesystem::path training_folder = {};
  // Of a trained encoder that is read: the items that it knows, the first ones of the corpus. None: all.
  std::optional<std::size_t> known_items = {};
  // What training begins with in place of fresh weights: the state of an earlier encoder (encoder_start.h). Null: fresh
  // weights.
  std::shared_ptr<const FittedState> begin = {};
  // Whether it is trained at all; otherwise it is what it began with. REQUIRES `begin` then.
  bool trains = true;
  // The processes that train it together, all with the same inputs; null: this one alone. Each reads a part of every
  // batch.
  ProcessGroup* group = nullptr;
};

// Trains by the objectives of the options. Of several processes rank 0 gets the source, and the others null. The epoch
// with the best NDCG@10 on the validation targets (encoder_validation.h) is kept; the last one where no objective
// teaches to rank, as in pretraining. Throws InvalidArgument where there is nothing to learn from or options contradict
// each other, Corrupted (data) where the corpus lacks what an objective or a feature needs, Unavailable (system)
// without LibTorch, Interrupted.
std::unique_ptr<EncoderSource> fit_encoder(const EncoderInputs& inputs);
// REQUIRES the options and the evidence that the state was fit with.
std::unique_ptr<EncoderSource> load_encoder(const FittedState& state, const EncoderInputs& inputs);

}  // namespace p5
