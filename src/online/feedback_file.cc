#include "online/feedback_file.h"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/digest.h"
#include "base/file.h"
#include "base/json_field.h"
#include "base/logger.h"
#include "online/kafka_topic.h"
#include "p5/error.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kEventsPerSync = 5000;
constexpr std::size_t kMostLineBytes = 1 << 20;

std::string text_of(const Json& line, const char* name, const std::string& where, bool needed) {
  const auto found = line.find(name);
  if (found == line.end() || found->is_null()) {
    if (needed) throw data_error("a field is missing", {.where = where, .expected = std::string("'") + name + "'"});
    return {};
  }
  if (found->is_number_integer()) return found->dump();
  if (!found->is_string())
    throw data_error("bad field", {.where = where + ": " + name, .expected = "a text", .got = brief(*found)});
  return found->get<std::string>();
}

std::string line_of(const FeedbackEvent& event) {
  nlohmann::ordered_json line{{"id", event.id}, {"user", event.user}, {"item", event.item}, {"event", event.type}};
  if (event.value) line["rating"] = *event.value;
  line["timestamp"] = event.time_ms;
  if (!event.request_id.empty()) line["request_id"] = event.request_id;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

// Attributes are columns like the others.
std::string line_of_item(const std::string& item, const Json& facts) {
  nlohmann::ordered_json line{{"item", item}};
  for (const auto& [name, value] : facts.items()) {
    if (name != "available" && name != "attributes") line[name] = value;
  }
  if (const auto attributes = facts.find("attributes"); attributes != facts.end() && attributes->is_object()) {
    for (const auto& [name, value] : attributes->items()) {
      if (!line.contains(name)) line[name] = value;
    }
  }
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

// Returns the number of lines.
std::size_t read_lines(const std::string& file, const std::function<void(FeedbackEvent)>& take) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file);
    if (!opened) throw Error(ErrorCode::kNotFound, ErrorSubject::kData, "cannot read the file", {.where = file});
  }
  std::istream& stream = file == "-" ? std::cin : opened;
  std::size_t lines = 0;
  for (std::string text; std::getline(stream, text);) {
    const std::string where = (file == "-" ? "stdin" : file) + ":" + std::to_string(++lines);
    if (text.size() > kMostLineBytes)
      throw data_error("the line is too long", {.where = where, .expected = "at most 1 MiB"});
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    take(parse_feedback_line(text, where));
  }
  return lines;
}

// All messages that a topic has. Returns the number of events.
std::size_t read_topic(const std::string& address, const std::function<void(FeedbackEvent)>& take) {
  std::size_t events = 0;
  KafkaTopic(address).read(
      {},
      [&](const FeedbackEvent& event) {
        ++events;
        take(event);
      },
      [](const std::string& why, const std::string& where, std::uint64_t count) {
        log_warning(fmt::format("{}: {} ({})", where, why, count));
      });
  return events;
}

// To a file, whole or not at all; to stdout where none is named.
class LineWriter {
 public:
  explicit LineWriter(const std::string& file) {
    if (!file.empty()) out_ = std::make_unique<AtomicFileWriter>(file);
  }
  void write(const std::string& line) {
    if (out_ != nullptr) {
      out_->write(std::string_view(line));
    } else {
      std::fwrite(line.data(), 1, line.size(), stdout);
    }
    ++lines_;
  }
  // Returns the number of lines.
  std::size_t commit() {
    if (out_ != nullptr) out_->commit();
    return lines_;
  }

 private:
  std::unique_ptr<AtomicFileWriter> out_;
  std::size_t lines_ = 0;
};

}  // namespace

