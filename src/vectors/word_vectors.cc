#include "vectors/word_vectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/mapped_file.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::size_t kMostNumbers = 1 << 16;  // of a vector
constexpr float kLargest = 1e30f;              // so that means stay finite
constexpr std::int32_t kFastTextMagic = 793712314;

// The words that the items' texts have, with their sums of vectors to be.
using WordTable = std::unordered_map<std::string, std::vector<float>>;

bool is_punctuation(char letter) { return std::strchr(".,;:!?()[]{}\"'&/", letter) != nullptr && letter != '\0'; }

std::string lower_ascii(std::string_view word) {
  std::string lower(word);
  for (char& letter : lower) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  return lower;
}

template <typename Take>
void for_words(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \t\n\r"), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!word.empty() && is_punctuation(word.front())) word.remove_prefix(1);
    while (!word.empty() && is_punctuation(word.back())) word.remove_suffix(1);
    if (!word.empty()) take(word);
  }
}

template <typename Take>
void for_words_of(const ItemCatalog& catalog, ItemId item, const Take& take) {
  for_words(catalog.title(item), take);
  for_words(catalog.brand(item), take);
  for (const std::string_view category : catalog.categories(item)) for_words(category, take);
}

// Reads numbers of a file one after another; every fault names the byte.
class ByteReader {
 public:
  ByteReader(const std::filesystem::path& file, std::string_view bytes) : file_(file), bytes_(bytes) {}

  bool at_end() const { return at_ >= bytes_.size(); }
  std::size_t place() const { return at_; }
  char peek() const { return bytes_[at_]; }
  void skip(std::size_t count) { at_ += need(count); }

  template <typename Number>
  Number number() {
    Number value;
    std::memcpy(&value, bytes_.data() + at_, need(sizeof(value)));
    at_ += sizeof(value);
    return value;
  }
  // Up to `end`, which is passed over.
  std::string_view text_until(char end) {
    const std::size_t stop = bytes_.find(end, at_);
    if (stop == std::string_view::npos)
      throw bad(fmt::format("a text that ends in byte {}", int{end}), "the file's end");
    const std::string_view text = bytes_.substr(at_, stop - at_);
    at_ = stop + 1;
    return text;
  }
  std::span<const std::byte> block(std::size_t count) {
    const auto all = std::as_bytes(std::span(bytes_));
    const auto part = all.subspan(at_, need(count));
    at_ += count;
    return part;
  }
  Error bad(std::string expected, std::string got) const {
    return data_error("not a file of word vectors", {.where = fmt::format("{}, byte {}", file_.string(), at_),
                                                     .expected = std::move(expected),
                                                     .got = std::move(got)});
  }

 private:
  std::size_t need(std::size_t count) const {
    if (bytes_.size() - at_ >= count) return count;
    throw bad(fmt::format("{} more bytes", count), fmt::format("{}", bytes_.size() - at_));
  }
  const std::filesystem::path& file_;
  std::string_view bytes_;
  std::size_t at_ = 0;
};

class WordVectorReader {
 public:
  WordVectorReader(const std::filesystem::path& path, WordTable& words)
      : path_(path), file_(path), words_(words), bytes_(path_, file_.text()) {}

  std::size_t width() const { return width_; }

  void read() {
    const std::string_view text = file_.text();
    if (text.size() >= 4) {
      std::int32_t magic;
      std::memcpy(&magic, text.data(), sizeof(magic));
      if (magic == kFastTextMagic) return read_fast_text();
    }
    const std::string_view first = text.substr(0, text.find('\n'));
    if (const auto header = header_of(first)) {
      width_ = header->second;
      bytes_.skip(first.size() + (first.size() < text.size() ? 1 : 0));
      return looks_like_text(text.substr(bytes_.place())) ? read_lines(2) : read_binary(header->first);
    }
    read_lines(1);
  }

 private:
  // "3000000 300": how many words, and how long their vectors are.
  std::optional<std::pair<std::uint64_t, std::size_t>> header_of(std::string_view line) const {
    std::uint64_t count = 0;
    std::size_t width = 0;
    const char* const end = line.data() + line.size();
    auto [space, failure] = std::from_chars(line.data(), end, count);
    if (failure != std::errc() || space == end || *space != ' ') return std::nullopt;
    auto [stop, second] = std::from_chars(space + 1, end, width);
    while (stop != end && (*stop == ' ' || *stop == '\r')) ++stop;
    if (second != std::errc() || stop != end) return std::nullopt;
    if (width == 0 || width > kMostNumbers) {
      throw bytes_.bad(fmt::format("vectors of 1 to {} numbers", kMostNumbers), std::string(line));
    }
    return std::pair(count, width);
  }

