#include "retrieval/item_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include "base/did_you_mean.h"
#include "p5/error.h"

namespace p5 {
namespace {

enum class Operator { kEqual, kUnequal, kLess, kAtMost, kMore, kAtLeast, kContains, kLacks };
enum class Field { kItem, kTitle, kBrand, kDescription, kCategory, kPrice, kAttribute };

// Longer spellings first, so that "<=" is not read as "<".
constexpr std::array<std::pair<std::string_view, Operator>, 8> kOperators{{{"!=", Operator::kUnequal},
                                                                           {"!~", Operator::kLacks},
                                                                           {"<=", Operator::kAtMost},
                                                                           {">=", Operator::kAtLeast},
                                                                           {"=", Operator::kEqual},
                                                                           {"<", Operator::kLess},
                                                                           {">", Operator::kMore},
                                                                           {"~", Operator::kContains}}};
constexpr std::array<std::pair<std::string_view, Field>, 6> kFields{{{"item", Field::kItem},
                                                                     {"title", Field::kTitle},
                                                                     {"brand", Field::kBrand},
                                                                     {"description", Field::kDescription},
                                                                     {"category", Field::kCategory},
                                                                     {"price", Field::kPrice}}};

bool compares_numbers(Operator op) {
  return op == Operator::kLess || op == Operator::kAtMost || op == Operator::kMore || op == Operator::kAtLeast;
}
bool is_part_search(Operator op) { return op == Operator::kContains || op == Operator::kLacks; }

std::string lower(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return small;
}

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

Error filter_error(std::string_view what, std::size_t at, std::string expected, std::string got) {
  return usage_error(what, {.where = fmt::format("request.where, column {}", at + 1),
                            .expected = std::move(expected),
                            .got = std::move(got)});
}

}  // namespace

// A comparison, or a list of conditions that are joined.
struct ItemFilter::Node {
  enum class Kind { kComparison, kAll, kAny, kNot };
  Kind kind = Kind::kComparison;
  std::vector<Node> parts = {};

  Field field = Field::kItem;
  std::string name = {};  // of an attribute, as it was written
  std::size_t at = 0;     // where the field was written
  Operator op = Operator::kEqual;
  std::string text = {};  // the value, in lower case
  std::optional<double> number = {};
};

namespace {

using Node = ItemFilter::Node;

class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : text_(text) {}

  Node parse() {
    Node node = any(0);
    if (!at_end()) throw filter_error("cannot read the filter", at_, "'and', 'or' or the end", rest());
    return node;
  }

 private:
  static constexpr int kDeepest = 64;

  Node any(int depth) {
    Node first = all(depth);
    if (!takes_keyword("or")) return first;
    Node node{.kind = Node::Kind::kAny, .parts = {std::move(first)}};
    do node.parts.push_back(all(depth));
    while (takes_keyword("or"));
    return node;
  }

  Node all(int depth) {
    Node node{.kind = Node::Kind::kAll, .parts = {one(depth)}};
    while (true) {
      const bool joined = takes(',') || takes_keyword("and");
      if (!joined && (at_end() || peek() == ')' || is_keyword("or"))) break;
      node.parts.push_back(one(depth));
    }
    return node.parts.size() == 1 ? Node(node.parts.front()) : node;
  }

  Node one(int depth) {
    if (depth >= kDeepest) throw filter_error("the filter is nested too deeply", at_, "at most 64 levels", rest());
    if (takes_keyword("not")) return {.kind = Node::Kind::kNot, .parts = {one(depth + 1)}};
    if (!takes('(')) return comparison();
    const std::size_t opened = at_ - 1;
    Node node = any(depth + 1);
    if (!takes(')')) {
      throw filter_error("a parenthesis is not closed", at_, "')'",
                         fmt::format("{}, opened in column {}", rest(), opened + 1));
    }
    return node;
  }

  Node comparison() {
    skip_blanks();
    Node node{.at = at_};
    const std::string field = word("a field, such as price", [](char c) { return is_operator(c) || c == '!'; });
    std::tie(node.field, node.name) = field_named(field);
    const std::size_t op_at = (skip_blanks(), at_);
    node.op = take_operator();
    const std::size_t value_at = (skip_blanks(), at_);
    const std::string value = word("a value", [](char) { return false; });
    node.text = lower(value);
    node.number = number_in(value);
    check(node, field, op_at, value_at, value);
    return node;
  }

