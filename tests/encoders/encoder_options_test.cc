#include "encoders/encoder_options.h"

#include <gtest/gtest.h>

#include <utility>

namespace p5 {
namespace {

using Loss = EncoderOptions::Loss;

TEST(EncoderOptions, TheLossIsSampledInLargeCatalogues) {
  EncoderOptions options;
  options.settle(6000);
  EXPECT_EQ(options.loss, Loss::kSoftmax);
  EXPECT_EQ(options.negatives, 256);
  for (const auto& [items, draws] : {std::pair{6001, 2048}, {12101, 2048}, {24000, 3000}, {1'000'000, 8192}}) {
    options = {};
    options.settle(items);
    EXPECT_EQ(options.loss, Loss::kSampledSoftmax) << items;
    EXPECT_EQ(options.negatives, draws) << items;
  }
}

TEST(EncoderOptions, WhatIsChosenIsNotSettled) {
  EncoderOptions options{.loss = Loss::kSoftmax, .negatives = 7};
  options.settle(1'000'000);
  EXPECT_EQ(options.loss, Loss::kSoftmax);
  EXPECT_EQ(options.negatives, 7);
}

TEST(EncoderOptions, PlainNetworksHaveASoftmaxAndNothingOfTheRecipe) {
  const EncoderOptions plain = EncoderOptions{.loss = Loss::kBinary}.plain(EncoderKind::kGru4Rec);
  EXPECT_EQ(plain.loss, Loss::kAuto);
  EXPECT_EQ(EncoderOptions{.loss = Loss::kSampledSoftmax}.plain(EncoderKind::kSasRec).loss, Loss::kSampledSoftmax);
  EXPECT_FALSE(plain.evidence || plain.attributes);
  EXPECT_EQ(plain.batch_targets, 1024);
  EXPECT_EQ(EncoderOptions{.batch_targets = 100}.plain(EncoderKind::kCaser).batch_targets, 100);
}

}  // namespace
}  // namespace p5
