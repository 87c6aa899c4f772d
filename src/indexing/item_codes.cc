#include "indexing/item_codes.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "base/rng.h"
#include "indexing/item_numbers.h"
#include "p5/error.h"

namespace p5 {
namespace {

using Paths = std::vector<std::vector<std::uint32_t>>;

// Digits to the base that `count` different numbers need.
std::size_t digits_of(std::size_t count, std::size_t base) {
  std::size_t digits = 0;
  for (std::size_t reach = 1; reach < count; reach *= base) ++digits;
  return digits;
}

bool begins_with(const std::vector<std::uint32_t>& path, const std::vector<std::uint32_t>& head) {
  return path.size() >= head.size() && std::equal(head.begin(), head.end(), path.begin());
}

// Appends digits to paths that are equal, and to one that is another's beginning; `first_digit` is the token of digit
// 0. Returns how many digit tokens it used.
std::size_t tell_apart(Paths& paths, std::size_t base, std::uint32_t first_digit) {
  std::vector<std::uint32_t> order(paths.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return paths[a] < paths[b]; });
  std::size_t used = 0;
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && paths[order[end]] == paths[order[begin]]) ++end;
    const bool continued = end < order.size() && begins_with(paths[order[end]], paths[order[begin]]);
    const bool incomplete = continued || paths[order[begin]].empty();
    const std::size_t digits = std::max<std::size_t>(digits_of(end - begin, base), incomplete ? 1 : 0);
    for (std::size_t i = begin; i < end; ++i) {
      std::vector<std::uint32_t>& path = paths[order[i]];
      const std::size_t length = path.size();
      std::size_t number = i - begin;
      path.resize(length + digits);
      for (std::size_t digit = digits; digit-- > 0; number /= base) {
        const std::size_t value = number % base;
        path[length + digit] = first_digit + static_cast<std::uint32_t>(value);
        used = std::max(used, value + 1);
      }
    }
  }
  return used;
}

BuiltIndex build_index(std::string scheme, const SpelledCodes& spelled, const IndexInput& input) {
  const auto room = static_cast<std::size_t>(std::numeric_limits<TokenId>::max() - input.first_id_token);
  if (spelled.codes.token_names.size() > room) {
    throw usage_error("more tokens of items than token ids", {"index scheme " + scheme, std::to_string(room),
                                                              std::to_string(spelled.codes.token_names.size())});
  }
  std::vector<std::vector<TokenId>> paths(spelled.order.size());
  std::vector<std::string> names(spelled.order.size());
  for (std::size_t i = 0; i < spelled.order.size(); ++i) {
    const ItemId item = spelled.order[i];
    names[item] = item_name(spelled.first_number + static_cast<std::int64_t>(i));
    for (const std::uint32_t token : spelled.codes.of[i]) {
      paths[item].push_back(input.first_id_token + static_cast<TokenId>(token));
    }
  }
  return {ItemIndex(std::move(scheme), std::move(paths), std::move(names)), spelled.codes.token_names};
}

}  // namespace

std::vector<ItemId> drawn_order(const IndexInput& input, std::string_view scheme) {
  std::vector<ItemId> order = items_by_key(input.split.corpus());
  Rng(input.seed, fmt::format("index-{}", scheme)).shuffle(std::span(order));
  return order;
}

BuiltIndex spell_with_digits(std::string scheme, SpelledCodes spelled, std::size_t base, const IndexInput& input) {
  std::vector<std::string>& names = spelled.codes.token_names;
  const std::size_t digits = tell_apart(spelled.codes.of, base, static_cast<std::uint32_t>(names.size()));
  for (std::size_t digit = 0; digit < digits; ++digit) names.push_back(fmt::format("n_{}", digit));
  return build_index(std::move(scheme), spelled, input);
}

BuiltIndex spell_with_own_tokens(std::string scheme, SpelledCodes spelled, const IndexInput& input) {
  std::vector<std::string>& names = spelled.codes.token_names;
  for (std::size_t i = 0; i < spelled.order.size(); ++i) {
    spelled.codes.of[i].push_back(static_cast<std::uint32_t>(names.size()));
    names.push_back(item_name(spelled.first_number + static_cast<std::int64_t>(i)));
  }
  return build_index(std::move(scheme), spelled, input);
}

}  // namespace p5
