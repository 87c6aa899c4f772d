// RQ-VAE: an encoder, residual quantisation of what it says, and a decoder that rebuilds the point from the codes (Lee
// et al., CVPR 2022; for item ids TIGER, Rajput et al., NeurIPS 2023). Needs LibTorch, which is opened at the first
// call. Thread-safe, but sets the number of threads of LibTorch, which belongs to the process.
#pragma once

#include <cstddef>
#include <cstdint>

#include "clustering/level_codes.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

struct RqVaeOptions {
  std::size_t levels = 3;
  std::size_t codes = 256;  // of a level
  std::size_t latent = 32;  // width of what is quantised
  std::size_t hidden = 256;
  std::int64_t epochs = 400;
  std::int64_t batch = 1024;
  double rate = 1e-3;                    // of AdamW
  double commitment = 0.25;              // beta
  double contrast = 0.0;                 // gamma
  double temperature = 0.1;              // of the contrastive term
  const SparseRows* together = nullptr;  // [points] the points that belong to each point, with weights; for contrast
  std::uint64_t seed = 2022;
};

// Minimises, over the points x with z = encode(x), r_0 = z, r_{l+1} = r_l - e_{l,c_l} and e = sum_l e_{l,c_l},
//
//   |x - decode(e)|^2 + sum_l |sg(r_l) - e_{l,c_l}|^2 + beta |r_l - sg(e_{l,c_l})|^2,   sg: no gradient,
//
// and with gamma, for the points that belong to others, a contrastive term (contrastive_loss()) between e and that of
// one of those others, drawn by weight: items that users have together get like codes, as the collaborative term of
// LETTER (Wang et al., CIKM 2024) and COSETTE (Lepage et al. 2025) want it. Gradients of decode() and of that term go
// to z unchanged. Codebooks begin with residual k-means of the untrained encoder's output; a code that no point of an
// epoch has begins again at a point. Points are scaled so that their mean square is 1. One thread: the result depends
// on points, options and LibTorch. Throws Unavailable (system) without LibTorch.
LevelCodes rq_vae_codes(const Points& points, const RqVaeOptions& options);

// InfoNCE (van den Oord et al. 2018) of pairs of rows, [rows, width] each: the mean over rows i of -log of exp(cos(a_i,
// b_i) / t) over the sum of exp(cos(a_i, b_j) / t) over all rows j. Plain numbers, for tests: training computes it by
// LibTorch.
double contrastive_loss(const Points& anchors, const Points& partners, double temperature);

extern "C" {
// In libp5_torch.so. Throws p5::Error only.
double p5_torch_contrastive_loss(const Points& anchors, const Points& partners, double temperature);
void p5_torch_rq_vae(const Points& points, const RqVaeOptions& options, LevelCodes& codes);
}

}  // namespace p5