  // Whether what follows a header are numbers as text: the first line has that many.
  bool looks_like_text(std::string_view rest) const {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    return static_cast<std::size_t>(std::ranges::count(line, ' ')) + (line.ends_with(' ') ? 0 : 1) == width_ + 1 &&
           std::ranges::none_of(line, [](char letter) { return letter == '\0'; });
  }

  void read_lines(std::size_t number) {
    std::vector<float> vector;
    for (; !bytes_.at_end(); ++number) {
      const std::string_view all = std::string_view(file_.text()).substr(bytes_.place());
      std::string_view line = all.substr(0, all.find('\n'));
      bytes_.skip(std::min(line.size() + 1, all.size()));
      while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
      if (line.empty()) continue;
      const std::size_t space = line.find(' ');
      const std::string_view word = line.substr(0, space);
      const bool wanted = words_.contains(std::string(word));
      if (!wanted && width_ > 0) continue;
      parse(space == std::string_view::npos ? "" : line.substr(space + 1), number, vector);
      if (wanted) words_[std::string(word)] = vector;
    }
  }

  void parse(std::string_view numbers, std::size_t line, std::vector<float>& vector) {
    vector.clear();
    const auto bad = [&](std::string expected, std::string got) {
      return data_error("not a file of word vectors", {.where = fmt::format("{}, line {}", path_.string(), line),
                                                       .expected = std::move(expected),
                                                       .got = std::move(got)});
    };
    while (!numbers.empty()) {
      const std::string_view text = numbers.substr(0, numbers.find(' '));
      float value = 0;
      const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (failure != std::errc() || stop != text.data() + text.size() || !(std::fabs(value) < kLargest)) {
        throw bad(fmt::format("finite numbers after the word, here at number {}", vector.size() + 1),
                  std::string(text.substr(0, 40)));
      }
      vector.push_back(value);
      numbers.remove_prefix(std::min(text.size() + 1, numbers.size()));
    }
    if (width_ == 0) width_ = vector.size();
    if (vector.empty() || vector.size() != width_ || width_ > kMostNumbers) {
      throw bad(fmt::format("a word and {} numbers", width_ == 0 ? "1 or more" : std::to_string(width_)),
                fmt::format("{} numbers", vector.size()));
    }
  }

