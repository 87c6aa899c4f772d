// Sequences and attributes of S3-Rec.
#include "reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static constexpr const char* kNames[] = {"X.txt", "X_item2attributes.json"};
  const std::size_t kind = p5::fuzz::choose(bytes, 2);
  p5::fuzz::read_as(kNames[kind], bytes, {.format = "s3rec"});
  return 0;
}
