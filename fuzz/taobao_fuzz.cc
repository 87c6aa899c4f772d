// UserBehavior.csv of Taobao.
#include "reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  p5::fuzz::read_as("UserBehavior.csv", {reinterpret_cast<const char*>(data), size}, {.format = "taobao"});
  return 0;
}
