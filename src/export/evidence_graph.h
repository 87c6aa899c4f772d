// What counts say of items, in the logits of an encoder (encoders/history_evidence.h), as ONNX nodes: item-kNN's rows
// are gathered for the newest items of each history, summed, and the best become shares and features. Thread-safe: a
// free function; it adds to a graph.
#pragma once

#include <string>

#include "encoders/encoder_source.h"
#include "onnx/onnx_graph.h"

namespace p5 {

struct HistoryInput {
  std::string tokens;  // [batch, length] int64, 0 at padding, which comes after the items
  std::string count;   // [batch, 1] int64: items of each history
};

// [batch, vocabulary] float32, to be added to the scores of tokens. REQUIRES source.evidence(). Throws Unsupported
// (model) where the counts are not item-kNN's.
std::string evidence_scores(OnnxGraph& graph, const EncoderSource& source, const HistoryInput& history);

}  // namespace p5
