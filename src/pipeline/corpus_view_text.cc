// How a CorpusView is printed.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <variant>

#include "base/terminal_text.h"
#include "corpus/time_text.h"
#include "pipeline/corpus_view.h"

namespace p5 {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kTitleLetters = 60, kTextLetters = 300;

// At most `letters` letters, safe on a terminal.
std::string shown(std::string_view text, std::size_t letters) {
  std::string safe = terminal_text(text);
  std::size_t seen = 0;
  for (std::size_t i = 0; i < safe.size(); ++i) {
    if ((static_cast<unsigned char>(safe[i]) & 0xC0) == 0x80 || seen++ < letters) continue;
    return safe.substr(0, i) + "...";
  }
  return safe;
}

// The parts in columns, each as wide as its widest cell. Columns with nothing below their heading are left out.
class Columns {
 public:
  explicit Columns(std::vector<std::string> headings = {}) : headings_(std::move(headings)) {}
  void add(std::vector<std::string> cells) {
    widths_.resize(std::max(widths_.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], letters(cells[i]));
    rows_.push_back(std::move(cells));
  }
  std::string to_text() const {
    std::string text = headings_.empty() ? std::string() : line_of(headings_);
    for (const auto& row : rows_) text += line_of(row);
    return text;
  }

 private:
  std::string line_of(const std::vector<std::string>& row) const {
    std::string line;
    for (std::size_t i = 0; i < std::min(row.size(), widths_.size()); ++i) {
      if (widths_[i] == 0) continue;
      const std::size_t width = std::max(widths_[i], i < headings_.size() ? letters(headings_[i]) : 0);
      line += "  " + row[i] + std::string(width - letters(row[i]), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  }
  static std::size_t letters(const std::string& text) {
    std::size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    return count;
  }
  std::vector<std::string> headings_;
  std::vector<std::size_t> widths_;  // of the cells
  std::vector<std::vector<std::string>> rows_;
};

std::string rating_text(float rating) { return std::isfinite(rating) ? fmt::format("{:.7g}", rating) : std::string(); }

std::string value_text(const AttributeValue& value) {
  struct Printer {
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const std::vector<std::string>& texts) const {
      return fmt::format("{}", fmt::join(texts, ", "));
    }
    std::string operator()(double number) const { return fmt::format("{:.10g}", number); }
    std::string operator()(const std::vector<float>& numbers) const {
      return fmt::format("{:.6g}", fmt::join(numbers, ", "));
    }
  };
  return std::visit(Printer{}, value);
}

void add_attributes(const std::vector<Attribute>& attributes, Columns& rows) {
  for (const auto& [name, value] : attributes) {
    rows.add({terminal_text(name), shown(value_text(value), kTextLetters)});
  }
}

std::string count_of(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

Json json_of(const std::vector<Attribute>& attributes) {
  Json object = Json::object();
  for (const auto& [name, value] : attributes) std::visit([&](const auto& each) { object[name] = each; }, value);
  return object;
}

Json json_of(const ViewedEvent& event) {
  Json object{{"user", event.user}, {"item", event.item}};
  object["title"] = event.title.empty() ? Json(nullptr) : Json(event.title);
  object["time_ms"] = event.time_ms == kNoTime ? Json(nullptr) : Json(event.time_ms);
  object["rating"] = std::isfinite(event.rating) ? Json(event.rating) : Json(nullptr);
  if (!event.event.empty()) object["event"] = event.event;
  object["part"] = event.ranking;
  object["review_part"] = event.reviews;
  return object;
}

template <typename List>
Json json_of_all(const List& list) {
  Json array = Json::array();
  for (const auto& each : list) array.push_back(to_json(each));
  return array;
}

Json events_json(const std::vector<ViewedEvent>& events) {
  Json array = Json::array();
  for (const ViewedEvent& event : events) array.push_back(json_of(event));
  return array;
}

std::string item_line(const ViewedItem& item) {
  return item.title.empty() ? std::string() : shown(item.title, kTitleLetters);
}

std::string ratings_of(const ViewedItem& item) {
  return item.rated == 0 ? std::string() : fmt::format("rated {:.2f}", item.mean_rating);
}

std::string users_text(const CorpusSample& sample) {
  std::string text;
  for (const ViewedUser& user : sample.users) {
    text += fmt::format("  {}{}, {}\n", terminal_text(user.key),
                        user.name.empty() ? "" : " (" + shown(user.name, kTitleLetters) + ")",
                        count_of(user.event_count, "event"));
    Columns rows;
    for (const ViewedEvent& event : user.events) {
      rows.add({"", date_text(event.time_ms) == "unknown" ? "" : date_text(event.time_ms), rating_text(event.rating),
                terminal_text(event.item), shown(event.title, kTitleLetters)});
    }
    std::string list = rows.to_text();
    for (std::size_t at = 0; at < list.size(); at = list.find('\n', at) + 1) list.insert(at, "  ");
    text += list;
  }
  return text;
}

std::string items_text(const CorpusSample& sample) {
  Columns rows;
  for (const ViewedItem& item : sample.items) {
    rows.add({terminal_text(item.key), count_of(item.event_count, "event"), ratings_of(item), item_line(item)});
  }
  return rows.to_text();
}

}  // namespace

std::string to_text(const ViewedUser& user) {
  Columns facts;
  facts.add({"user", terminal_text(user.key)});
  if (!user.name.empty()) facts.add({"name", shown(user.name, kTextLetters)});
  add_attributes(user.attributes, facts);
  facts.add({"events", user.events.size() < user.event_count
                           ? fmt::format("{}, the latest {} below (--limit)", user.event_count, user.events.size())
                           : std::to_string(user.event_count)});
  Columns rows({"time (UTC)", "event", "rating", "part", "item", "title"});
  for (const ViewedEvent& event : user.events) {
    rows.add({minute_text(event.time_ms), terminal_text(event.event), rating_text(event.rating), event.ranking,
              terminal_text(event.item), shown(event.title, kTitleLetters)});
  }
  return facts.to_text() + "\n" + rows.to_text() + "\npart: of the split for rankings\n";
}

std::string to_text(const ViewedItem& item) {
  Columns facts;
  facts.add({"item", terminal_text(item.key)});
  if (!item.title.empty()) facts.add({"title", shown(item.title, kTextLetters)});
  if (!item.brand.empty()) facts.add({"brand", shown(item.brand, kTextLetters)});
  if (item.price) facts.add({"price", fmt::format("{:.2f}", *item.price)});
  if (!item.categories.empty()) {
    facts.add({"categories", shown(fmt::format("{}", fmt::join(item.categories, ", ")), kTextLetters)});
  }
  if (!item.description.empty()) facts.add({"description", shown(item.description, kTextLetters)});
  add_attributes(item.attributes, facts);
  facts.add({"events", fmt::format("{} by {}", item.event_count, count_of(item.user_count, "user"))});
  if (item.rated > 0) facts.add({"mean rating", fmt::format("{:.2f} of {}", item.mean_rating, item.rated)});
  if (item.events.empty()) return facts.to_text();
  Columns rows({"time (UTC)", "event", "rating", "part", "user"});
  for (const ViewedEvent& event : item.events) {
    rows.add({minute_text(event.time_ms), terminal_text(event.event), rating_text(event.rating), event.ranking,
              terminal_text(event.user)});
  }
  return facts.to_text() + fmt::format("\nlatest {}:\n", count_of(item.events.size(), "event")) + rows.to_text();
}

std::string to_text(const CorpusSample& sample) {
  if (sample.words.empty()) {
    return fmt::format(
        "{}: {}, {}, {}\n\nsome users, each with the latest items\n{}\nitems with the most events\n{}\n"
        "more: --user KEY, --item KEY, --find \"words\"; p5 stats for figures\n",
        terminal_text(sample.corpus), count_of(sample.user_count, "user"), count_of(sample.item_count, "item"),
        count_of(sample.event_count, "event"), users_text(sample), items_text(sample));
  }
  if (sample.items.empty() && sample.users.empty()) {
    return fmt::format("no item has all of these words, and no user's key begins with them: {}\n",
                       terminal_text(sample.words));
  }
  const auto head = [](std::size_t found, std::size_t listed, std::string_view noun) {
    return count_of(found, noun) + (listed < found ? fmt::format(", the first {} (--limit)", listed) : std::string());
  };
  std::string text = head(sample.item_count, sample.items.size(), "item") + "\n" + items_text(sample);
  if (!sample.users.empty()) {
    text += "\n" + head(sample.user_count, sample.users.size(), "user") + "\n" + users_text(sample);
  }
  return text;
}

Json to_json(const ViewedUser& user) {
  Json object{{"user", user.key}};
  object["name"] = user.name.empty() ? Json(nullptr) : Json(user.name);
  object["attributes"] = json_of(user.attributes);
  object["event_count"] = user.event_count;
  object["events"] = events_json(user.events);
  return object;
}

Json to_json(const ViewedItem& item) {
  Json object{{"item", item.key}};
  object["title"] = item.title.empty() ? Json(nullptr) : Json(item.title);
  object["brand"] = item.brand.empty() ? Json(nullptr) : Json(item.brand);
  object["price"] = item.price ? Json(*item.price) : Json(nullptr);
  object["categories"] = item.categories;
  if (!item.description.empty()) object["description"] = item.description;
  object["attributes"] = json_of(item.attributes);
  object["event_count"] = item.event_count;
  object["user_count"] = item.user_count;
  object["rated"] = item.rated;
  object["mean_rating"] = item.rated == 0 ? Json(nullptr) : Json(item.mean_rating);
  if (!item.events.empty()) object["events"] = events_json(item.events);
  return object;
}

Json to_json(const CorpusSample& sample) {
  Json object{{"corpus", sample.corpus}};
  if (!sample.words.empty()) object["find"] = sample.words;
  object["user_count"] = sample.user_count;
  object["item_count"] = sample.item_count;
  if (sample.words.empty()) object["event_count"] = sample.event_count;
  object["users"] = json_of_all(sample.users);
  object["items"] = json_of_all(sample.items);
  return object;
}

}  // namespace p5
