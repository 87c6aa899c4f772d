#include "vectors/npy_file.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/json_field.h"
#include "p5/error.h"
#include "records/python_literal.h"

namespace p5 {
namespace {

// numpy.lib.format: magic, two bytes of version, the length of the header (2 bytes in version 1, then 4), the header as
// a Python dict, the numbers.
constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kVersionAt = 6, kLengthAt = 8;
constexpr std::uint64_t kMostWidth = 1 << 20;

Error not_readable(const std::filesystem::path& path, const char* what, std::string expected, std::string got) {
  return data_error(what, {.where = path.string(), .expected = std::move(expected), .got = std::move(got)});
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = size; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

}  // namespace

NpyFile::NpyFile(std::filesystem::path path) : path_(std::move(path)), file_(path_) { read_header(); }

void NpyFile::read_header() {
  const std::string_view bytes = file_.text();
  if (!bytes.starts_with(kMagic) || bytes.size() < kLengthAt + 4) {
    throw not_readable(path_, "not a .npy file", "a file that begins with \\x93NUMPY", "another one");
  }
  const int version = static_cast<unsigned char>(bytes[kVersionAt]);
  if (version < 1 || version > 3) {
    throw not_readable(path_, "unknown version of a .npy file", "1, 2 or 3", std::to_string(version));
  }
  const std::size_t size = version == 1 ? 2 : 4;
  const std::uint64_t length = number_at(bytes, kLengthAt, size), begin = kLengthAt + size;
  if (length > bytes.size() - begin) {
    throw not_readable(path_, "the header ends beyond the file", fmt::format("at most {} bytes", bytes.size() - begin),
                       std::to_string(length));
  }
  read_shape(bytes.substr(begin, length));
  data_ = file_.bytes().subspan(begin + length);
  // rows_ and width_ are so small that the product cannot overflow.
  if (data_.size() != rows_ * width_ * element_) {
    throw not_readable(path_, "a .npy file of another size than its shape says",
                       fmt::format("{} bytes of numbers", rows_ * width_ * element_), std::to_string(data_.size()));
  }
}

void NpyFile::read_shape(std::string_view literal) {
  std::string json;
  const char* const complaint = python_literal_to_json(literal, json);
  const nlohmann::json header =
      complaint == nullptr ? parse_json(json) : nlohmann::json(nlohmann::json::value_t::discarded);
  if (header.is_discarded()) {
    throw not_readable(path_, "the header of a .npy file is not a dict",
                       "{'descr': ..., 'fortran_order': ..., 'shape': ...}",
                       complaint == nullptr ? "something else" : complaint);
  }
  const JsonFields fields(header, path_.string(), ErrorSubject::kData);
  const std::string& type = fields.text("descr");
  if (type != "<f4" && type != "<f8") {
    throw not_readable(path_, "numbers of another type", "float32 or float64, little-endian ('<f4' or '<f8')",
                       "'" + type + "'");
  }
  element_ = type == "<f4" ? 4 : 8;
  const nlohmann::json& order = fields.at("fortran_order");
  if (!order.is_boolean() || order.get<bool>()) {
    throw not_readable(path_, "numbers in another order",
                       "'fortran_order': False (numpy.ascontiguousarray makes it so)", brief(order));
  }
  const nlohmann::json& shape = fields.list("shape");
  const bool matrix = shape.size() == 2 && shape[0].is_number_unsigned() && shape[1].is_number_unsigned();
  if (!matrix || shape[0].get<std::uint64_t>() > UINT32_MAX || shape[1].get<std::uint64_t>() > kMostWidth ||
      shape[1].get<std::uint64_t>() == 0) {
    throw not_readable(path_, "an array of another shape", "(items, numbers)", shape.dump());
  }
  rows_ = shape[0].get<std::size_t>();
  width_ = shape[1].get<std::size_t>();
}

void NpyFile::read_row(std::size_t row, std::span<float> out) const {
  const std::byte* from = data_.data() + row * width_ * element_;
  for (std::size_t i = 0; i < width_; ++i, from += element_) {
    if (element_ == 4) {
      std::memcpy(&out[i], from, sizeof(float));
    } else {
      double value = 0;
      std::memcpy(&value, from, sizeof value);
      out[i] = static_cast<float>(value);
    }
    if (std::isfinite(out[i])) continue;
    throw data_error("a number that is not finite",
                     {.where = fmt::format("{}, row {}, column {}", path_.string(), row + 1, i + 1),
                      .expected = "finite numbers",
                      .got = fmt::format("{}", out[i])});
  }
}

}  // namespace p5
