// Any text as mentions, so that people can ask in words of their own. Items are named by the run's own ids
// ("item_1014"), by keys, or by titles in quotes; users by "user_3" or by keys. Everything else stays text. The names
// are listed when first asked for. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "corpus/corpus.h"
#include "indexing/item_index.h"
#include "p5/error.h"
#include "prompt/rendered_text.h"

namespace p5 {

class FreeText {
 public:
  FreeText(std::shared_ptr<const ItemIndex> index, std::shared_ptr<const Corpus> corpus)
      : index_(std::move(index)), corpus_(std::move(corpus)) {}

  // A key is read without quotes where it has a letter and a digit, as "B0002E1G5C"; "12" and "guitar" are words of the
  // prompt unless they are in quotes. A title may lack its year ("Toy Story" for "Toy Story (1995)") and its end, where
  // one item alone begins so; capitals do not matter. Throws NotFound for ids of the form of the run's own that nobody
  // has, and for text in quotes that names no item or several.
  RenderedText parse(const std::string& text) const;

 private:
  struct Names {
    std::unordered_map<std::string, ItemId> ids;                  // "item_1014"
    std::unordered_map<std::string, std::vector<ItemId>> titles;  // in small letters, with and without the year
  };
  const Names& names() const;
  std::optional<Mention> mention_of(const std::string& word) const;
  std::optional<ItemId> item_called(const std::string& quoted) const;
  Error unknown_title(const std::string& quoted) const;
  std::vector<ItemId> beginning_with(const std::string& title) const;
  // What is in quotes at `begin`, and where it ends; none where no quotation begins there.
  struct Quotation {
    std::string text;
    std::size_t end = 0;
  };
  static std::optional<Quotation> quotation_at(const std::string& text, std::size_t begin);

  std::shared_ptr<const ItemIndex> index_;
  std::shared_ptr<const Corpus> corpus_;
  mutable std::once_flag listed_;
  mutable Names names_;
};

}  // namespace p5
