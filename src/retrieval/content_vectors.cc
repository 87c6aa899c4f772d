#include "retrieval/content_vectors.h"

#include <algorithm>
#include <cmath>

#include "retrieval/content_index.h"
#include "retrieval/symmetric_spectrum.h"

namespace p5 {

std::vector<float> content_vectors(const ItemCatalog& catalog, const ContentOptions& options, std::uint64_t seed,
                                   std::size_t& width, ThreadPool& pool) {
  const ContentIndex content(catalog, options);
  const SparseRows& holders = content.holders();
  const SparseRows features = transpose(holders, catalog.size());  // X
  // Left singular vectors of X are the eigenvectors of X X^T, whose values are the squares of the singular ones.
  const auto product = [&](const std::vector<float>& basis) {
    return multiply_basis(multiply_basis(basis, features.size(), holders, pool), holders.size(), features, pool);
  };
  width = std::min({width, features.size(), holders.size()});
  const Eigenvectors found = largest_eigenvectors(product, features.size(), {.count = width, .seed = seed}, pool);
  std::vector<float> vectors(features.size() * width);
  for (std::size_t f = 0; f < width; ++f) {
    const float value = std::sqrt(std::abs(found.values[f]));
    for (std::size_t item = 0; item < features.size(); ++item) {
      vectors[item * width + f] = value * found.vectors[f * features.size() + item];
    }
  }
  return vectors;
}

}  // namespace p5