  static std::pair<Field, std::string> field_named(const std::string& name) {
    const auto found =
        std::find_if(kFields.begin(), kFields.end(), [&](const auto& row) { return row.first == lower(name); });
    if (found == kFields.end()) return {Field::kAttribute, name};
    return {found->second, {}};
  }

  static void check(const Node& node, const std::string& field, std::size_t op_at, std::size_t value_at,
                    const std::string& value) {
    const bool numeric = node.field == Field::kPrice;
    if (numeric && is_part_search(node.op)) {
      throw filter_error("a number has no parts", op_at, "one of =, !=, <, <=, >, >= after " + field, "~");
    }
    if (compares_numbers(node.op) && !numeric && node.field != Field::kAttribute) {
      throw filter_error("a text has no order", op_at, "one of =, !=, ~, !~ after " + field, "an order of numbers");
    }
    if ((numeric || compares_numbers(node.op)) && !node.number) {
      throw filter_error("not a number", value_at, "a number to compare " + field + " with",
                         fmt::format("'{}'", value));
    }
  }

  Operator take_operator() {
    for (const auto& [spelling, op] : kOperators) {
      if (!text_.substr(at_).starts_with(spelling)) continue;
      at_ += spelling.size();
      return op;
    }
    throw filter_error("cannot read the filter", at_, "one of =, !=, <, <=, >, >=, ~, !~", rest());
  }

  // A word in quotes, or up to a blank, a comma, a parenthesis or where `ends` says so.
  template <typename Ends>
  std::string word(const char* expected, const Ends& ends) {
    skip_blanks();
    if (at_end()) throw filter_error("the filter ends too early", at_, expected, "the end");
    const char quote = text_[at_];
    if (quote == '"' || quote == '\'') {
      const std::size_t close = text_.find(quote, at_ + 1);
      if (close == std::string_view::npos) {
        throw filter_error("a quotation is not closed", at_, std::string(1, quote), "the end");
      }
      std::string quoted(text_.substr(at_ + 1, close - at_ - 1));
      at_ = close + 1;
      return quoted;
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]) && !is_mark(text_[at_]) && !ends(text_[at_])) ++at_;
    if (at_ == begin) throw filter_error("cannot read the filter", at_, expected, rest());
    return std::string(text_.substr(begin, at_ - begin));
  }

  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  static bool is_mark(char c) { return c == ',' || c == '(' || c == ')'; }
  static bool is_operator(char c) { return c == '=' || c == '<' || c == '>' || c == '~'; }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool at_end() {
    skip_blanks();
    return at_ == text_.size();
  }
  char peek() const { return text_[at_]; }
  bool takes(char mark) {
    if (at_end() || peek() != mark) return false;
    ++at_;
    return true;
  }
  // A keyword is a word of its own that no operator follows: "or=3" asks for the attribute "or".
  bool is_keyword(std::string_view keyword) {
    skip_blanks();
    if (lower(text_.substr(at_, keyword.size())) != keyword) return false;
    std::size_t next = at_ + keyword.size();
    if (next < text_.size() && !is_blank(text_[next]) && !is_mark(text_[next])) return false;
    while (next < text_.size() && is_blank(text_[next])) ++next;
    return next == text_.size() || !(is_operator(text_[next]) || text_[next] == '!');
  }
  bool takes_keyword(std::string_view keyword) {
    if (!is_keyword(keyword)) return false;
    at_ += keyword.size();
    return true;
  }
  std::string rest() { return at_end() ? "the end" : fmt::format("'{}'", text_.substr(at_, 20)); }

  std::string_view text_;
  std::size_t at_ = 0;
};

// Asks one item after another, and notes which attributes were found on any.
class FilterMatcher {
 public:
  explicit FilterMatcher(const ItemCatalog& catalog) : catalog_(catalog) {}

  bool fits(const Node& node, ItemId item) {
    switch (node.kind) {
      case Node::Kind::kAll: {
        bool all = true;  // every part is asked, so that every attribute is looked for
        for (const Node& part : node.parts) all = fits(part, item) && all;
        return all;
      }
      case Node::Kind::kAny: {
        bool any = false;
        for (const Node& part : node.parts) any = fits(part, item) || any;
        return any;
      }
      case Node::Kind::kNot:
        return !fits(node.parts.front(), item);
      case Node::Kind::kComparison:
        break;
    }
    return compares(node, item);
  }

