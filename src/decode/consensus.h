// Minimum Bayes risk decoding (Kumar and Byrne 2004; Eikema and Aziz 2020, "Is MAP decoding all you need?"): of several
// sampled texts, the one that agrees most with the others. The most likely text is often short and vague; the one
// closest to the rest has their usual length and the words that they share. Free functions; thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "decode/beam_search.h"

namespace p5 {

// F1 of the tokens that two texts share, with multiplicity: 1 for the same tokens, 0 for none in common.
// Two empty texts agree.
double agreement(std::span<const TokenId> a, std::span<const TokenId> b);

// `texts` holds `draws` adjacent samples per source. Of each source, returns the one with the largest mean agreement
// with its other samples; of equals the likelier, then the earlier. REQUIRES draws > 0 and texts.size() to be a
// multiple of it.
std::vector<Hypothesis> consensus(std::span<const Hypothesis> texts, std::size_t draws);

}  // namespace p5
