// The tokenizer of a T5 as tokenizer.json, which Hugging Face's library tokenizers reads, and with it the "fast"
// tokenizers of transformers: SentencePiece's unigram model with its normalisation, the sentinels, and the tokens of
// items and users as added tokens. Thread-safe: free functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "text/sentencepiece_check.h"
#include "text/vocabulary.h"

namespace p5 {

// Why the model cannot be said in that form; empty: it can. All that p5 trains, and T5's own, can.
std::string no_fast_tokenizer(const SentencePieceModel& pieces);

// REQUIRES no_fast_tokenizer() to be empty, and the pieces to be those of the vocabulary.
nlohmann::ordered_json fast_tokenizer(const SentencePieceModel& pieces, const Vocabulary& vocabulary);

// "<extra_id_0>" is the last of the sentinels.
std::string sentinel_name(const Vocabulary& vocabulary, TokenId token);

}  // namespace p5
