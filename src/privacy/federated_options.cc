#include "privacy/federated_options.h"

namespace p5 {

void FederatedOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kTraining);
  table.add("federated.clients", &clients,
            {.help = "federated averaging, simulated (docs/privacy.md): clients that the users are dealt to, each user "
                     "one of its own where there are as many; a step of training is a round; 0 = off",
             .minimum = 0,
             .maximum = 1e9});
  table.add("federated.per_round", &per_round,
            {.help = "clients that take part in a round, on average", .minimum = 1, .maximum = 1e9});
  table.add("federated.epochs", &epochs,
            {.help = "passes of a client over its own examples in a round", .minimum = 1, .maximum = 1000});
  table.add("federated.batch", &batch, {.help = "examples of one step of a client", .minimum = 1, .maximum = 65536});
  table.add("federated.lr", &lr,
            {.help = "learning rate of a client's steps (plain SGD); that of the server is train.lr",
             .minimum = 1e-9,
             .maximum = 1000});
  table.add("federated.clip", &clip,
            {.help = "largest norm of the gradient of a client's step; 0 = no limit", .minimum = 0, .maximum = 1e9});
  table.add("federated.proximal", &proximal,
            {.help = "FedProx: pull of a client's weights back to those that it was given; 0 = FedAvg",
             .minimum = 0,
             .maximum = 1e6});
  table.add(
      "federated.masks", &masks,
      {.help = "clients hide their updates by masks that cancel in the sum, so that the server sees the sum only"});
  table.add(
      "federated.dropout", &dropout,
      {.help = "share of a round's clients that are lost after they agreed on masks", .minimum = 0, .maximum = 0.9});
}

}  // namespace p5
