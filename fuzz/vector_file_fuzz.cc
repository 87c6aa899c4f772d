// Files of item vectors, .npy and .safetensors, for a corpus of three items.
#include "vectors/vector_file.h"

#include "reader_fuzz.h"
#include "support/fake_corpus.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const p5::test::FakeCorpus corpus({{0, 1, 2}});
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const char* const names[] = {"v.npy", "v.safetensors"};
  const auto path = p5::fuzz::input_file(names[p5::fuzz::choose(bytes, 2)], bytes);
  try {
    const p5::VectorTable table = p5::read_vector_file(path, {}, corpus.catalog(), corpus.item_count());
    p5::fuzz::require(table.width > 0 && table.values.size() == 3 * table.width, "a vector for each item");
    for (const float value : table.values) p5::fuzz::require(std::isfinite(value), "numbers are finite");
  } catch (const p5::Error&) {
  }
  std::filesystem::remove(path);
  return 0;
}
