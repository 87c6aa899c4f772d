#include "export/recbole_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <variant>

#include "base/file.h"

namespace p5 {
namespace {

// One line of cells.
class Row {
 public:
  void add(std::string_view cell) {
    if (!first_) line_.push_back('\t');
    first_ = false;
    if (cell.find_first_of("\t\n\r\"") == std::string_view::npos) {
      line_.append(cell);
      return;
    }
    line_.push_back('"');
    for (const char c : cell) {
      if (c == '"') line_.push_back('"');
      line_.push_back(c);
    }
    line_.push_back('"');
  }
  void end(AtomicFileWriter& file) {
    line_.push_back('\n');
    file.write(line_);
    line_.clear();
    first_ = true;
  }

 private:
  std::string line_;
  bool first_ = true;
};

// RecBole cuts lists at blanks.
std::string joined(std::string_view text) {
  std::string word(text);
  for (char& c : word) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') c = '_';
  }
  return word;
}

template <typename Texts>
std::string list_cell(const Texts& texts) {
  std::string cell;
  for (const auto& text : texts) cell.append(cell.empty() ? "" : " ").append(joined(text));
  return cell;
}

struct CellOf {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const std::vector<std::string>& texts) const { return list_cell(texts); }
  std::string operator()(double number) const { return fmt::format("{}", number); }
  std::string operator()(const std::vector<float>& numbers) const { return fmt::format("{}", fmt::join(numbers, " ")); }
};

constexpr const char* kTypes[] = {"token", "token_seq", "float", "float_seq"};  // in the order of AttributeValue

// The attributes of all rows as columns: those of one name whose types differ are texts.
class AttributeColumns {
 public:
  void see(const std::vector<Attribute>& attributes) {
    for (const Attribute& attribute : attributes) {
      const auto [found, fresh] = types_.emplace(attribute.name, attribute.value.index());
      if (!fresh && found->second != attribute.value.index()) found->second = 0;
    }
  }
  void forget(std::string_view name) { types_.erase(std::string(name)); }
  void add_header(Row& row) const {
    for (const auto& [name, type] : types_) row.add(fmt::format("{}:{}", plain(name), kTypes[type]));
  }
  void add(const std::vector<Attribute>& attributes, Row& row) const {
    for (const auto& [name, type] : types_) {
      const auto found = std::ranges::find(attributes, name, &Attribute::name);
      row.add(found == attributes.end() ? std::string() : std::visit(CellOf(), found->value));
    }
  }

 private:
  // A colon would end the name.
  static std::string plain(std::string name) {
    std::ranges::replace(name, ':', '_');
    return name;
  }
  std::map<std::string, std::size_t> types_;
};

// A column that is left out where no row fills it.
struct OptionalColumn {
  std::string header;
  std::function<std::string(std::size_t row)> cell;
  bool used = false;
};

// Looks at all rows, then writes those that are used.
std::uint64_t write_table(const std::filesystem::path& path, std::size_t rows, const std::vector<OptionalColumn>& keys,
                          std::vector<OptionalColumn> columns,
                          const std::function<std::vector<Attribute>(std::size_t row)>& attributes_of) {
  AttributeColumns attributes;
  for (std::size_t i = 0; i < rows; ++i) {
    for (OptionalColumn& column : columns) column.used = column.used || !column.cell(i).empty();
    attributes.see(attributes_of(i));
  }
  const auto named = [](const OptionalColumn& column) { return column.header.substr(0, column.header.find(':')); };
  for (const auto* group : {&keys, &std::as_const(columns)}) {
    for (const OptionalColumn& column : *group) attributes.forget(named(column));
  }
  AtomicFileWriter file(path);
  Row row;
  for (const OptionalColumn& key : keys) row.add(key.header);
  for (const OptionalColumn& column : columns) {
    if (column.used) row.add(column.header);
  }
  attributes.add_header(row);
  row.end(file);
  for (std::size_t i = 0; i < rows; ++i) {
    for (const OptionalColumn& key : keys) row.add(key.cell(i));
    for (const OptionalColumn& column : columns) {
      if (column.used) row.add(column.cell(i));
    }
    attributes.add(attributes_of(i), row);
    row.end(file);
  }
  file.commit();
  return rows;
}

