// Where a model computes, and how exactly. A plain value; the functions are thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "nn/matrix_product.h"

namespace p5 {

struct DeviceOptions {
  std::string device = "auto";  // auto | cpu | cuda | cuda:<n>
  std::int64_t threads = 0;     // CPU threads; 0 = all
  // How exact float32 products are, named as in torch.set_float32_matmul_precision: on a CPU with units for bfloat16
  // (nn/matrix_product.h; others are always exact), and on a GPU, where high and medium mean TensorFloat-32.
  std::string matmul = "highest";  // highest | high | medium
};

// For rows of option tables that set DeviceOptions::matmul.
inline constexpr std::array<const char*, 3> kMatmulWords = {"highest", "high", "medium"};
inline constexpr const char* kMatmulHelp =
    "precision of float32 products on a CPU: highest (float32), high (16 bits, on AMX tiles) or medium (8 bits, on AMX "
    "tiles and AVX512-BF16 vectors); where the units are not there: float32; on a GPU: highest (float32), or either of "
    "the others (TensorFloat-32)";

// Throws InvalidArgument (request) for a bad number of threads, an unknown precision, or a word that is no device, and
// Unavailable (system) for threads that cannot be started. Whether the device is there shows when it is opened.
void check_device(const DeviceOptions& device);
// REQUIRES check_device().
MatrixPrecision matrix_precision_of(const DeviceOptions& device);
// Whether the options ask for a GPU, or leave it to the machine and one may be here: to be sure needs LibTorch, which
// takes most of a second to load.
bool may_use_gpu(const DeviceOptions& device);

}  // namespace p5
