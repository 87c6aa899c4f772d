// Prefix tuning (Li and Liang 2021): learnt keys and values that every sequence finds before its own. In self-attention
// they have the positions before the first, as Hugging Face has for a T5's past keys; in cross-attention, which has no
// positions, they come before the encoder's states. All of them are one tensor [prefix_tokens, prefix_width()], whose
// rows hold the keys and then the values [heads * d_kv] of one slot after another. Torch-free; thread-safe: free
// functions.
#pragma once

#include <cstdint>
#include <optional>

#include "t5/t5_spec.h"

namespace p5 {

enum class PrefixPlace { kEncoder, kDecoder, kCross };

// The slot of a block's attention; nothing where it has no prefix. Slots are those of the encoder's blocks, the
// decoder's, and the decoder's cross-attentions. With prefix_decoder_only they are PEFT's for a T5: PEFT deals its
// layers out to self-attention and to a cross-attention that never reads them, so that block i has slot 2i modulo the
// number of layers, and the halves of an even number of blocks share theirs.
std::optional<std::int64_t> prefix_slot(const T5Spec& spec, PrefixPlace place, std::int64_t block);

// Numbers in a row of the tensor.
std::int64_t prefix_width(const T5Spec& spec);

// Keys that an attention of this place has beside those of the sequence.
std::int64_t prefix_keys(const T5Spec& spec, PrefixPlace place);

}  // namespace p5
