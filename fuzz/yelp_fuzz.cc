// Reviews, businesses, users and tips of Yelp: the first line says which.
#include "reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  p5::fuzz::read_as("reviews.json", {reinterpret_cast<const char*>(data), size}, {.format = "yelp"});
  return 0;
}
