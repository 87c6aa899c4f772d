// What an item is called and filed under, as words: brand, categories and attributes that are words. Thread-safe: pure
// functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "corpus/corpus.h"

namespace p5 {

// "category=Guitars", "brand=Fender", "color=red": the labels of an item, in the order of the catalogue.
std::vector<std::string> labels_of(const ItemCatalog& catalog, ItemId item);

// "color=red" for each word of the attributes of an item or a user, in their order.
std::vector<std::string> labels_of(const std::vector<Attribute>& attributes);

// The categories of an item; where the whole catalogue has none, its labels.
std::vector<std::vector<std::string>> categories_or_labels(const ItemCatalog& catalog);

// Runs of letters, digits and bytes beyond ASCII, in lower case (ASCII letters alone).
std::vector<std::string> words_of(std::string_view text);

}  // namespace p5
