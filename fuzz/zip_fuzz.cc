// A zip file with tables in it.
#include "reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  p5::fuzz::read_as("log.zip", {reinterpret_cast<const char*>(data), size}, {.format = "csv"});
  return 0;
}
