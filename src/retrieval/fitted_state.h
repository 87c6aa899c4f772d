// What a source learnt from training data, as named arrays in one file (docs/formats.md), so that a run keeps it and
// nobody has to learn it again. A plain value; not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "p5/error.h"

namespace p5 {

// What a state was fit to. A state of another origin gives other answers, so it is not used.
struct FittedOrigin {
  std::string source;       // "item-knn"
  std::string data_sha256;  // of the corpus, CorpusInfo::data_sha256
  std::string options;      // of the split and of the source, as TOML

  bool operator==(const FittedOrigin&) const = default;
};

class FittedState {
 public:
  // T: std::uint8_t, std::uint32_t, std::uint64_t, float or double. Each name once.
  template <typename T>
  void put(std::string name, std::span<const T> values) {
    add(std::move(name), type_of<T>(), std::as_bytes(values));
  }
  template <typename T>
  void put(std::string name, const std::vector<T>& values) {
    put(std::move(name), std::span<const T>(values));
  }
  bool has(std::string_view name) const;
  // Throws Corrupted (model) where there is no such array of this type.
  template <typename T>
  std::vector<T> get(std::string_view name) const {
    const std::span<const std::byte> bytes = bytes_of(name, type_of<T>());
    std::vector<T> values(bytes.size() / sizeof(T));
    std::copy(bytes.begin(), bytes.end(), std::as_writable_bytes(std::span(values)).begin());
    return values;
  }
  // And where it has another number of values.
  template <typename T>
  std::vector<T> get(std::string_view name, std::size_t count) const {
    std::vector<T> values = get<T>(name);
    if (values.size() != count) {
      throw damage(std::to_string(count) + " values in array '" + std::string(name) + "'",
                   std::to_string(values.size()));
    }
    return values;
  }

  // The file is whole or absent; its folder is made where it is missing. Throws Unavailable (system).
  void save(const std::filesystem::path& file, const FittedOrigin& origin) const;
  // None where there is no such file, or one of another origin. Throws Corrupted or Unsupported (model) for a damaged
  // file and for one of another version.
  static std::optional<FittedState> load(const std::filesystem::path& file, const FittedOrigin& origin);
  // The same of a source, whatever data and options it was fit with: for training that goes on from it.
  static std::optional<FittedState> load_any(const std::filesystem::path& file, std::string_view source);

  // A complaint about this state, for values that contradict each other.
  Error damage(const std::string& expected, const std::string& got) const;

 private:
  struct Array {
    std::string name, type;
    std::vector<std::byte> bytes;
  };

  template <typename T>
  static constexpr std::string_view type_of() {
    if constexpr (std::is_same_v<T, std::uint8_t>) {
      return "u8";
    } else if constexpr (std::is_same_v<T, std::uint32_t>) {
      return "u32";
    } else if constexpr (std::is_same_v<T, std::uint64_t>) {
      return "u64";
    } else if constexpr (std::is_same_v<T, float>) {
      return "f32";
    } else {
      static_assert(std::is_same_v<T, double>);
      return "f64";
    }
  }
  static std::optional<FittedState> read(const std::filesystem::path& file,
                                         const std::function<bool(const FittedOrigin&)>& wanted);
  void add(std::string name, std::string_view type, std::span<const std::byte> bytes);
  std::span<const std::byte> bytes_of(std::string_view name, std::string_view type) const;

  std::string where_ = "fitted state";  // the file that it came from
  std::vector<Array> arrays_;
};

}  // namespace p5
