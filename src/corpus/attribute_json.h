// Attributes as the JSON text in which a corpus stores them: a list of [name, value] pairs, where a value is a text, a
// list of texts, a number or a list of numbers (null = NaN). Thread-safe: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "corpus/interaction.h"

namespace p5 {

// Empty for no attributes. Ill-formed UTF-8 is repaired.
std::string encode_attributes(const std::vector<Attribute>& attributes);
// Throws a data error that names `where`. An empty list is read as a list of texts.
std::vector<Attribute> decode_attributes(std::string_view json, std::string_view where);

}  // namespace p5
