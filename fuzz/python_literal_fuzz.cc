// Python literals: what is accepted must be JSON.
#include "base/utf8.h"
#include "reader_fuzz.h"

#include <nlohmann/json.hpp>

#include "records/python_literal.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string json;
  if (p5::python_literal_to_json(bytes, json) != nullptr || !p5::is_utf8(bytes)) return 0;
  p5::fuzz::require(nlohmann::json::accept(json), "an accepted literal is rewritten as JSON");
  return 0;
}
