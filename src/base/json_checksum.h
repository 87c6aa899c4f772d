// The checksum inside a JSON document, over the document itself: manifests carry one (docs/formats.md). Thread-safe:
// free functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace p5 {

// XXH3-64 as 16 hexadecimal digits, over the document without its field "checksum", printed without white space and
// with sorted keys. Numbers round-trip, so equal documents have equal text.
std::string json_checksum(nlohmann::json document);

}  // namespace p5
