#include "task/token_text.h"

#include <algorithm>
#include <utility>

namespace p5 {
namespace {

template <typename T>
void keep(const std::vector<std::uint8_t>& kept, std::vector<T>& values) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (kept[i] != 0) values[size++] = values[i];
  }
  values.resize(size);
}

}  // namespace

void TokenText::append_token(TokenId token, bool begins_word) {
  ids.push_back(token);
  starts_word.push_back(begins_word ? 1 : 0);
  depth.push_back(0);
}

void TokenText::append_item(std::span<const TokenId> path) {
  ids.insert(ids.end(), path.begin(), path.end());
  starts_word.resize(ids.size(), 0);
  starts_word[ids.size() - path.size()] = 1;
  for (std::size_t place = 1; place <= path.size(); ++place) depth.push_back(static_cast<std::uint16_t>(place));
}

TokenText::Shortening TokenText::shorten(std::size_t limit, Order order) {
  Shortening done{.dropped = 0, .excess = ids.size() - std::min(ids.size(), limit)};
  const bool newest_first = order == Order::kNewestFirst;
  const auto droppable = [&](std::size_t index) -> std::pair<std::size_t, std::size_t> {
    const HistoryItem& item = history[index];
    if (!newest_first) return {item.begin, item.end};
    const bool follows = index > 0 && history[index - 1].end == item.begin;
    return {follows ? history[index - 1].item_end : item.begin, item.item_end};
  };
  std::vector<std::uint8_t> kept(ids.size(), 1);
  for (; done.dropped + 1 < history.size() && done.excess > 0; ++done.dropped) {
    const auto [begin, end] = droppable(newest_first ? history.size() - 1 - done.dropped : done.dropped);
    for (std::size_t i = begin; i < end; ++i) kept[i] = 0;
    done.excess -= std::min(done.excess, end - begin);
  }
  if (done.dropped == 0) return done;
  keep(kept, ids);
  keep(kept, starts_word);
  keep(kept, depth);
  history.clear();
  return done;
}

}  // namespace p5
