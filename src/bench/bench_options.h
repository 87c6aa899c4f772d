// What the bench verbs measure. Shapes have the names and defaults of the PyTorch script that p5 is compared with, so
// that one list of flags runs both. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/option_table.h"
#include "model/device_options.h"
#include "t5/t5_spec.h"
#include "train/trainer.h"

namespace p5 {

// bench train and bench beam: a model of this shape with fresh weights, on random tokens without padding.
struct ModelBenchOptions {
  std::int64_t layers = 4;  // of the encoder, and the same number of the decoder
  std::int64_t d_model = 128, d_ff = 1024, heads = 6, d_kv = 64, vocab = 12400;
  std::int64_t batch = 64, source = 96, target = 8;  // rows and their tokens
  std::int64_t items = 12101, beams = 20, top = 10;  // beam: items of four codes of 256 tokens each
  std::int64_t users_per_batch = 1;                  // beam: users searched for together
  std::int64_t steps = 20;                           // measured, after three warm-up steps
  double dropout = 0.1;                              // train
  TrainOptions::Precision precision = {};            // train, on a GPU: train.precision
  bool int8 = false;                                 // beam: weights in 8-bit integers
  DeviceOptions device{.device = "cpu", .threads = 1};

  void bind(OptionTable& table);  // rows bench.*
  T5Spec spec() const;            // T5 with relu and tied embeddings, without a whole-word table
};

// bench rank: the best items of every user by dot product.
struct RankBenchOptions {
  std::int64_t users = 22363, items = 12101;  // Beauty's
  std::int64_t width = 64, top = 10;
  std::int64_t seen = 9;    // items per user that were seen, Beauty's mean
  std::int64_t rounds = 5;  // the median is reported
  std::int64_t threads = 1;

  void bind(OptionTable& table);  // rows bench_rank.*
};

// bench softmax: cross entropy of states against an output matrix, forward and backward.
struct SoftmaxBenchOptions {
  std::int64_t rows = 3000;    // positions
  std::int64_t vocab = 12102;  // Beauty's items and the end
  std::int64_t width = 64;
  std::int64_t known = 0;   // tokens per position whose logits evidence changes, and which share in the target
  std::int64_t rounds = 9;  // the median is reported
  std::int64_t threads = 1;

  void bind(OptionTable& table);  // rows bench_softmax.*
};

// bench matmul: float32 products, compared with OpenBLAS.
struct MatmulBenchOptions {
  // Rows, depth and columns of products as they occur in training models of width 128 and 256: in an attention a head's
  // projection, scores, values and share of the result; a slab of a feed-forward layer and the gradient of its weights;
  // a slab of the softmax and the gradient of its states; then twenty beams of a search, and one large square.
  std::vector<std::string> sizes = {"288x128x64",  "96x64x96",    "96x96x64",      "288x64x128", "192x128x128",
                                    "128x192x128", "64x128x512",  "64x512x128",    "96x96x32",   "192x256x256",
                                    "20x128x64",   "20x128x1024", "1024x1024x1024"};
  std::int64_t rounds = 15;  // the median is reported

  void bind(OptionTable& table);  // rows bench_matmul.*
};

// bench import: seeded files in two formats, read into a sink that keeps nothing.
struct ImportBenchOptions {
  std::int64_t megabytes = 200;   // of JSON lines
  std::int64_t rows = 5'000'000;  // of ratings
  std::int64_t rounds = 5;        // the median is reported

  void bind(OptionTable& table);  // rows bench_import.*
};

}  // namespace p5