  // word2vec's: the word, a space, and the numbers as float32.
  void read_binary(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      while (!bytes_.at_end() && bytes_.peek() == '\n') bytes_.skip(1);
      const std::string word(bytes_.text_until(' '));
      const std::size_t place = bytes_.place();
      const auto block = bytes_.block(width_ * sizeof(float));
      if (const auto found = words_.find(word); found != words_.end()) found->second = floats_of(block, place);
    }
  }

  std::vector<float> floats_of(std::span<const std::byte> block, std::size_t place) const {
    std::vector<float> values(block.size() / sizeof(float));
    std::memcpy(values.data(), block.data(), values.size() * sizeof(float));
    for (const float value : values) {
      if (std::fabs(value) < kLargest) continue;
      throw data_error("a number that is not finite", {.where = fmt::format("{}, byte {}", path_.string(), place),
                                                       .expected = "finite numbers",
                                                       .got = fmt::format("{}", value)});
    }
    return values;
  }

  // A model of fastText (Bojanowski et al. 2017): a word's vector is the mean of its own row and those of its parts.
  void read_fast_text() {
    bytes_.skip(4);
    if (const auto version = bytes_.number<std::int32_t>(); version < 11 || version > 12) {
      throw bytes_.bad("version 11 or 12 of fastText's format", std::to_string(version));
    }
    std::int32_t arguments[12];
    for (std::int32_t& argument : arguments) argument = bytes_.number<std::int32_t>();
    bytes_.number<double>();
    const std::int64_t width = arguments[0], buckets = arguments[8];
    const int shortest = arguments[9], longest = arguments[10];
    bytes_.number<std::int32_t>();
    const auto known = bytes_.number<std::int32_t>();
    const auto labels = bytes_.number<std::int32_t>();
    bytes_.number<std::int64_t>();
    const auto pruned = bytes_.number<std::int64_t>();
    if (width < 1 || width > static_cast<std::int64_t>(kMostNumbers) || buckets < 0 || known < 0 || labels < 0) {
      throw bytes_.bad("sizes above 0", fmt::format("{} numbers, {} words, {} buckets", width, known, buckets));
    }
    width_ = static_cast<std::size_t>(width);
    std::unordered_map<std::string, std::int64_t> rows;
    for (std::int64_t row = 0; row < std::int64_t{known} + labels; ++row) {
      const std::string word(bytes_.text_until('\0'));
      bytes_.skip(sizeof(std::int64_t) + 1);
      if (words_.contains(word)) rows.emplace(word, row);
    }
    if (pruned > 0 || bytes_.number<std::uint8_t>() != 0) {
      throw Error(ErrorCode::kUnsupported, ErrorSubject::kData, "a quantised fastText model",
                  {.where = path_.string(), .expected = "one whose vectors are stored whole (.bin, not .ftz)"});
    }
    const auto count = bytes_.number<std::int64_t>(), columns = bytes_.number<std::int64_t>();
    if (columns != width || count != known + buckets) {
      throw bytes_.bad(fmt::format("a matrix of [{}, {}]", known + buckets, width),
                       fmt::format("[{}, {}]", count, columns));
    }
    const std::size_t place = bytes_.place();
    if (static_cast<std::uint64_t>(count) > (file_.text().size() - place) / (width_ * sizeof(float))) {
      throw bytes_.bad(fmt::format("{} rows", count), "the file's end");
    }
    const auto matrix = bytes_.block(static_cast<std::size_t>(count) * width_ * sizeof(float));
    for (auto& [word, vector] : words_) {
      std::vector<std::int64_t> parts = rows_of_parts(word, shortest, longest, known, buckets);
      if (const auto row = rows.find(word); row != rows.end()) parts.push_back(row->second);
      if (parts.empty()) continue;
      vector.assign(width_, 0.0f);
      for (const std::int64_t part : parts) {
        const std::size_t at = static_cast<std::size_t>(part) * width_ * sizeof(float);
        const std::vector<float> values = floats_of(matrix.subspan(at, width_ * sizeof(float)), place + at);
        for (std::size_t i = 0; i < width_; ++i) vector[i] += values[i] / static_cast<float>(parts.size());
      }
    }
  }

  // Parts of "<word>" of some lengths in letters, as fastText hashes them (FNV-1a over signed bytes).
  static std::vector<std::int64_t> rows_of_parts(const std::string& word, int shortest, int longest, std::int64_t known,
                                                 std::int64_t buckets) {
    std::vector<std::int64_t> rows;
    if (buckets == 0 || longest < 1) return rows;
    const std::string whole = "<" + word + ">";
    const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(whole[at]) & 0xC0) == 0x80; };
    for (std::size_t begin = 0; begin < whole.size(); ++begin) {
      if (continues(begin)) continue;
      std::uint32_t hash = 2166136261U;
      std::size_t end = begin;
      for (int letters = 1; end < whole.size() && letters <= longest; ++letters) {
        do {
          hash = (hash ^ static_cast<std::uint32_t>(static_cast<std::int8_t>(whole[end]))) * 16777619U;
          ++end;
        } while (end < whole.size() && continues(end));
        const bool edge = letters == 1 && (begin == 0 || end == whole.size());
        if (letters >= shortest && !edge)
          rows.push_back(known + static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(buckets)));
      }
    }
    return rows;
  }

  const std::filesystem::path path_;
  const MappedFile file_;
  WordTable& words_;
  ByteReader bytes_;
  std::size_t width_ = 0;
};

}  // namespace

VectorTable read_word_vectors(const std::filesystem::path& file, const ItemCatalog& catalog, std::size_t items) {
  WordTable words;
  for (ItemId item = 0; item < items; ++item) {
    for_words_of(catalog, item, [&](std::string_view word) {
      words.try_emplace(std::string(word));
      words.try_emplace(lower_ascii(word));
    });
  }
  WordVectorReader reader(file, words);
  reader.read();
  VectorTable table{.width = reader.width(), .values = std::vector<float>(items * reader.width(), 0.0f)};
  std::size_t described = 0;
  for (ItemId item = 0; item < items; ++item) {
    const auto to = std::span(table.values).subspan(item * table.width, table.width);
    std::size_t count = 0;
    for_words_of(catalog, item, [&](std::string_view word) {
      const std::vector<float>* vector = &words.at(std::string(word));
      if (vector->empty()) vector = &words.at(lower_ascii(word));
      if (vector->empty()) return;
      ++count;
      for (std::size_t i = 0; i < table.width; ++i) to[i] += (*vector)[i];
    });
    for (float& value : to) value /= static_cast<float>(std::max<std::size_t>(count, 1));
    described += count > 0;
  }
  if (described > 0) return table;
  throw usage_error(
      "no item has a word that the file knows",
      {.where = file.string(), .expected = "word vectors in the language of titles", .got = "none known"});
}

}  // namespace p5
