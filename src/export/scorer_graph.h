// A sequence encoder with all that belongs to its answers as one ONNX graph, from histories to the scores of all items.
// Thread-safe: a free function.
//
// history: int64 [batch, length], the items of each history, oldest first, as their number in the catalogue plus one; 0
//   fills shorter rows, after the last item. Any length: the newest items are read.
// times: int64 [batch, length], only of encoders that read time gaps: milliseconds since 1970 of each event; 0 where
//   not known, and after the last item.
//   -> scores float32 [batch, items], by the number of the item. A history without items gets what is popular.
#pragma once

#include "encoders/encoder_source.h"
#include "onnx/onnx_graph.h"

namespace p5 {

OnnxGraph scorer_graph(const EncoderSource& source);

}  // namespace p5
