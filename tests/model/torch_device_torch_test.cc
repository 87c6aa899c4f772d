#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstdint>
#include <string>

#include "model/torch_device_module.h"
#include "nn/torch_guard_module.h"
#include "p5/error.h"

namespace p5 {
namespace {

TEST(TorchDevice, DevicesAreNamedAndMissingOnesRefused) {
  const auto code = [](const std::string& device) {
    try {
      open_device({.device = device, .threads = 0});
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kNotFound;  // none was thrown
  };
  EXPECT_EQ(code("cpu"), ErrorCode::kNotFound);
  EXPECT_EQ(code("auto"), ErrorCode::kNotFound);
  EXPECT_EQ(code("cuda:999"), ErrorCode::kUnavailable);
  for (const char* bad : {"gpu", "", "cuda:", "cuda:x", "cuda:-1", "cuda:1x"}) {
    EXPECT_EQ(code(bad), ErrorCode::kInvalidArgument) << bad;
  }
}

TEST(TorchGuard, ErrorsOfTheTensorLibraryBecomeErrors) {
  const auto code = [](auto body) {
    try {
      with_torch_errors(body);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kNotFound;
  };
  EXPECT_EQ(code([] { torch::ones({2}).add_(torch::ones({3})); }), ErrorCode::kInternal);
  EXPECT_EQ(code([] { torch::empty({std::int64_t{1} << 55}); }), ErrorCode::kUnavailable);
  EXPECT_EQ(code([] { throw usage_error("mine"); }), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace p5