  // Throws for an attribute of the tree that no item had.
  void require_known(const Node& node) const {
    for (const Node& part : node.parts) require_known(part);
    if (node.kind != Node::Kind::kComparison || node.field != Field::kAttribute || found_.contains(lower(node.name)))
      return;
    std::vector<std::string> known(found_.begin(), found_.end());
    for (const auto& [name, field] : kFields) known.emplace_back(name);
    throw filter_error("no item has this field", node.at, fmt::format("one of {}", fmt::join(known, ", ")),
                       fmt::format("'{}'{}", node.name, did_you_mean(node.name, known)));
  }

 private:
  bool compares(const Node& node, ItemId item) {
    const bool opposite = node.op == Operator::kUnequal || node.op == Operator::kLacks;
    return any_value(node, item) != opposite;
  }

  bool any_value(const Node& node, ItemId item) {
    switch (node.field) {
      case Field::kItem:
        return fits_text(node, catalog_.key(item));
      case Field::kTitle:
        return fits_text(node, catalog_.title(item));
      case Field::kBrand:
        return fits_text(node, catalog_.brand(item));
      case Field::kDescription:
        return fits_text(node, catalog_.description(item));
      case Field::kPrice:
        return fits_number(node, catalog_.price(item));
      case Field::kCategory: {
        const auto categories = catalog_.categories(item);
        return std::any_of(categories.begin(), categories.end(), [&](auto text) { return fits_text(node, text); });
      }
      case Field::kAttribute:
        break;
    }
    return any_attribute(node, item);
  }

  bool any_attribute(const Node& node, ItemId item) {
    if (item != item_) {
      attributes_ = catalog_.attributes(item);
      item_ = item;
      for (const Attribute& attribute : attributes_) found_.insert(lower(attribute.name));
    }
    const std::string name = lower(node.name);
    return std::any_of(attributes_.begin(), attributes_.end(), [&](const Attribute& attribute) {
      return lower(attribute.name) == name &&
             std::visit([&](const auto& value) { return fits_value(node, value); }, attribute.value);
    });
  }

  static bool fits_value(const Node& node, double number) { return fits_number(node, number); }
  static bool fits_value(const Node& node, const std::string& text) { return fits_text(node, text); }
  template <typename Value>
  static bool fits_value(const Node& node, const std::vector<Value>& values) {
    return std::any_of(values.begin(), values.end(), [&](const auto& value) { return fits_value(node, value); });
  }

  static bool fits_text(const Node& node, std::string_view text) {
    if (text.empty()) return false;
    if (compares_numbers(node.op)) {
      const auto number = number_in(text);
      return number && fits_number(node, *number);
    }
    const std::string small = lower(text);
    return is_part_search(node.op) ? small.find(node.text) != std::string::npos : small == node.text;
  }

  // NaN, an unknown number, fits nothing.
  static bool fits_number(const Node& node, double value) {
    if (!node.number) return false;
    switch (node.op) {
      case Operator::kLess:
        return value < *node.number;
      case Operator::kAtMost:
        return value <= *node.number;
      case Operator::kMore:
        return value > *node.number;
      case Operator::kAtLeast:
        return value >= *node.number;
      case Operator::kEqual:
      case Operator::kUnequal:
        return value == *node.number;
      case Operator::kContains:
      case Operator::kLacks:
        break;
    }
    return false;
  }

  const ItemCatalog& catalog_;
  std::optional<ItemId> item_;  // whose attributes these are
  std::vector<Attribute> attributes_;
  std::set<std::string> found_;
};

}  // namespace

ItemFilter ItemFilter::parse(std::string_view text) {
  return ItemFilter(std::make_shared<const Node>(FilterParser(text).parse()));
}

std::vector<ItemId> ItemFilter::select(const ItemCatalog& catalog) const {
  FilterMatcher matcher(catalog);
  std::vector<ItemId> items;
  for (ItemId item = 0; item < catalog.size(); ++item) {
    if (matcher.fits(*root_, item)) items.push_back(item);
  }
  matcher.require_known(*root_);
  return items;
}

}  // namespace p5
