#include "retrieval/content_vectors.h"

#include <algorithm>
#include <cmath>

#include "p5/error.h"
#include "retrieval/content_features.h"
#include "retrieval/symmetric_spectrum.h"

namespace p5 {

std::vector<float> content_vectors(const ItemCatalog& catalog, const ContentOptions& options, std::uint64_t seed,
                                   std::size_t& width, ThreadPool& pool) {
  const ContentFeatures content = content_features(catalog, options);
  if (content.count == 0) {
    throw usage_error("items have no text to make vectors of",
                      {.expected = "titles, descriptions, brands, categories or attributes of items", .got = "none"});
  }
  const SparseRows& features = content.weights;  // X
  const SparseRows holders = transpose(features, content.count);
  // Left singular vectors of X are the eigenvectors of X X^T, whose values are the squares of the singular ones.
  const auto product = [&](const std::vector<float>& basis) {
    return multiply_basis(multiply_basis(basis, features.size(), holders, pool), content.count, features, pool);
  };
  width = std::min({width, features.size(), content.count});
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
