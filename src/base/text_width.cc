#include "base/text_width.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/utf8.h"

namespace p5 {
namespace {

using Range = std::pair<std::uint32_t, std::uint32_t>;

// The usual blocks: exact tables differ between terminals anyway.
constexpr std::array<Range, 8> kWide = {{{0x1100, 0x115F},
                                         {0x2E80, 0x303E},
                                         {0x3041, 0xA4CF},
                                         {0xAC00, 0xD7A3},
                                         {0xF900, 0xFAFF},
                                         {0xFE30, 0xFE6F},
                                         {0xFF00, 0xFF60},
                                         {0x1F300, 0x1FAFF}}};
constexpr std::array<Range, 4> kCombining = {{{0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x200B, 0x200F}, {0xFE00, 0xFE0F}}};

template <typename Ranges>
bool in_any(std::uint32_t letter, const Ranges& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [letter](const Range& range) { return letter >= range.first && letter <= range.second; });
}

std::size_t letter_size(std::string_view text, std::size_t at) {
  std::size_t size = 1;
  while (at + size < text.size() && !starts_utf8_letter(text[at + size])) ++size;
  return size;
}

std::uint32_t code_point(std::string_view letter) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(letter[i])); };
  if (letter.size() == 2) return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
  if (letter.size() == 3) return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
  if (letter.size() == 4) {
    return (byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
  }
  return byte(0);
}

std::size_t width_of(std::string_view letter) {
  const std::uint32_t point = code_point(letter);
  if (in_any(point, kCombining)) return 0;
  return in_any(point, kWide) ? 2 : 1;
}

}  // namespace

std::size_t text_width(std::string_view text) {
  if (!is_utf8(text)) return text.size();
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = letter_size(text, at);
    width += width_of(text.substr(at, size));
    at += size;
  }
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  constexpr std::string_view kMore = "...";
  if (text_width(text) <= width) return std::string(text);
  const std::size_t room = width - std::min(width, kMore.size());
  std::size_t end = 0, taken = 0;
  while (end < text.size()) {
    const std::size_t size = letter_size(text, end), letter = width_of(text.substr(end, size));
    if (taken + letter > room) break;
    taken += letter;
    end += size;
  }
  while (end > 0 && text[end - 1] == ' ') --end;
  return std::string(text.substr(0, end)) + std::string(kMore.substr(0, std::min(width, kMore.size())));
}

}  // namespace p5
