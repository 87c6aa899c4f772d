// Separated tables with and without header, as interactions and as items.
#include "reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t kind = p5::fuzz::choose(bytes, 8);
  p5::ReaderOptions options{.format = "csv", .review_column = (kind & 4) != 0 ? "3" : "", .header = (kind & 1) == 0};
  const std::string name = "log.csv";
  if ((kind & 2) != 0) options.item_files = {p5::fuzz::input_file(name, bytes).string()};
  p5::fuzz::read_as(name, bytes, options);
  return 0;
}
