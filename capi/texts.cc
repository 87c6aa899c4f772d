#include "capi/texts.h"

#include "p5/error.h"

namespace p5::capi {

TextsView view_of(const p5_texts& texts, const char* name) {
  if (texts.count == 0) return {};
  const std::span<const std::uint64_t> offsets(texts.offsets, texts.count + 1);
  for (std::size_t i = 0; i < texts.count; ++i) {
    if (offsets[i] <= offsets[i + 1]) continue;
    throw usage_error("offsets descend", {.where = name + ("[" + std::to_string(i) + "]"),
                                          .expected = std::to_string(offsets[i]) + " or more",
                                          .got = std::to_string(offsets[i + 1])});
  }
  return {.bytes = std::string_view(texts.bytes, offsets.back()), .offsets = offsets};
}

p5_texts texts_of(const TextsView& view) { return {view.bytes.data(), view.offsets.data(), view.size()}; }

OwnTexts::OwnTexts(const std::vector<std::string>& texts) {
  offsets_.reserve(texts.size() + 1);
  for (const std::string& text : texts) {
    bytes_ += text;
    offsets_.push_back(bytes_.size());
  }
}

}  // namespace p5::capi
