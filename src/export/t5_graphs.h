// A T5 as two ONNX graphs: the encoder, which also makes the keys and values of cross-attention, and one step of the
// decoder with a cache. Values are named as Hugging Face's exporters name them. Torch-free; not thread-safe.
//
// encoder: input_ids, attention_mask and, where the model has a whole-word table, whole_word_ids, int64 [batch, source]
//   -> last_hidden_state [batch, source, d_model],
//      present.<layer>.encoder.key and .value [batch, heads, source, d_kv] of every decoder layer
// decoder: input_ids int64 [rows, steps], encoder_attention_mask int64 [rows, source],
//      past_key_values.<layer>.decoder.key and .value [rows, heads, past, d_kv], past = 0 in the first step,
//      past_key_values.<layer>.encoder.key and .value [rows, heads, source, d_kv]
//   -> logits [rows, steps, vocabulary], present.<layer>.decoder.key and .value [rows, heads, past + steps, d_kv]
// The first token of an answer is the padding token, 0. Without what evidence adds (docs/evidence.md).
#pragma once

#include "model/safetensors.h"
#include "onnx/onnx_graph.h"
#include "t5/t5_spec.h"

namespace p5 {

// `weights` as spec_of_checkpoint() checked them. They may be borrowed: they must live until the graph is written.
OnnxGraph t5_encoder_graph(const T5Spec& spec, const SafetensorsFile& weights);
OnnxGraph t5_decoder_graph(const T5Spec& spec, const SafetensorsFile& weights);

}  // namespace p5
