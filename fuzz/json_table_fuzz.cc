// Tables of JSON lines, as interactions and as items.
#include "reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  p5::ReaderOptions options{.format = "csv", .event_column = "event", .review_column = "text"};
  const std::string name = "log.jsonl";
  if (p5::fuzz::choose(bytes, 2) == 1) options.item_files = {p5::fuzz::input_file(name, bytes).string()};
  p5::fuzz::read_as(name, bytes, options);
  return 0;
}
