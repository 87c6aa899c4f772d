// RecBole's atomic files under both treatments of quotes.
#include "reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static constexpr const char* kNames[] = {"x.inter", "x.item", "x.user"};
  const std::size_t kind = p5::fuzz::choose(bytes, 6);
  p5::fuzz::read_as(kNames[kind % 3], bytes, {.format = "recbole", .quote = kind < 3 ? "auto" : "none"});
  return 0;
}
