#include "clustering/rq_vae.h"

#include "nn/torch_library.h"

namespace p5 {

LevelCodes rq_vae_codes(const Points& points, const RqVaeOptions& options) {
  LevelCodes codes;
  torch_library().function<decltype(&p5_torch_rq_vae)>("p5_torch_rq_vae")(points, options, codes);
  return codes;
}

}  // namespace p5
