// Amazon reviews, metadata (JSON and Python literals) and ratings tables.
#include "reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static constexpr const char* kNames[] = {"reviews.json", "ratings.csv"};
  const std::size_t kind = p5::fuzz::choose(bytes, 2);
  p5::fuzz::read_as(kNames[kind], bytes, {.format = "amazon"});
  return 0;
}
