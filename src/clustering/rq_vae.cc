#include "clustering/rq_vae.h"

#include "nn/torch_library.h"

namespace p5 {

LevelCodes rq_vae_codes(const Points& points, const RqVaeOptions& options) {
  LevelCodes codes;
  torch_library().function<decltype(&p5_torch_rq_vae)>("p5_torch_rq_vae")(points, options, codes);
  return codes;
}

double contrastive_loss(const Points& anchors, const Points& partners, double temperature) {
  return torch_library().function<decltype(&p5_torch_contrastive_loss)>("p5_torch_contrastive_loss")(anchors, partners,
                                                                                                     temperature);
}

}  // namespace p5
