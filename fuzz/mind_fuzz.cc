// Impressions and news of MIND.
#include "reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const char* kNames[] = {"behaviors.tsv", "news.tsv"};
  const std::size_t kind = p5::fuzz::choose(bytes, 2);
  p5::fuzz::read_as(kNames[kind], bytes, {.format = "mind"});
  return 0;
}
