#include "t5/head_pruning.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "p5/error.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace {

class HeadPruner {
 public:
  HeadPruner(std::int64_t heads, const T5Spec& spec, SafetensorsFile& file)
      : heads_(heads), before_(spec.num_heads), width_(spec.d_kv), d_model_(spec.d_model), spec_(spec), file_(file) {}

  std::vector<PrunedAttention> prune() {
    std::vector<PrunedAttention> all;
    for (const char* stack : {"encoder", "decoder"}) {
      std::vector<PrunedAttention> self = attentions_of(stack, "0.", "SelfAttention");
      std::vector<double> together(static_cast<std::size_t>(before_), 0.0);
      for (const PrunedAttention& each : self) {
        for (std::size_t head = 0; head < together.size(); ++head) together[head] += each.importance[head];
      }
      for (PrunedAttention& each : self) each.kept = most_important(together);
      keep_columns(self.front().name + ".relative_attention_bias.weight", self.front().kept, 1);
      append(std::move(self), all);
    }
    std::vector<PrunedAttention> cross = attentions_of("decoder", "1.", "EncDecAttention");
    for (PrunedAttention& each : cross) each.kept = most_important(each.importance);
    append(std::move(cross), all);
    return all;
  }

 private:
  std::vector<float> read(const std::string& name) const {
    const TensorRecord& record = *file_.find(name);
    std::vector<float> values(static_cast<std::size_t>(record.element_count()));
    copy_as_float(record, values);
    return values;
  }

  std::vector<PrunedAttention> attentions_of(const std::string& stack, const std::string& place,
                                             const std::string& kind) const {
    const std::int64_t layers = stack == "encoder" ? spec_.num_layers : spec_.num_decoder_layers;
    std::vector<PrunedAttention> attentions;
    for (std::int64_t block = 0; block < layers; ++block) {
      const std::string layer = fmt::format("{}.block.{}.layer.{}", stack, block, place);
      // Keys and values of cross-attention are of the encoder's result, which its last norm has scaled.
      const std::string norm =
          kind == "SelfAttention" ? layer + "layer_norm.weight" : "encoder.final_layer_norm.weight";
      attentions.push_back({layer + kind, importance_of(layer + kind, read(norm)), {}});
    }
    return attentions;
  }

  // |W_o W_v diag(norm)| of each head, as the trace of (W_o^T W_o) (V V^T) with V = W_v diag(norm).
  std::vector<double> importance_of(const std::string& name, const std::vector<float>& norm) const {
    const std::vector<float> value = read(name + ".v.weight"), output = read(name + ".o.weight");
    const std::int64_t inner = before_ * width_;
    std::vector<double> importance;
    for (std::int64_t head = 0; head < before_; ++head) {
      double squares = 0.0;
      for (std::int64_t a = head * width_; a < (head + 1) * width_; ++a) {
        for (std::int64_t b = head * width_; b < (head + 1) * width_; ++b) {
          double of_output = 0.0, of_value = 0.0;
          for (std::int64_t i = 0; i < d_model_; ++i) {
            const auto by = static_cast<double>(norm[static_cast<std::size_t>(i)]);
            of_output += static_cast<double>(output[static_cast<std::size_t>(i * inner + a)]) *
                         output[static_cast<std::size_t>(i * inner + b)];
            of_value += by * by * value[static_cast<std::size_t>(a * d_model_ + i)] *
                        value[static_cast<std::size_t>(b * d_model_ + i)];
          }
          squares += of_output * of_value;
        }
      }
      importance.push_back(std::sqrt(std::max(squares, 0.0)));
    }
    return importance;
  }

  std::vector<std::int64_t> most_important(const std::vector<double>& importance) const {
    std::vector<std::int64_t> order(importance.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](std::int64_t a, std::int64_t b) {
      return importance[static_cast<std::size_t>(a)] > importance[static_cast<std::size_t>(b)];
    });
    order.resize(static_cast<std::size_t>(heads_));
    std::ranges::sort(order);
    return order;
  }

  // The columns of the kept heads, `width` each.
  void keep_columns(const std::string& name, const std::vector<std::int64_t>& kept, std::int64_t width) {
    const std::int64_t rows = file_.find(name)->shape[0], columns = file_.find(name)->shape[1];
    const std::vector<float> values = read(name);
    std::vector<float> left;
    for (std::int64_t row = 0; row < rows; ++row) {
      for (const std::int64_t head : kept) {
        const auto from = values.begin() + row * columns + head * width;
        left.insert(left.end(), from, from + width);
      }
    }
    file_.put(name, {rows, static_cast<std::int64_t>(kept.size()) * width}, std::move(left));
  }

  void keep_rows(const std::string& name, const std::vector<std::int64_t>& kept) {
    const std::vector<float> values = read(name);
    std::vector<float> left;
    for (const std::int64_t head : kept) {
      const auto from = values.begin() + head * width_ * d_model_;
      left.insert(left.end(), from, from + width_ * d_model_);
    }
    file_.put(name, {static_cast<std::int64_t>(kept.size()) * width_, d_model_}, std::move(left));
  }

  void append(std::vector<PrunedAttention> pruned, std::vector<PrunedAttention>& all) {
    for (PrunedAttention& each : pruned) {
      for (const char* part : {".q.weight", ".k.weight", ".v.weight"}) keep_rows(each.name + part, each.kept);
      keep_columns(each.name + ".o.weight", each.kept, width_);
      all.push_back(std::move(each));
    }
  }

  std::int64_t heads_, before_, width_, d_model_;
  const T5Spec& spec_;
  SafetensorsFile& file_;
};

}  // namespace

std::vector<PrunedAttention> prune_heads(std::int64_t heads, T5Spec& spec, SafetensorsFile& file) {
  if (heads < 1 || heads >= spec.num_heads) {
    throw usage_error("no such number of heads to keep",
                      {.where = "compress.heads",
                       .expected = fmt::format("at least 1 and fewer than the model's {}", spec.num_heads),
                       .got = std::to_string(heads)});
  }
  if (spec.prefix_tokens > 0) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kModel, "heads with a learnt prefix are not taken out",
                {.where = file.path().string() + ", tensor " + std::string(kPrefixName),
                 .expected = "a model that was not fine-tuned by prefix",
                 .got = fmt::format("{} keys and values before each sequence", spec.prefix_tokens)});
  }
  std::vector<PrunedAttention> pruned = HeadPruner(heads, spec, file).prune();
  spec.num_heads = heads;
  return pruned;
}

}  // namespace p5
