#include "evaluate/word_ngrams.h"

#include <algorithm>
#include <cassert>

namespace p5 {
namespace {

constexpr std::string_view kBlank = " \t\n\r\f\v";

}  // namespace

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = text.find_first_not_of(kBlank); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlank, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBlank, end);
  }
  return words;
}

std::vector<std::uint32_t> WordNumbers::of(std::string_view text) {
  std::vector<std::uint32_t> numbers;
  for (const std::string_view word : split_words(text)) {
    const auto next = static_cast<std::uint32_t>(numbers_.size()) + 1;
    numbers.push_back(numbers_.try_emplace(std::string(word), next).first->second);
  }
  return numbers;
}

std::size_t NgramHash::operator()(const Ngram& ngram) const {
  std::uint64_t hash = 0;
  for (const std::uint32_t word : ngram) hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
  return static_cast<std::size_t>(hash ^ (hash >> 32));
}

NgramCounts count_ngrams(const std::vector<std::uint32_t>& words, std::size_t n) {
  assert(n > 0 && n <= kLongestNgram);
  NgramCounts counts;
  for (std::size_t begin = 0; begin + n <= words.size(); ++begin) {
    Ngram ngram{};
    std::copy_n(words.begin() + static_cast<std::ptrdiff_t>(begin), n, ngram.begin());
    ++counts[ngram];
  }
  return counts;
}

std::size_t common_count(const NgramCounts& one, const NgramCounts& other) {
  std::size_t common = 0;
  for (const auto& [ngram, count] : one) {
    const auto found = other.find(ngram);
    if (found != other.end()) common += std::min(count, found->second);
  }
  return common;
}

}  // namespace p5
