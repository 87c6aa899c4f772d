// Between the texts of the C interface and those of the library. Thread-safe: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "p5/c_api.h"
#include "p5/corpus_table.h"

namespace p5::capi {

// Throws InvalidArgument that names the column where its offsets do not ascend.
TextsView view_of(const p5_texts& texts, const char* name);
p5_texts texts_of(const TextsView& view);

// Texts of our own, one after the other.
class OwnTexts {
 public:
  explicit OwnTexts(const std::vector<std::string>& texts);
  p5_texts view() const { return {bytes_.data(), offsets_.data(), offsets_.size() - 1}; }

 private:
  std::string bytes_;
  std::vector<uint64_t> offsets_{0};
};

}  // namespace p5::capi