FeedbackEvent parse_feedback_line(const std::string& text, const std::string& where) {
  std::string why;
  const Json line = parse_json(text, kJsonDepth, &why);
  if (!line.is_object())
    throw data_error("bad line",
                     {.where = where, .expected = "a JSON object", .got = line.is_discarded() ? why : brief(line)});
  FeedbackEvent event{.id = text_of(line, "id", where, false),
                      .user = text_of(line, "user", where, true),
                      .item = text_of(line, "item", where, true)};
  if (std::string type = text_of(line, "event", where, false); !type.empty()) event.type = std::move(type);
  if (const auto rating = line.find("rating"); rating != line.end() && !rating->is_null()) {
    if (!rating->is_number())
      throw data_error("bad field", {.where = where + ": rating", .expected = "a number", .got = brief(*rating)});
    event.value = rating->get<double>();
  }
  const auto time = line.find("timestamp");
  if (time == line.end() || !time->is_number_integer()) {
    throw data_error("bad field", {.where = where + ": timestamp",
                                   .expected = "milliseconds since 1970",
                                   .got = time == line.end() ? "none" : brief(*time)});
  }
  event.time_ms = time->get<std::int64_t>();
  event.request_id = text_of(line, "request_id", where, false);
  if (event.id.empty()) event.id = sha256_hex(text).substr(0, 32);
  return event;
}

FeedbackImported import_feedback(FeedbackStore& store, const std::string& file) {
  FeedbackImported imported;
  std::vector<FeedbackEvent> events;
  const auto flush = [&] {
    const FeedbackAppended added = store.append(events);
    imported.appended.accepted += added.accepted;
    imported.appended.duplicates += added.duplicates;
    events.clear();
  };
  const auto add = [&](FeedbackEvent event) {
    events.push_back(std::move(event));
    if (events.size() == kEventsPerSync) flush();
  };
  if (KafkaTopic::is_address(file)) {
    imported.lines = read_topic(file, add);
  } else {
    imported.lines = read_lines(file, add);
  }
  if (!events.empty()) flush();
  return imported;
}

// An SQLite file by its first bytes, since opening a store would make one that is missing.
bool is_feedback_store(const std::string& place) {
  constexpr std::string_view kSqlite = "sqlite:", kMagic = "SQLite format 3";
  if (place.starts_with("postgresql:")) return true;
  const std::string file = place.starts_with(kSqlite) ? place.substr(kSqlite.size()) : place;
  std::ifstream stream(file, std::ios::binary);
  if (place.starts_with(kSqlite) && !stream) {
    throw Error(ErrorCode::kNotFound, ErrorSubject::kData, "no such store", {.where = file});
  }
  std::string head(kMagic.size(), '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  return place.starts_with(kSqlite) || head == kMagic;
}

std::uint64_t read_feedback(const std::string& place, std::uint64_t after,
                            const std::function<void(const FeedbackEvent&)>& take) {
  if (is_feedback_store(place)) return open_feedback_store(place)->read(after, take);
  std::uint64_t number = 0;
  read_lines(place, [&](const FeedbackEvent& event) {
    if (++number > after) take(event);
  });
  if (number >= after) return number;
  throw data_error("the file has fewer events than were read of it before",
                   {.where = place, .expected = fmt::format("{} or more", after), .got = std::to_string(number)});
}

void read_feedback(const std::string& place, const std::function<void(const FeedbackEvent&)>& take) {
  if (KafkaTopic::is_address(place)) {
    read_topic(place, take);
  } else {
    read_feedback(place, 0, take);
  }
}

std::size_t export_feedback(const FeedbackStore& store, const std::string& file) {
  LineWriter out(file);
  store.read(0, [&](const FeedbackEvent& event) { out.write(line_of(event)); });
  return out.commit();
}

std::size_t export_items(const FeedbackStore& store, const std::string& file) {
  LineWriter out(file);
  store.read_changes(0, [&](const TableChange& change) {
    const Json facts = parse_json(change.facts);
    if (change.table != TableChange::Table::kItems || !facts.is_object() || facts.contains("removed")) return;
    out.write(line_of_item(change.key, facts));
  });
  return out.commit();
}

}  // namespace p5
