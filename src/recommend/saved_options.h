// The options that are saved with a model. A run's configuration and a model's bundle contain these and more. A plain
// value.
#pragma once

#include <string>
#include <vector>

#include "base/option_table.h"
#include "corpus/data_splits.h"
#include "decode/decode_options.h"
#include "explain/explain_options.h"
#include "recommend/answer_options.h"
#include "recommend/source_options.h"
#include "retrieval/rerank_options.h"
#include "task/task_options.h"

namespace p5 {

struct SavedOptions {
  SplitOptions split;
  TaskOptions task;
  DecodeOptions decode;
  AnswerOptions answer;
  ExplainOptions explain;
  SourceOptions sources;
  RerankOptions rerank;

  // Rows split.*, task.*, decode.*, explain.*, rerank.* and those of sources.
  void bind(OptionTable& table);
  // "decode.beams=40": options of scope answer that differ from the model's. Throws a usage error for others.
  void change(const std::vector<std::string>& settings);
};

}  // namespace p5
