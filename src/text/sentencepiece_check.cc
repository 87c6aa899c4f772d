#include "text/sentencepiece_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <unordered_set>
#include <vector>

#include "base/utf8.h"
#include "p5/error.h"
#include "text/tokenizer.h"

namespace p5 {
namespace {

constexpr std::size_t kMaxBytes = 64u << 20, kMaxPieces = 1'000'000, kMaxPieceBytes = 1024;
constexpr std::int32_t kMaxMatches = 32;  // the library's fixed buffer of table matches at one position

enum PieceType : std::uint64_t { kNormal = 1, kUnknown = 2, kControl = 3, kByte = 6 };  // frozen by the format
enum WireType : std::uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  std::uint64_t number = 0, wire = 0;
  std::uint64_t value = 0;  // kVarint, kFixed32, kFixed64
  std::string_view bytes;   // kBytes
};

// Walks the fields of one protobuf message, never past its end.
class MessageReader {
 public:
  MessageReader(std::string_view message, std::string where) : left_(message), where_(std::move(where)) {}

  bool next(Field& field) {
    if (left_.empty()) return false;
    const std::uint64_t tag = varint();
    field = {.number = tag >> 3, .wire = tag & 7, .value = 0, .bytes = {}};
    if (field.number == 0) fail("a field number from 1", "0");
    if (field.wire == kVarint) {
      field.value = varint();
    } else if (field.wire == kFixed32 || field.wire == kFixed64) {
      const std::string_view raw = take(field.wire == kFixed32 ? 4 : 8);
      std::memcpy(&field.value, raw.data(), raw.size());
    } else if (field.wire == kBytes) {
      field.bytes = take(varint());
    } else {
      fail("wire type 0, 1, 2 or 5", std::to_string(field.wire));
    }
    return true;
  }

  void require(const Field& field, WireType wire) const {
    if (field.wire != wire) {
      fail(fmt::format("wire type {} of field {}", static_cast<int>(wire), field.number), std::to_string(field.wire));
    }
  }
  [[noreturn]] void fail(std::string expected, std::string got) const {
    throw model_error("not a SentencePiece model that p5 can use", {where_, std::move(expected), std::move(got)});
  }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    fail("a number of at most 10 bytes", "a longer one");
  }
  std::string_view take(std::uint64_t count) {
    if (count > left_.size()) fail(fmt::format("{} more bytes", count), fmt::format("{}", left_.size()));
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  std::string_view left_;
  std::string where_;
};

// The normalisation table: a Darts double-array trie of input strings, whose leaves point into a block of
// NUL-terminated replacements. Layout of a unit as in Darts-clone (Yata 2008-2012).
class CharsmapCheck {
 public:
  CharsmapCheck(std::string_view table, const MessageReader& reader) : reader_(reader) {
    std::uint32_t trie_bytes = 0;
    if (table.size() < sizeof trie_bytes) reader.fail("a normalisation table", "fewer than 4 bytes");
    std::memcpy(&trie_bytes, table.data(), sizeof trie_bytes);
    table.remove_prefix(sizeof trie_bytes);
    if (trie_bytes >= table.size() || trie_bytes % 4 != 0 || trie_bytes == 0) {
      reader.fail(fmt::format("a trie of less than {} bytes", table.size()), std::to_string(trie_bytes));
    }
    units_.resize(trie_bytes / 4);
    std::memcpy(units_.data(), table.data(), trie_bytes);
    texts_ = table.substr(trie_bytes);
    if (texts_.back() != '\0') reader.fail("replacement texts that end in NUL", "none");
  }

  void run() {
    for (std::uint32_t unit = 0; unit < units_.size(); ++unit) check_unit(unit);
    check_depth();
  }

 private:
  static constexpr std::uint32_t kLeafBit = 1u << 31;
  std::uint32_t children_of(std::uint32_t unit) const {
    const std::uint32_t bits = units_[unit];
    return unit ^ ((bits >> 10) << ((bits & (1u << 9)) >> 6));
  }
  bool has_value(std::uint32_t unit) const { return (units_[unit] >> 8 & 1) != 0; }

  // Whatever byte follows, the next unit must exist, and a value must point at a replacement.
  void check_unit(std::uint32_t unit) const {
    if (unit != 0 && (units_[unit] & kLeafBit) != 0) return;  // a value, never walked through
    const std::uint32_t children = children_of(unit);
    if ((children | 0xFFu) >= units_.size()) {
      reader_.fail(fmt::format("trie units below {}", units_.size()), std::to_string(children | 0xFFu));
    }
    if (has_value(unit) && (units_[children] & ~kLeafBit) >= texts_.size()) {
      reader_.fail(fmt::format("replacements below {}", texts_.size()), std::to_string(units_[children] & ~kLeafBit));
    }
  }

