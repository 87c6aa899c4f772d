// A matrix in NumPy's .npy format: float32 or float64, little-endian, row after row (C order), two axes. Immutable;
// thread-safe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/mapped_file.h"

namespace p5 {

class NpyFile {
 public:
  // Throws Corrupted (data) for another format, version, type, order or shape, and for a size that does not fit them;
  // NotFound when there is no such file.
  explicit NpyFile(std::filesystem::path path);

  std::size_t rows() const { return rows_; }
  std::size_t width() const { return width_; }
  // A row as float32, [width]. Throws Corrupted (data), naming the row from 1, for numbers that are not finite.
  void read_row(std::size_t row, std::span<float> out) const;

 private:
  void read_header();
  void read_shape(std::string_view literal);

  std::filesystem::path path_;
  MappedFile file_;
  std::size_t rows_ = 0, width_ = 0, element_ = 4;
  std::span<const std::byte> data_;
};

}  // namespace p5
