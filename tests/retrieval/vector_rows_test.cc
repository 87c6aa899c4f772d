#include "retrieval/vector_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/rng.h"
#include "p5/error.h"
#include "support/fake_corpus.h"

namespace p5 {
namespace {

using test::FakeCorpus;

std::map<ItemId, double> row_of(const SparseRows& rows, ItemId item) {
  std::map<ItemId, double> row;
  for (const ItemWeight& entry : rows[item]) row[entry.item] = entry.weight;
  return row;
}

// More rows than one block of cosines.
TEST(CompareVectors, TakesPowersOfPositiveCosines) {
  constexpr std::size_t kCount = 1100, kWidth = 3;
  Rng rng(1, "vectors");
  std::vector<float> vectors(kCount * kWidth);
  for (float& value : vectors) value = static_cast<float>(rng.normal());
  for (std::size_t f = 0; f < kWidth; ++f) vectors[5 * kWidth + f] = 0;
  ThreadPool pool(2);
  const SparseRows rows = compare_vectors(vectors, kWidth, {.sharpness = 3, .most = 0}, pool);
  const auto dot = [&](std::size_t a, std::size_t b) {
    double sum = 0;
    for (std::size_t f = 0; f < kWidth; ++f) sum += double(vectors[a * kWidth + f]) * vectors[b * kWidth + f];
    return sum;
  };
  EXPECT_TRUE(rows[5].empty());
  for (const ItemId a : {0u, 1030u}) {
    auto row = row_of(rows, a);
    for (ItemId b = 0; b < kCount; ++b) {
      const double cosine = b == 5 ? 0 : dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
      EXPECT_NEAR(row[b], a == b || cosine < 0 ? 0 : std::pow(cosine, 3), 1e-5);
    }
  }
}

test::FakeData data_with(std::vector<std::vector<Attribute>> attributes) {
  return {.histories = {{0}}, .items = attributes.size(), .item_attributes = std::move(attributes)};
}

TEST(CompareItemVectors, ReadsTheAttributeThatIsAskedFor) {
  const std::vector<float> east{1, 0}, north{0, 1}, north_east{1, 1};
  const FakeCorpus corpus(
      data_with({{{"text", east}, {"image", north}}, {{"text", north}, {"image", north}}, {}, {{"text", north_east}}}));
  auto row = row_of(compare_item_vectors(corpus.catalog(), {}), 0);  // the first: text
  EXPECT_EQ(row.size(), 1u);
  EXPECT_NEAR(row[3], 1 / std::sqrt(2.0), 1e-6);
  ItemVectorOptions options;
  options.attribute = "image";
  row = row_of(compare_item_vectors(corpus.catalog(), options), 0);
  EXPECT_EQ(row.size(), 1u);
  EXPECT_NEAR(row[1], 1.0, 1e-6);
  options.attribute = "sound";
  EXPECT_THROW(compare_item_vectors(corpus.catalog(), options), Error);
}

TEST(CompareItemVectors, RefusesDifferentLengths) {
  const FakeCorpus corpus(data_with({{{"text", std::vector<float>{1}}}, {{"text", std::vector<float>{1, 2}}}}));
  EXPECT_THROW(compare_item_vectors(corpus.catalog(), {}), Error);
}

}  // namespace
}  // namespace p5
