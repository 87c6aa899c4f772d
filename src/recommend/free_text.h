// Any text as mentions: names of the index ("item_42") become items, the rest stays text. The names are listed when
// first asked for. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "indexing/item_index.h"
#include "prompt/rendered_text.h"

namespace p5 {

class FreeText {
 public:
  explicit FreeText(std::shared_ptr<const ItemIndex> index) : index_(std::move(index)) {}

  RenderedText parse(const std::string& text) const;

 private:
  const std::unordered_map<std::string, ItemId>& items_by_name() const;

  std::shared_ptr<const ItemIndex> index_;
  mutable std::once_flag listed_;
  mutable std::unordered_map<std::string, ItemId> items_by_name_;
};

}  // namespace p5
