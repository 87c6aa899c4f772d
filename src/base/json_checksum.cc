#include "base/json_checksum.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>

#include "base/digest.h"

namespace p5 {

using nlohmann::json;

std::string json_checksum(json document) {
  document.erase("checksum");
  const std::string text = document.dump(-1, ' ', false, json::error_handler_t::replace);
  return fmt::format("{:016x}", checksum64(std::as_bytes(std::span(text))));
}

}  // namespace p5
