// What a user may choose about federated training, simulated in one process or several. A plain value.
#pragma once

#include <cstdint>

#include "base/option_table.h"

namespace p5 {

struct FederatedOptions {
  std::int64_t clients = 0;     // users are dealt to these; 0 = training is not federated
  std::int64_t per_round = 10;  // clients of a round, on average
  std::int64_t epochs = 1;      // passes of a client over its own examples
  std::int64_t batch = 16;      // examples of a client's step
  double lr = 0.1;              // of a client's steps
  double clip = 1;              // largest norm of the gradient of a client's step; 0 = no limit
  double proximal = 0;          // FedProx's mu; 0 = FedAvg
  bool masks = false;           // the server sees only the sum of updates
  double dropout = 0;           // share of clients that are lost after masks were agreed on

  bool on() const { return clients > 0; }
  void bind(OptionTable& table);  // rows federated.*
};

}  // namespace p5
