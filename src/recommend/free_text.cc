#include "recommend/free_text.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace p5 {
namespace {

bool is_name_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }

}  // namespace

const std::unordered_map<std::string, ItemId>& FreeText::items_by_name() const {
  std::call_once(listed_, [this] {
    for (ItemId item = 0; item < index_->size(); ++item) items_by_name_.emplace(index_->name(item), item);
  });
  return items_by_name_;
}

RenderedText FreeText::parse(const std::string& text) const {
  const auto& items = items_by_name();
  RenderedText mentions;
  std::string words;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && is_name_letter(text[end])) ++end;
    const auto item = items.find(text.substr(i, end - i));
    if (item != items.end()) {
      if (!words.empty()) mentions.push_back({.kind = Mention::Kind::kText, .text = std::move(words)});
      mentions.push_back({.kind = Mention::Kind::kItem, .id = item->second});
      words.clear();
    } else {
      end = std::max(end, i + 1);
      words.append(text, i, end - i);
    }
    i = end;
  }
  if (!words.empty()) mentions.push_back({.kind = Mention::Kind::kText, .text = std::move(words)});
  return mentions;
}

}  // namespace p5
