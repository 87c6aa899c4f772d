#include "prompt/prompt_library.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <sstream>

#include "base/did_you_mean.h"
#include "base/file.h"
#include "base/toml_text.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::uint64_t kFileLimit = 4 << 20;  // a prompt is a sentence: hand-written files stay far below

std::string place(const std::string& origin, const toml::node& node) {
  return fmt::format("{}:{}", origin, node.source().begin.line);
}

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return "text";
    case toml::node_type::integer:
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

Error wrong_type(std::string_view key, const toml::node& node, const std::string& origin, std::string expected) {
  return data_error(
      fmt::format("bad value of '{}'", key),
      {.where = place(origin, node), .expected = std::move(expected), .got = std::string(type_name(node))});
}

void refuse_unknown_keys(const toml::table& table, const std::vector<std::string>& known, const std::string& origin) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw data_error("unknown key '" + name + "'" + one_of(name, known),
                     {.where = fmt::format("{}:{}", origin, key.source().begin.line)});
  }
}

// Reads the fields of one [[prompt]] table.
class FieldReader {
 public:
  FieldReader(const toml::table& table, const std::string& origin) : table_(table), origin_(origin) {}

  std::string text(std::string_view key, std::string* where = nullptr) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return {};
    const auto value = node->value<std::string>();
    if (!node->is_string() || !value) throw wrong_type(key, *node, origin_, "text");
    if (where != nullptr) *where = place(origin_, *node) + ", " + std::string(key);
    return *value;
  }

  std::string required_text(std::string_view key, std::string* where = nullptr) const {
    if (table_.get(key) == nullptr) {
      throw data_error("a prompt lacks a field",
                       {.where = place(origin_, table_), .expected = "'" + std::string(key) + "'"});
    }
    return text(key, where);
  }

  bool truth(std::string_view key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return false;
    if (!node->is_boolean()) throw wrong_type(key, *node, origin_, "true or false");
    return *node->value<bool>();
  }

 private:
  const toml::table& table_;
  const std::string& origin_;
};

// The values at the top of a file, for all of its prompts.
struct FileDefaults {
  std::string family, metric;
  std::optional<SlotSet> slots;
};

std::optional<SlotSet> read_slots(const toml::table& root, const std::string& origin) {
  const toml::node* node = root.get("slots");
  if (node == nullptr) return std::nullopt;
  if (!node->is_array()) throw wrong_type("slots", *node, origin, "a list of slot names");
  SlotSet slots;
  for (const auto& element : *node->as_array()) {
    const auto name = element.value<std::string>();
    if (!element.is_string() || !name) throw wrong_type("slots", element, origin, "a list of slot names");
    const auto slot = find_slot(*name);
    if (!slot) {
      throw data_error("unknown slot '" + *name + "'" + one_of(*name, slot_names()), {.where = place(origin, element)});
    }
    slots.insert(*slot);
  }
  return slots;
}

PromptTemplate read_prompt(const toml::table& table, const FileDefaults& file, const std::string& origin) {
  refuse_unknown_keys(table, {"id", "family", "task", "source", "target", "held_out", "metric"}, origin);
  const FieldReader reader(table, origin);
  PromptFields fields;
  fields.where = place(origin, table);
  fields.id = reader.required_text("id");
  fields.family = table.get("family") == nullptr ? file.family : reader.text("family");
  if (fields.family.empty()) {
    throw data_error("a prompt lacks a field",
                     {.where = fields.where, .expected = "'family', here or at the top of the file"});
  }
  // Custom families have only one task, which need not be named.
  fields.task = is_known_family(fields.family) ? reader.required_text("task", &fields.task_where)
                                               : reader.text("task", &fields.task_where);
  fields.source = reader.required_text("source", &fields.source_where);
  fields.target = reader.required_text("target", &fields.target_where);
  fields.metric = table.get("metric") == nullptr ? file.metric : reader.text("metric");
  fields.held_out = reader.truth("held_out");
  fields.slots = file.slots;
  return make_prompt_template(fields);
}

std::vector<std::filesystem::path> toml_files(const std::filesystem::path& path) {
  std::error_code code;
  if (!std::filesystem::is_directory(path, code)) return {path};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path, code)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  if (code) throw system_error("cannot read the folder", {.where = path.string(), .got = code.message()});
  std::sort(files.begin(), files.end());
  return files;
}

