#include "encoders/item_encoder.h"

#include <fmt/format.h>

#include "nn/torch_library.h"
#include "p5/error.h"

namespace p5 {
namespace {

void check_spec(const EncoderSpec& spec) {
  const EncoderOptions& options = spec.options;
  if (options.width % options.heads != 0) {
    throw usage_error("attention heads of unequal width",
                      {.where = "encoder.heads",
                       .expected = fmt::format("a divisor of encoder.width = {}", options.width),
                       .got = fmt::format("{}", options.heads)});
  }
  if (spec.hashed() && options.row_hashes > options.item_rows) {
    throw usage_error("more rows per item than there are",
                      {.where = "encoder.row_hashes",
                       .expected = fmt::format("at most encoder.item_rows = {}", options.item_rows),
                       .got = fmt::format("{}", options.row_hashes)});
  }
  if (spec.hashed() && spec.item_names.size() != static_cast<std::size_t>(spec.items)) {
    throw model_error("items without names cannot share rows",
                      {.where = "item_names",
                       .expected = fmt::format("{}, for encoder.item_rows", spec.items),
                       .got = fmt::format("{}", spec.item_names.size())});
  }
  using Loss = EncoderOptions::Loss;
  if ((spec.gated || spec.ages > 0) && options.loss != Loss::kSoftmax && options.loss != Loss::kSampledSoftmax) {
    throw usage_error("evidence is part of a softmax",
                      {.where = "encoder.loss",
                       .expected = "softmax or sampled-softmax, or encoder.evidence = false",
                       .got = "another"});
  }
}

}  // namespace

std::unique_ptr<SequenceModel> make_encoder(const EncoderSpec& spec, const DeviceOptions& device) {
  check_spec(spec);
  check_device(device);
  using Make = SequenceModel* (*)(const EncoderSpec*, const DeviceOptions*);
  static const auto make = torch_library().function<Make>("p5_torch_make_encoder");
  return std::unique_ptr<SequenceModel>(make(&spec, &device));
}

}  // namespace p5