// Seconds, with thousandths where there are some.
std::string time_cell(std::int64_t time_ms) {
  if (time_ms == kNoTime) return {};
  if (time_ms % 1000 == 0) return std::to_string(time_ms / 1000);
  return fmt::format("{:.3f}", static_cast<double>(time_ms) / 1000.0);
}

std::uint64_t write_events(const std::filesystem::path& path, const Corpus& corpus) {
  const auto text = [](std::string_view value) { return std::string(value); };
  return write_table(
      path, corpus.interaction_count(),
      {{"user_id:token", [&](std::size_t i) { return text(corpus.user_key(corpus.users()[i])); }},
       {"item_id:token", [&](std::size_t i) { return text(corpus.catalog().key(corpus.items()[i])); }}},
      {{"rating:float",
        [&](std::size_t i) {
          return std::isnan(corpus.ratings()[i]) ? std::string() : fmt::format("{}", corpus.ratings()[i]);
        }},
       {"timestamp:float", [&](std::size_t i) { return time_cell(corpus.times()[i]); }},
       {"event:token", [&](std::size_t i) { return text(corpus.event(i)); }},
       {"weight:float",
        [&](std::size_t i) { return corpus.weights().empty() ? std::string() : fmt::format("{}", corpus.weight(i)); }},
       {"headline:token_seq", [&](std::size_t i) { return text(corpus.headline(i)); }},
       {"review:token_seq", [&](std::size_t i) { return text(corpus.review(i)); }}},
      [&](std::size_t i) { return corpus.attributes(i); });
}

std::uint64_t write_items(const std::filesystem::path& path, const ItemCatalog& catalog) {
  const auto item = [](std::size_t i) { return static_cast<ItemId>(i); };
  return write_table(
      path, catalog.size(), {{"item_id:token", [&](std::size_t i) { return std::string(catalog.key(item(i))); }}},
      {{"title:token_seq", [&](std::size_t i) { return std::string(catalog.title(item(i))); }},
       {"brand:token", [&](std::size_t i) { return std::string(catalog.brand(item(i))); }},
       {"price:float",
        [&](std::size_t i) {
          const double price = catalog.price(item(i));
          return std::isnan(price) ? std::string() : fmt::format("{}", price);
        }},
       {"categories:token_seq", [&](std::size_t i) { return list_cell(catalog.categories(item(i))); }},
       {"description:token_seq", [&](std::size_t i) { return std::string(catalog.description(item(i))); }}},
      [&](std::size_t i) { return catalog.attributes(item(i)); });
}

std::uint64_t write_users(const std::filesystem::path& path, const Corpus& corpus) {
  const auto user = [](std::size_t i) { return static_cast<UserId>(i); };
  return write_table(path, corpus.user_count(),
                     {{"user_id:token", [&](std::size_t i) { return std::string(corpus.user_key(user(i))); }}},
                     {{"name:token", [&](std::size_t i) { return std::string(corpus.user_name(user(i))); }}},
                     [&](std::size_t i) { return corpus.user_attributes(user(i)); });
}

}  // namespace

RecBoleCounts write_recbole(const std::filesystem::path& folder, const std::string& name, const Corpus& corpus) {
  RecBoleCounts counts;
  counts.events = write_events(folder / (name + ".inter"), corpus);
  counts.items = write_items(folder / (name + ".item"), corpus.catalog());
  counts.users = write_users(folder / (name + ".user"), corpus);
  for (const char* ending : {".inter", ".item", ".user"}) counts.files.push_back(name + ending);
  return counts;
}

}  // namespace p5
