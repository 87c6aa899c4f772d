#include "task/label_share.h"

#include "base/rng.h"

namespace p5 {

bool has_label(const SamplerInputs& inputs, const Corpus& corpus, UserId user) {
  if (inputs.options.label_share >= 1) return true;
  return Rng(stable_hash(corpus.user_key(user)), "labels").uniform() < inputs.options.label_share;
}

}  // namespace p5
