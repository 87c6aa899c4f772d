// Digests: SHA-256 for what people compare (configurations, data, negatives), XXH3 for fast integrity checks on disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace p5 {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  Sha256& update(std::span<const std::byte> bytes);
  Sha256& update(std::string_view text) { return update(std::as_bytes(std::span(text))); }
  // Lower-case hexadecimal, 64 letters. The object cannot be used afterwards.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256_hex(std::string_view text);
std::string sha256_hex_of_file(const std::filesystem::path& path);

// XXH3, 64 bits: about as fast as memory. It detects corruption, not tampering.
std::uint64_t checksum64(std::span<const std::byte> bytes);
// The same for a whole file, read in blocks, so that a larger file needs no more memory. `size` gets its bytes.
std::uint64_t checksum64_of_file(const std::filesystem::path& path, std::uint64_t& size);

}  // namespace p5
