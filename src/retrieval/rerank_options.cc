#include "retrieval/rerank_options.h"

#include <algorithm>
#include <array>

namespace p5 {
namespace {

constexpr std::array kExploring{"shuffle", "epsilon", "softmax", "squarecb", "linucb", "thompson", "neural"};

}  // namespace

bool RerankOptions::explores(std::string_view method) {
  return std::ranges::find(kExploring, method) != kExploring.end();
}

bool RerankOptions::learns(Method method) {
  return method == Method::kLinUcb || method == Method::kThompson || method == Method::kNeural;
}

std::string RerankOptions::exploring_methods() {
  std::string names;
  for (std::size_t i = 0; i < kExploring.size(); ++i) {
    names += i == 0 ? "" : i + 1 == kExploring.size() ? " or " : ", ";
    names += kExploring[i];
  }
  return names;
}

void RerankOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kAnswer);
  table.add_choice("rerank.method", &method,
                   {{"none", Method::kNone},
                    {"mmr", Method::kMmr},
                    {"dpp", Method::kDpp},
                    {"calibrate", Method::kCalibrate},
                    {"shuffle", Method::kShuffle},
                    {"epsilon", Method::kEpsilon},
                    {"softmax", Method::kSoftmax},
                    {"squarecb", Method::kSquareCb},
                    {"linucb", Method::kLinUcb},
                    {"thompson", Method::kThompson},
                    {"neural", Method::kNeural}},
                   {.help = "order of a list: the source's, more diverse (mmr, dpp), by the categories of the user's "
                            "history (calibrate), its tail drawn at random (shuffle, epsilon, softmax, squarecb), "
                            "or by what feedback has taught (linucb, thompson, neural): docs/online.md"});
  table.add("rerank.strength", &strength,
            {.help = "how far the order may move from the source's: 0 not at all, 1 without regard to its scores",
             .minimum = 0,
             .maximum = 1});
  table.add("rerank.pool", &pool,
            {.help = "candidates of the source that the list is chosen from", .minimum = 1, .maximum = 10000});
  table.add("rerank.fixed", &fixed,
            {.help = "methods that explore: first places that are never drawn", .minimum = 0, .maximum = 10000});
  table.add(
      "rerank.seed", &seed,
      {.help =
           "methods that explore: seed of the draws; a draw depends on it and on the request id, or the user's items"});
  table.add_choice("rerank.similarity", &similarity,
                   {{"auto", ItemSimilarity::Basis::kAuto},
                    {"features", ItemSimilarity::Basis::kFeatures},
                    {"users", ItemSimilarity::Basis::kUsers}},
                   {.help = "what makes items alike: shared features, shared training users, or features where half of "
                            "the items have any"});
}

}  // namespace p5