// Letters and digits alone, small: ids are no words, so one that is a digit off is another prompt, not a typo.
std::string plain_id(std::string_view id) {
  std::string plain;
  for (const char c : id) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) plain += static_cast<char>(std::tolower(c));
  }
  return plain;
}

std::string toml_string(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

}  // namespace

PromptLibrary PromptLibrary::load(std::span<const std::filesystem::path> folders_or_files) {
  PromptLibrary library;
  std::string looked_in;
  for (const auto& path : folders_or_files) {
    if (!file_exists(path)) {
      throw not_found_error("no such prompt folder or file", {.where = path.string()});
    }
    for (const auto& file : toml_files(path)) library.add_text(read_file(file, kFileLimit), file.string());
    looked_in += (looked_in.empty() ? "" : ", ") + path.string();
  }
  if (library.prompts_.empty()) {
    throw data_error("no prompt found", {.where = looked_in, .expected = "TOML files with [[prompt]] tables"});
  }
  return library;
}

PromptLibrary PromptLibrary::parse(std::string_view toml, const std::string& origin) {
  PromptLibrary library;
  library.add_text(toml, origin);
  return library;
}

void PromptLibrary::add_text(std::string_view text, const std::string& origin) {
  const toml::table root = parse_toml(text, origin, ErrorSubject::kData);
  refuse_unknown_keys(root, {"family", "metric", "slots", "prompt"}, origin);
  const FieldReader reader(root, origin);
  const FileDefaults file{
      .family = reader.text("family"), .metric = reader.text("metric"), .slots = read_slots(root, origin)};
  const toml::node* list = root.get("prompt");
  if (list == nullptr) return;
  if (!list->is_array()) throw wrong_type("prompt", *list, origin, "[[prompt]] tables");
  for (const auto& element : *list->as_array()) {
    if (!element.is_table()) throw wrong_type("prompt", element, origin, "[[prompt]] tables");
    add(read_prompt(*element.as_table(), file, origin));
  }
}

void PromptLibrary::add(PromptTemplate prompt) {
  if (const PromptTemplate* other = find(prompt.id)) {
    throw data_error("prompt id '" + prompt.id + "' is used twice",
                     {.where = prompt.where, .expected = "a unique id", .got = "that of " + other->where});
  }
  prompts_.push_back(std::move(prompt));
}

const PromptTemplate* PromptLibrary::find(std::string_view id) const {
  const auto found =
      std::find_if(prompts_.begin(), prompts_.end(), [&](const auto& prompt) { return prompt.id == id; });
  return found == prompts_.end() ? nullptr : &*found;
}

const PromptTemplate& PromptLibrary::at(std::string_view id) const {
  if (const PromptTemplate* prompt = find(id)) return *prompt;
  std::vector<std::string> likely;
  for (const auto& prompt : prompts_) {
    if (plain_id(prompt.id) == plain_id(id)) likely.push_back(prompt.id);
  }
  throw not_found_error("no prompt '" + std::string(id) + "'" +
                        (likely.empty() ? "; `p5 prompts list` shows the ids" : did_you_mean(likely)));
}

std::vector<const PromptTemplate*> PromptLibrary::of_family(std::string_view family) const {
  std::vector<const PromptTemplate*> found;
  for (const auto& prompt : prompts_) {
    if (prompt.family == family) found.push_back(&prompt);
  }
  return found;
}

std::vector<std::string> PromptLibrary::custom_families() const {
  std::vector<std::string> families;
  for (const auto& prompt : prompts_) {
    const bool listed = std::find(families.begin(), families.end(), prompt.family) != families.end();
    if (!listed && !is_known_family(prompt.family)) families.push_back(prompt.family);
  }
  return families;
}

PromptLibrary PromptLibrary::with_words(const std::map<Slot, std::string>& words) const {
  PromptLibrary library = *this;
  for (PromptTemplate& prompt : library.prompts_) prompt.source = prompt.source.with_words(words);
  return library;
}

std::string PromptLibrary::to_toml() const {
  std::string text;
  for (const auto& prompt : prompts_) {
    text += fmt::format(
        "[[prompt]]\nid = {}\nfamily = {}\ntask = {}\nheld_out = {}\nmetric = {}\nsource = {}\ntarget = {}\n\n",
        toml_string(prompt.id), toml_string(prompt.family), toml_string(std::string(to_string(prompt.task))),
        prompt.held_out, toml_string(prompt.metric), toml_string(prompt.source.text()),
        toml_string(prompt.target.text()));
  }
  return text;
}

}  // namespace p5
