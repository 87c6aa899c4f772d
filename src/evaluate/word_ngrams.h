// Words and runs of words, as all text metrics count them. A word is what is between white space; letters and
// punctuation are left as they are. Thread-safe: free functions and plain values; WordNumbers is not.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace p5 {

// A generated text and its reference.
struct TextPair {
  std::string_view reference, written;
};

std::vector<std::string_view> split_words(std::string_view text);

// Gives equal words equal numbers.
class WordNumbers {
 public:
  std::vector<std::uint32_t> of(std::string_view text);

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

inline constexpr std::size_t kLongestNgram = 4;

// Numbers of up to four words, from 1; shorter runs end in zeros.
using Ngram = std::array<std::uint32_t, kLongestNgram>;
struct NgramHash {
  std::size_t operator()(const Ngram& ngram) const;
};
using NgramCounts = std::unordered_map<Ngram, std::size_t, NgramHash>;

// How often each run of `n` words occurs. REQUIRES 0 < n <= kLongestNgram.
NgramCounts count_ngrams(const std::vector<std::uint32_t>& words, std::size_t n);
// Runs that both have, each as often as in the one that has it less often ("clipped").
std::size_t common_count(const NgramCounts& one, const NgramCounts& other);

}  // namespace p5
