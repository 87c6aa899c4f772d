// Vectors of words that others trained, as vectors of items: word2vec (text and binary), GloVe and fastText (.vec, and
// .bin with its parts of words). Thread-safe: a pure function.
#pragma once

#include <cstddef>
#include <filesystem>

#include "corpus/corpus.h"
#include "vectors/vector_file.h"

namespace p5 {

// Of the first `items` items: the mean of the vectors of the words in title, brand and categories, each word as it is
// written or in lower case, cut at spaces and with punctuation around it left out. Items without a known word have
// zeros. fastText's binary files know every word, by its parts. Throws Corrupted (data), naming file, place, expected
// and got, for a file of none of these formats, for numbers that are not finite and for a truncated file; Unsupported
// (data) for a quantised fastText model; InvalidArgument where no item has a word that the file knows.
VectorTable read_word_vectors(const std::filesystem::path& file, const ItemCatalog& catalog, std::size_t items);

}  // namespace p5
