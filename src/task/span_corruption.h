// T5's span corruption (Raffel et al. 2020, section 3.1.4): spans of a sequence are left out, and the answer says what
// was there. Thread-safe: free functions.
#pragma once

#include <cstddef>
#include <vector>

#include "base/rng.h"
#include "task/task_example.h"

namespace p5 {

struct SpanCorruption {
  double density = 0.15;   // share of the units that are left out
  double mean_length = 3;  // of a span, in units
};

// Which of `length` units are left out, by the rule of T5's code (random_spans_noise_mask): round(length * density)
// units, at least 1 and at most length - 1, in round(units / mean_length) spans, at least 1; both the spans and what is
// between them are uniform random segmentations, and what is kept comes first. REQUIRES length > 1.
std::vector<bool> noise_mask(std::size_t length, const SpanCorruption& options, Rng& rng);

// Source: the units with sentinel k, from 0, in place of the k-th span. Target: each sentinel and the units it stands
// for. `between` is written between two units of a source that are neighbours there, and between those of a span.
TaskExample corrupt_spans(const RenderedText& units, const Mention& between, const SpanCorruption& options, Rng& rng);

}  // namespace p5
