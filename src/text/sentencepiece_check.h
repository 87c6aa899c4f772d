// Verifies a serialized SentencePiece model before the library sees it. The library trusts its input:
// versions before 0.2.1 read past their tables on crafted models (CVE-2026-1260), and Debian 12 ships 0.1.97.
// Thread-safe: one pure function.
#pragma once

#include <string>
#include <string_view>

namespace p5 {

// A T5-like unigram model: at most 64 MiB and a million distinct pieces of finite score, of which <pad> is 0, </s> is 1
// and the only unknown piece is 2; normalisation tables without a jump outside themselves. Throws Corrupted (model)
// with the expected and the actual value. `where` names the file.
void check_sentencepiece_model(std::string_view bytes, const std::string& where);

}  // namespace p5
