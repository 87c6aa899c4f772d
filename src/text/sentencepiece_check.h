// Verifies a serialized SentencePiece model before the library sees it. The library trusts its input:
// versions before 0.2.1 read past their tables on crafted models (CVE-2026-1260), and Debian 12 ships 0.1.97. What it
// reads on the way is for those who write the model in another form. Thread-safe: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace p5 {

struct SentencePieceModel {
  struct Piece {
    std::string text;
    float score = 0.0f;
    bool plain = true;  // normal or special; not a byte, unused, or defined by a user
  };
  std::vector<Piece> pieces;         // by number
  std::string charsmap;              // what normalises texts, as the library has it; empty: nothing does
  bool adds_dummy_prefix = true;     // a blank before each text
  bool removes_extra_blanks = true;  // at both ends, and of several in a row all but one
};

// A T5-like unigram model: at most 64 MiB and a million distinct pieces of finite score, of which <pad> is 0, </s> is 1
// and the only unknown piece is 2; normalisation tables without a jump outside themselves. Throws Corrupted (model)
// with the expected and the actual value. `where` names the file.
SentencePieceModel read_sentencepiece_model(std::string_view bytes, const std::string& where);

}  // namespace p5
