#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.h"
#include "base/thread_pool.h"
#include "clustering/k_means.h"
#include "clustering/rq_vae.h"
#include "nn/threads_module.h"
#include "nn/torch_guard_module.h"

namespace p5 {
namespace {

namespace nn = torch::nn;

torch::Tensor tensor_of(std::span<const float> values, std::size_t width) {
  const std::vector<std::int64_t> shape = {static_cast<std::int64_t>(values.size() / width),
                                           static_cast<std::int64_t>(width)};
  return torch::from_blob(const_cast<float*>(values.data()), shape, torch::kFloat).clone();
}

std::vector<float> vector_of(const torch::Tensor& tensor) {
  const torch::Tensor host = tensor.detach().contiguous();
  return {host.data_ptr<float>(), host.data_ptr<float>() + host.numel()};
}

// The nearest row of `book` [codes, latent] for each row of `rest` [points, latent].
torch::Tensor nearest_codes(const torch::Tensor& rest, const torch::Tensor& book) {
  return (book.square().sum(1) - 2 * rest.matmul(book.t())).argmin(1);
}

// As contrastive_loss().
torch::Tensor info_nce(const torch::Tensor& anchors, const torch::Tensor& partners, double temperature) {
  namespace F = torch::nn::functional;
  const auto unit = [](const torch::Tensor& rows) { return F::normalize(rows, F::NormalizeFuncOptions().dim(1)); };
  const torch::Tensor logits = unit(anchors).matmul(unit(partners).t()) / temperature;
  return F::cross_entropy(logits, torch::arange(logits.size(0)));
}

class RqVae {
 public:
  RqVae(const Points& points, const RqVaeOptions& options)
      : options_(options), points_(tensor_of(points.values, points.width)), rng_(options.seed, "rq-vae") {
    points_ = points_ / points_.square().mean().sqrt().clamp_min(1e-12);
    encoder_ = perceptron(points.width, options.latent);
    decoder_ = perceptron(options.latent, points.width);
    initialize(encoder_);
    initialize(decoder_);
    begin_codebooks();
  }

  void train() {
    std::vector<torch::Tensor> weights = books_;
    for (const auto& part : {encoder_, decoder_}) {
      for (const torch::Tensor& weight : part->parameters()) weights.push_back(weight);
    }
    torch::optim::AdamW optimizer(weights, torch::optim::AdamWOptions(options_.rate).weight_decay(0));
    for (std::int64_t epoch = 0; epoch < options_.epochs; ++epoch) {
      const torch::Tensor order = shuffled();
      std::vector<torch::Tensor> used(options_.levels, torch::zeros({codes()}));
      for (std::int64_t begin = 0; begin < points_.size(0); begin += options_.batch) {
        const torch::Tensor which = order.slice(0, begin, std::min(begin + options_.batch, points_.size(0)));
        optimizer.zero_grad();
        torch::Tensor sum = loss(points_.index_select(0, which), used);
        if (options_.contrast > 0) sum = sum + options_.contrast * contrast(which);
        sum.backward();
        optimizer.step();
      }
      // Towards the end codes may die in peace: a code that has just begun again would only disturb the others.
      if (epoch < options_.epochs * 9 / 10) revive(used);
    }
  }

  LevelCodes codes_of_points() {
    const torch::NoGradGuard no_gradient;
    torch::Tensor rest = encoder_->forward(points_);
    std::vector<torch::Tensor> chosen;
    LevelCodes result;
    result.levels = options_.levels;
    result.size = options_.codes;
    for (std::size_t level = 0; level < options_.levels; ++level) {
      if (level + 1 == options_.levels) result.last_points = vector_of(rest);
      chosen.push_back(nearest_codes(rest, books_[level]));
      rest = rest - books_[level].index_select(0, chosen.back());
    }
    const torch::Tensor table = torch::stack(chosen, 1).contiguous();
    const std::int64_t* const values = table.data_ptr<std::int64_t>();
    result.values.assign(values, values + table.numel());
    result.last_codebook = vector_of(books_.back());
    result.last_width = options_.latent;
    return result;
  }

 private:
  std::int64_t codes() const { return static_cast<std::int64_t>(options_.codes); }

  nn::Sequential perceptron(std::size_t from, std::size_t to) const {
    return nn::Sequential(nn::Linear(static_cast<std::int64_t>(from), static_cast<std::int64_t>(options_.hidden)),
                          nn::ReLU(),
                          nn::Linear(static_cast<std::int64_t>(options_.hidden), static_cast<std::int64_t>(to)));
  }

  void initialize(nn::Sequential& part) {
    const torch::NoGradGuard no_gradient;
    for (torch::Tensor& weight : part->parameters()) {
      if (weight.dim() < 2) {
        weight.zero_();
        continue;
      }
      std::vector<float> values(static_cast<std::size_t>(weight.numel()));
      const double deviation = std::sqrt(2.0 / static_cast<double>(weight.size(1)));
      for (float& value : values) value = static_cast<float>(deviation * rng_.normal());
      weight.copy_(tensor_of(values, static_cast<std::size_t>(weight.size(1))));
    }
  }

