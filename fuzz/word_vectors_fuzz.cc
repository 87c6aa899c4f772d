// Files of word vectors, of all formats, for a corpus whose items have titles.
#include "vectors/word_vectors.h"

#include <cmath>

#include "reader_fuzz.h"
#include "support/fake_corpus.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const p5::test::FakeCorpus corpus({{0, 1, 2}});
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto path = p5::fuzz::input_file("words.bin", bytes);
  try {
    const p5::VectorTable table = p5::read_word_vectors(path, corpus.catalog(), corpus.item_count());
    p5::fuzz::require(table.values.size() == 3 * table.width, "a vector for each item");
    for (const float value : table.values) p5::fuzz::require(!std::isnan(value), "numbers are numbers");
  } catch (const p5::Error&) {
  }
  std::filesystem::remove(path);
  return 0;
}
