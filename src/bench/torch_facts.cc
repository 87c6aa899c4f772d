#include "bench/torch_facts.h"

#include "nn/torch_library.h"

namespace p5 {

TorchFacts torch_facts() {
  TorchFacts facts;
  torch_library().function<decltype(&p5_torch_facts)>("p5_torch_facts")(facts);
  return facts;
}

}  // namespace p5
