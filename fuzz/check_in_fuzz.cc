// Check-ins of Gowalla and Brightkite.
#include "reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  p5::fuzz::read_as("loc-gowalla_totalCheckins.txt", {reinterpret_cast<const char*>(data), size},
                    {.format = "gowalla"});
  return 0;
}
