// Vocabularies of WordPiece, and texts that are cut into their pieces: lines of a vocab.txt, an empty line, a text.
#include "reader_fuzz.h"
#include "text/wordpiece_tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLimit = 16;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const p5::WordPieceOptions options{.lower_case = p5::fuzz::choose(bytes, 2) == 0};
  const std::size_t end = std::min(bytes.find("\n\n"), bytes.size());
  const auto path = p5::fuzz::input_file("vocab.txt", bytes.substr(0, end));
  try {
    const p5::WordPieceTokenizer tokenizer(path, options);
    const auto tokens = tokenizer.encode(bytes.substr(end), kLimit);
    p5::fuzz::require(tokens.size() >= 2 && tokens.size() <= kLimit,
                      "a text has its two ends and no more than the limit");
    for (const p5::TokenId token : tokens) {
      p5::fuzz::require(token >= 0 && static_cast<std::size_t>(token) < tokenizer.size(),
                        "tokens are in the vocabulary");
    }
  } catch (const p5::Error&) {
  }
  std::filesystem::remove(path);
  return 0;
}
