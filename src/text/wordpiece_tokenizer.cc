#include "text/wordpiece_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/file.h"
#include "p5/error.h"
#include "text/unicode_tables.h"

namespace p5 {
namespace {

constexpr std::uint64_t kLargest = 64 << 20;  // bytes of a vocabulary

// One letter of well-formed UTF-8, or a byte of other text, which no vocabulary has as a letter.
char32_t next_letter(std::string_view& text) {
  constexpr char32_t kNone = 0xFFFD;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t size = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0;
  if (size == 0 || size > text.size()) {
    text.remove_prefix(1);
    return kNone;
  }
  char32_t letter = size == 1 ? first : first & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) letter = letter << 6 | (byte(i) & 0x3Fu);
  text.remove_prefix(size);
  return letter;
}

void append_letter(char32_t letter, std::string& out) {
  if (letter < 0x80) {
    out += static_cast<char>(letter);
    return;
  }
  constexpr std::array<unsigned, 4> kFirst = {0, 0xC0, 0xE0, 0xF0};
  const std::size_t more = letter < 0x800 ? 1 : letter < 0x10000 ? 2 : 3;
  out += static_cast<char>(kFirst[more] | letter >> (6 * more));
  for (std::size_t i = more; i-- > 0;) out += static_cast<char>(0x80u | (letter >> (6 * i) & 0x3Fu));
}

bool is_cjk(char32_t letter) {
  constexpr std::array<std::pair<char32_t, char32_t>, 8> kBlocks = {{{0x4E00, 0x9FFF},
                                                                     {0x3400, 0x4DBF},
                                                                     {0x20000, 0x2A6DF},
                                                                     {0x2A700, 0x2B73F},
                                                                     {0x2B740, 0x2B81F},
                                                                     {0x2B820, 0x2CEAF},
                                                                     {0xF900, 0xFAFF},
                                                                     {0x2F800, 0x2FA1F}}};
  for (const auto& [begin, end] : kBlocks) {
    if (letter >= begin && letter <= end) return true;
  }
  return false;
}

}  // namespace

WordPieceTokenizer::WordPieceTokenizer(const std::filesystem::path& vocab_txt, const WordPieceOptions& options)
    : options_(options) {
  const std::string text = read_file(vocab_txt, kLargest);
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!numbers_.emplace(line, static_cast<TokenId>(pieces_.size())).second) {
      throw model_error("a vocabulary with a piece that comes twice",
                        {.where = fmt::format("{}:{}", vocab_txt.string(), pieces_.size() + 1),
                         .expected = "another piece per line",
                         .got = std::string(line)});
    }
    pieces_.emplace_back(line);
  }
  for (const auto& [name, token] :
       {std::pair("[UNK]", &unknown_), std::pair("[CLS]", &begin_), std::pair("[SEP]", &end_)}) {
    const auto found = numbers_.find(name);
    if (found == numbers_.end()) {
      throw model_error("a vocabulary that is not BERT's",
                        {.where = vocab_txt.string(), .expected = fmt::format("a piece {}", name), .got = "none"});
    }
    *token = found->second;
  }
}

std::vector<std::u32string> WordPieceTokenizer::words_of(std::string_view text) const {
  std::vector<std::u32string> words;
  std::u32string word, folded;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  const auto take = [&](char32_t letter) {
    if (!is_punctuation_letter(letter)) {
      word += letter;
      return;
    }
    end_word();
    words.push_back({letter});
  };
  while (!text.empty()) {
    const char32_t letter = next_letter(text);
    if (is_control_letter(letter) || letter == 0) continue;
    const bool alone = options_.split_cjk && is_cjk(letter);
    if (is_space_letter(letter) || alone) end_word();
    if (is_space_letter(letter)) continue;
    folded.clear();
    options_.lower_case ? append_folded(letter, folded) : folded.push_back(letter);
    for (const char32_t plain : folded) take(plain);
    if (alone) end_word();
  }
  end_word();
  return words;
}

void WordPieceTokenizer::append_pieces(const std::u32string& word, std::vector<TokenId>& out) const {
  const std::size_t before = out.size();
  for (std::size_t begin = 0; begin < word.size();) {
    if (word.size() > options_.longest_word) break;
    std::string piece = begin == 0 ? "" : "##";
    std::size_t end = begin;
    TokenId longest = -1;
    for (std::size_t at = begin; at < word.size(); ++at) {
      append_letter(word[at], piece);
      if (const auto found = numbers_.find(piece); found != numbers_.end()) {
        longest = found->second;
        end = at + 1;
      }
    }
    if (longest < 0) break;
    out.push_back(longest);
    begin = end;
    if (begin == word.size()) return;
  }
  out.resize(before);  // a word with a part that no piece covers is unknown as a whole
  out.push_back(unknown_);
}

std::vector<TokenId> WordPieceTokenizer::encode(std::string_view text, std::size_t limit) const {
  std::vector<TokenId> tokens{begin_};
  for (const std::u32string& word : words_of(text)) {
    if (tokens.size() + 1 >= limit) break;
    append_pieces(word, tokens);
  }
  tokens.resize(std::min(tokens.size(), limit - 1));
  tokens.push_back(end_);
  return tokens;
}

}  // namespace p5
