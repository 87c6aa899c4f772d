// CRC-32C (Castagnoli), as in the records of TensorBoard's event files. Thread-safe: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace p5 {

std::uint32_t crc32c(std::string_view bytes);

// Rotated right by 15 bits plus a constant, so that a CRC over bytes that hold CRCs stays strong (TFRecord's rule).
std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace p5