  void begin_codebooks() {
    const torch::NoGradGuard no_gradient;
    ThreadPool pool(1);
    std::vector<float> rest = vector_of(encoder_->forward(points_));
    for (std::size_t level = 0; level < options_.levels; ++level) {
      const Clusters found =
          cluster_points({rest, options_.latent}, {.clusters = options_.codes, .seed = options_.seed + level}, pool);
      for (std::size_t i = 0; i < rest.size(); ++i) {
        rest[i] -= found.centers[found.cluster_of[i / options_.latent] * options_.latent + i % options_.latent];
      }
      books_.push_back(tensor_of(found.centers, options_.latent).set_requires_grad(true));
    }
  }

  torch::Tensor shuffled() {
    std::vector<std::int64_t> order(static_cast<std::size_t>(points_.size(0)));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
    rng_.shuffle(std::span(order));
    return torch::tensor(order);
  }

  // Of a batch [points, width]; counts which codes its points have.
  torch::Tensor loss(const torch::Tensor& batch, std::vector<torch::Tensor>& used) {
    const torch::Tensor encoded = encoder_->forward(batch);
    torch::Tensor rest = encoded, sum = torch::zeros_like(encoded), terms = torch::zeros({});
    for (std::size_t level = 0; level < options_.levels; ++level) {
      const torch::Tensor chosen = nearest_codes(rest.detach(), books_[level].detach());
      const torch::Tensor code = books_[level].index_select(0, chosen);
      terms =
          terms + (rest.detach() - code).square().mean() + options_.commitment * (rest - code.detach()).square().mean();
      used[level] = used[level] + torch::bincount(chosen, {}, codes());
      rests_.resize(options_.levels);
      rests_[level] = rest.detach();
      sum = sum + code.detach();
      rest = rest - code.detach();
    }
    const torch::Tensor rebuilt = decoder_->forward(encoded + (sum - encoded).detach());
    return (rebuilt - batch).square().mean() + terms;
  }

  // The contrastive term of the points `which` that belong to others, each with one of those.
  torch::Tensor contrast(const torch::Tensor& which) {
    std::vector<std::int64_t> anchors, partners;
    for (std::int64_t i = 0; i < which.size(0); ++i) {
      const auto point = which[i].item<std::int64_t>();
      const auto row = (*options_.together)[static_cast<std::size_t>(point)];
      if (row.empty()) continue;
      anchors.push_back(point);
      partners.push_back(static_cast<std::int64_t>(drawn(row)));
    }
    if (anchors.size() < 2) return torch::zeros({});
    return info_nce(quantised(torch::tensor(anchors)), quantised(torch::tensor(partners)), options_.temperature);
  }

  ItemId drawn(std::span<const ItemWeight> row) {
    double sum = 0;
    for (const ItemWeight& entry : row) sum += entry.weight;
    double at = rng_.uniform() * sum;
    for (const ItemWeight& entry : row) {
      at -= entry.weight;
      if (at < 0) return entry.item;
    }
    return row.back().item;
  }

  // The sums of the codes of points, with the gradient of what the encoder says of them.
  torch::Tensor quantised(const torch::Tensor& which) {
    const torch::Tensor encoded = encoder_->forward(points_.index_select(0, which));
    const torch::NoGradGuard no_gradient;
    torch::Tensor rest = encoded, sum = torch::zeros_like(encoded);
    for (const torch::Tensor& book : books_) {
      const torch::Tensor code = book.index_select(0, nearest_codes(rest, book));
      sum = sum + code;
      rest = rest - code;
    }
    const torch::AutoGradMode gradient(true);
    return encoded + (sum - encoded).detach();
  }

  // Codes that no point of the epoch had begin again at points of its last batch.
  void revive(const std::vector<torch::Tensor>& used) {
    const torch::NoGradGuard no_gradient;
    for (std::size_t level = 0; level < options_.levels; ++level) {
      for (std::int64_t code = 0; code < codes(); ++code) {
        if (used[level][code].item<float>() > 0) continue;
        const auto point = static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(rests_[level].size(0))));
        books_[level][code].copy_(rests_[level][point]);
      }
    }
  }

  RqVaeOptions options_;
  torch::Tensor points_;              // [points, width]
  nn::Sequential encoder_, decoder_;  // width to latent, and back
  std::vector<torch::Tensor> books_;  // [levels] of [codes, latent]
  std::vector<torch::Tensor> rests_;  // [levels] of [batch, latent]: what was quantised last
  Rng rng_;
};

// Sums of several threads would round differently for each number of them.
class OneTorchThread {
 public:
  OneTorchThread() : before_(at::get_num_threads()) { set_training_threads(1); }
  ~OneTorchThread() { set_training_threads(before_); }
  OneTorchThread(const OneTorchThread&) = delete;
  OneTorchThread& operator=(const OneTorchThread&) = delete;

 private:
  int before_;
};

}  // namespace

extern "C" double p5_torch_contrastive_loss(const Points& anchors, const Points& partners, double temperature) {
  return with_torch_errors([&] {
    return info_nce(tensor_of(anchors.values, anchors.width), tensor_of(partners.values, partners.width), temperature)
        .item<double>();
  });
}

extern "C" void p5_torch_rq_vae(const Points& points, const RqVaeOptions& options, LevelCodes& codes) {
  codes = with_torch_errors([&] {
    const OneTorchThread one;
    RqVae model(points, options);
    model.train();
    return model.codes_of_points();
  });
}

}  // namespace p5
