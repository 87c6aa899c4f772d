// A sink that keeps everything, with helpers for tests. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/file.h"
#include "records/record_sink.h"

namespace p5::test {

struct RecordingSink final : public RecordSink {
  struct Bad {
    std::string file;
    std::uint64_t line;
    std::string reason, got;
  };

  void interaction(Interaction& record) override {
    interactions.push_back(std::move(record));
    earlier_count += in_earlier ? 1 : 0;
  }
  void item(ItemRecord& record) override { items.push_back(std::move(record)); }
  void user(UserRecord& record) override { users.push_back(std::move(record)); }
  void bad_line(std::string_view file, std::uint64_t line, std::string_view reason, std::string_view got) override {
    bad.push_back({std::string(file), line, std::string(reason), std::string(got)});
  }
  void begin_file(std::string_view file) override { files.emplace_back(file); }
  void use_columns(const ColumnUse& use) override { columns = use; }
  void note(std::string text) override { notes.push_back(std::move(text)); }
  void earlier(bool on) override { in_earlier = on; }
  void progress(std::uint64_t more_bytes, std::uint64_t more_lines) override {
    bytes += more_bytes;
    lines += more_lines;
  }

  std::size_t distinct_users() const {
    std::set<std::string> keys;
    for (const auto& record : interactions) keys.insert(record.user);
    return keys.size();
  }
  std::size_t distinct_items() const {
    std::set<std::string> keys;
    for (const auto& record : interactions) keys.insert(record.item);
    return keys.size();
  }
  const ItemRecord* find_item(std::string_view key) const {
    for (const auto& record : items) {
      if (record.key == key) return &record;
    }
    return nullptr;
  }
  const UserRecord* find_user(std::string_view key) const {
    for (const auto& record : users) {
      if (record.key == key) return &record;
    }
    return nullptr;
  }

  std::vector<Interaction> interactions;
  std::vector<ItemRecord> items;
  std::vector<UserRecord> users;
  std::vector<Bad> bad;
  std::vector<std::string> files, notes;
  ColumnUse columns;              // of the last table
  std::size_t earlier_count = 0;  // interactions before the target of their row
  bool in_earlier = false;
  std::uint64_t bytes = 0, lines = 0;
};

// An attribute as text: "token", "3.5", "[a|b]", "[1|2.5]", or "absent".
inline std::string attribute_text(const std::vector<Attribute>& attributes, std::string_view name) {
  const auto number = [](double value) {
    std::string text = std::to_string(value);
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return text;
  };
  for (const auto& attribute : attributes) {
    if (attribute.name != name) continue;
    if (const auto* token = std::get_if<std::string>(&attribute.value)) return *token;
    if (const auto* value = std::get_if<double>(&attribute.value)) return number(*value);
    std::string text;
    if (const auto* tokens = std::get_if<std::vector<std::string>>(&attribute.value)) {
      for (const auto& token : *tokens) text += (text.empty() ? "" : "|") + token;
    }
    if (const auto* numbers = std::get_if<std::vector<float>>(&attribute.value)) {
      for (const float value : *numbers) text += (text.empty() ? "" : "|") + number(value);
    }
    return "[" + text + "]";
  }
  return "absent";
}

// What an Error says, or "" when nothing is thrown.
template <typename Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace p5::test