  // Refuses cycles, and inputs with more matches at one position than the library's buffer holds. Depth first without
  // recursion; the trie may share tails, so each unit is finished once and remembered.
  void check_depth() {
    constexpr std::int32_t kNew = -1, kOpen = -2;
    struct Step {
      std::uint32_t unit, next_byte;
    };
    std::vector<std::int32_t> matches(units_.size(), kNew);  // the most values on any path down, once finished
    std::vector<std::int32_t> below(units_.size(), 0);
    std::vector<Step> open = {{0, 1}};
    matches[0] = kOpen;
    while (!open.empty()) {
      Step& step = open.back();
      const std::uint32_t unit = step.unit;
      if (step.next_byte > 0xFF) {
        matches[unit] = below[unit] + (has_value(unit) ? 1 : 0);
        if (matches[unit] > kMaxMatches) reader_.fail("at most 32 nested replacements", "more");
        open.pop_back();
        if (!open.empty()) below[open.back().unit] = std::max(below[open.back().unit], matches[unit]);
        continue;
      }
      const std::uint32_t byte = step.next_byte++;
      const std::uint32_t child = children_of(unit) ^ byte;
      if ((units_[child] & (kLeafBit | 0xFFu)) != byte) continue;
      if (matches[child] == kOpen) reader_.fail("a trie", "a loop");
      if (matches[child] >= 0) below[unit] = std::max(below[unit], matches[child]);
      if (matches[child] != kNew) continue;
      matches[child] = kOpen;
      open.push_back({child, 1});
    }
  }

  const MessageReader& reader_;
  std::vector<std::uint32_t> units_;
  std::string_view texts_;
};

struct Piece {
  std::string_view text;
  float score = 0.0f;
  std::uint64_t type = kNormal;
};

Piece read_piece(std::string_view message, const std::string& where) {
  MessageReader reader(message, where);
  Piece piece;
  for (Field field; reader.next(field);) {
    if (field.number == 1) {
      reader.require(field, kBytes);
      piece.text = field.bytes;
    } else if (field.number == 2) {
      reader.require(field, kFixed32);
      piece.score = std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
    } else if (field.number == 3) {
      reader.require(field, kVarint);
      piece.type = field.value;
    }
  }
  const bool readable = !piece.text.empty() && piece.text.size() <= kMaxPieceBytes &&
                        piece.text.find('\0') == std::string_view::npos && is_utf8(piece.text);
  if (!readable) reader.fail(fmt::format("text of 1 to {} bytes", kMaxPieceBytes), "something else");
  if (!std::isfinite(piece.score)) reader.fail("a finite score", std::to_string(piece.score));
  if (piece.type < kNormal || piece.type > kByte) reader.fail("a piece type from 1 to 6", std::to_string(piece.type));
  return piece;
}

// P5 relies on T5's order of the special pieces.
void check_special(std::size_t id, const Piece& piece, const MessageReader& reader) {
  const std::uint64_t expected = id == kUnknownToken ? kUnknown : kControl;
  const bool special = id <= static_cast<std::size_t>(kUnknownToken);
  if (special ? piece.type != expected : piece.type == kUnknown) {
    reader.fail(fmt::format("piece {} of {}", id, special ? fmt::format("type {}", expected) : "a type other than 2"),
                fmt::format("type {}", piece.type));
  }
}

void check_trainer(std::string_view message, const std::string& where) {
  constexpr std::uint64_t kUnigram = 1;
  MessageReader reader(message, where);
  for (Field field; reader.next(field);) {
    if (field.number != 3) continue;
    reader.require(field, kVarint);
    if (field.value != kUnigram) reader.fail("model type 1 (unigram)", std::to_string(field.value));
  }
}

// Into `model`, unless that is null.
void read_normalizer(std::string_view message, const std::string& where, SentencePieceModel* model) {
  MessageReader reader(message, where);
  for (Field field; reader.next(field);) {
    if (field.number == 2) {
      reader.require(field, kBytes);
      if (!field.bytes.empty()) CharsmapCheck(field.bytes, reader).run();
      if (model != nullptr) model->charsmap = field.bytes;
    } else if (field.number == 3 || field.number == 4) {
      reader.require(field, kVarint);
      if (model == nullptr) continue;
      (field.number == 3 ? model->adds_dummy_prefix : model->removes_extra_blanks) = field.value != 0;
    }
  }
}

}  // namespace

SentencePieceModel read_sentencepiece_model(std::string_view bytes, const std::string& where) {
  SentencePieceModel model;
  MessageReader reader(bytes, where);
  if (bytes.size() > kMaxBytes) reader.fail(fmt::format("at most {} bytes", kMaxBytes), std::to_string(bytes.size()));
  std::unordered_set<std::string_view> seen;
  for (Field field; reader.next(field);) {
    if (field.number < 1 || field.number > 5) continue;
    reader.require(field, kBytes);
    if (field.number == 1) {
      const std::size_t id = seen.size();
      if (id == kMaxPieces) reader.fail(fmt::format("at most {} pieces", kMaxPieces), "more");
      const Piece piece = read_piece(field.bytes, fmt::format("{}: piece {}", where, id));
      check_special(id, piece, reader);
      if (!seen.insert(piece.text).second) reader.fail("distinct pieces", fmt::format("piece {} twice", id));
      model.pieces.push_back({.text = std::string(piece.text), .score = piece.score, .plain = piece.type <= kControl});
    } else if (field.number == 2) {
      check_trainer(field.bytes, where + ": trainer_spec");
    } else if (field.number != 4) {
      const bool first = field.number == 3;
      read_normalizer(field.bytes, where + (first ? ": normalizer_spec" : ": denormalizer_spec"),
                      first ? &model : nullptr);
    }
  }
  if (seen.size() <= static_cast<std::size_t>(kUnknownToken) + 1) {
    reader.fail("<pad>, </s>, <unk> and more pieces", fmt::format("{} pieces", seen.size()));
  }
  return model;
}

}  // namespace p5
