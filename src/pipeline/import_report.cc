#include "pipeline/import_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "base/progress.h"
#include "base/text_layout.h"
#include "evaluate/text_table.h"

namespace p5 {
namespace {

constexpr std::size_t kShownFiles = 12, kShownBadLines = 5, kShownColumns = 12;

std::string share_of(std::uint64_t part, std::uint64_t whole) {
  return fmt::format("{:.1f}%", whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

// The lines of a report: a word, then what it says, later lines below the first.
class Lines {
 public:
  void add(std::string_view word, std::string_view text) {
    text_ += fmt::format("{:<{}}{}\n", word == last_ ? "" : word, kReportIndent, text);
    last_ = word;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_, last_;
};

std::string holds(const InputReport& file) {
  std::string text;
  const auto say = [&text](std::uint64_t count, const char* one, const char* many) {
    if (count > 0) text += (text.empty() ? "" : ", ") + counted(count, one, many);
  };
  say(file.interactions, "event", "events");
  say(file.items, "item", "items");
  say(file.users, "user", "users");
  say(file.bad_lines, "bad line", "bad lines");
  return text.empty() ? "nothing" : text;
}

std::string first_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShownColumns); ++i) text += (i > 0 ? ", " : "") + names[i];
  return names.size() > kShownColumns ? text + fmt::format(" and {} more", names.size() - kShownColumns) : text;
}

std::string columns_of(const ColumnUse& use) {
  std::string text;
  for (const auto& [role, column] : use.roles) {
    text += (text.empty() ? "" : ", ") + role + (role == column ? "" : " " + column);
  }
  if (!use.attributes.empty()) text += "; kept as attributes: " + first_of(use.attributes);
  if (!use.ignored.empty()) text += "; ignored: " + first_of(use.ignored);
  return text;
}

// Its name, with its folder where another file has the same.
std::string name_of(const InputReport& file, const IngestReport& report) {
  const std::filesystem::path path(file.file);
  const auto same = std::count_if(report.files.begin(), report.files.end(), [&](const InputReport& each) {
    return std::filesystem::path(each.file).filename() == path.filename();
  });
  return same > 1 ? (path.parent_path().filename() / path.filename()).string() : path.filename().string();
}

void add_files(const IngestReport& report, Lines& lines) {
  std::size_t widest = 0;
  for (const InputReport& file : report.files) widest = std::max(widest, name_of(file, report).size());
  widest = std::min<std::size_t>(widest, 40);
  for (std::size_t i = 0; i < report.files.size(); ++i) {
    if (i == kShownFiles) {
      lines.add("read", fmt::format("and {} more files", report.files.size() - i));
      break;
    }
    const InputReport& file = report.files[i];
    lines.add("read", fmt::format("{:<{}}  {}", name_of(file, report), widest, holds(file)));
  }
  if (!report.format.empty()) lines.add("format", report.format);
  std::string last;
  for (const InputReport& file : report.files) {
    const std::string columns = columns_of(file.columns);
    if (!columns.empty() && columns != last) lines.add("columns", columns);
    last = columns;
  }
  for (std::size_t i = 0; i < report.passed_over.size(); ++i) {
    if (i == kShownFiles) {
      lines.add("not read", fmt::format("and {} more files of the folder", report.passed_over.size() - i));
      break;
    }
    lines.add("not read", report.passed_over[i]);
  }
}

void add_bad_lines(const IngestReport& report, Lines& lines) {
  if (report.bad_lines == 0) return;
  lines.add("bad", fmt::format("{} of {} (--strict stops at the first)", counted(report.bad_lines, "line", "lines"),
                               with_commas(report.lines)));
  for (const auto& [reason, count] : report.bad_reasons) {
    lines.add("bad", fmt::format("{} x {}", with_commas(count), reason));
  }
  for (std::size_t i = 0; i < std::min(kShownBadLines, report.examples.size()); ++i) {
    const BadLine& bad = report.examples[i];
    lines.add("bad", fmt::format("such as {}:{}: {}", bad.file, bad.line, bad.reason));
  }
}

void add_dropped(const IngestReport& report, Lines& lines) {
  std::vector<std::string> parts;
  const auto say = [&parts](std::uint64_t count, const std::string& what) {
    if (count > 0) parts.push_back(with_commas(count) + " " + what);
  };
  say(report.duplicates, report.duplicates == 1 ? "duplicate" : "duplicates");
  say(report.below_rating, "events below the minimum rating");
  for (const auto& [type, count] : report.other_events) say(count, fmt::format("events of type '{}'", type));
  say(report.below_core, "events of users and items below the k-core");
  const std::uint64_t without_event = report.items_without_events - report.kept_without_events;
  say(without_event, fmt::format("{} without an event (--items-without-events keep keeps {})",
                                 without_event == 1 ? "item" : "items", without_event == 1 ? "it" : "them"));
  const std::uint64_t removed = report.unused_items - without_event;
  say(removed, "rows of items whose events were dropped");
  say(report.unused_users, "rows of users without an event");
  for (const std::string& part : parts) lines.add("dropped", part);
}

void add_events(const IngestReport& report, Lines& lines) {
  for (const auto& [type, count] : report.events) {
    const auto weight = report.weights.find(type);
    lines.add("types",
              fmt::format("{} {}{}", with_commas(count), type,
                          report.weights.empty() ? ""
                                                 : fmt::format(", each counts {:g}",
                                                               weight == report.weights.end() ? 1.0 : weight->second)));
  }
}

void add_rating_scale(const IngestReport& report, Lines& lines) {
  if (!report.rating_scale) return;
  std::string text = report.rating_scale->in_words();
  if (report.off_scale > 0) {
    text += fmt::format("; {} not on it and taken as the nearest (--rating-scale names another)",
                        counted(report.off_scale, "rating is", "ratings are"));
  }
  lines.add("ratings", text);
}

void add_split(const IngestReport& report, Lines& lines) {
  if (!report.given_split) return;
  const auto& parts = report.part_events;
  lines.add("split", fmt::format("as given: {} train, {} validation, {} test events; training and evaluation use it "
                                 "(split.kind = \"given\"; --set split.kind=leave-one-out for the usual one)",
                                 with_commas(parts[0]), with_commas(parts[1]), with_commas(parts[2])));
  if (parts[2] == 0) {
    lines.add("split",
              "no test part: the validation part is used to test, the last train event of each user to validate");
  } else if (parts[1] == 0) {
    lines.add("split", "no validation part: the last train event of each user is used to validate");
  }
}

// A sentence about several files is said once.
std::vector<std::string> notes_of(const IngestReport& report) {
  std::vector<std::pair<std::string, std::size_t>> notes;  // the first, and how many end like it
  const auto sentence = [](const std::string& note) { return note.substr(std::min(note.find(": "), note.size())); };
  for (const std::string& note : report.notes) {
    const auto same = std::find_if(notes.begin(), notes.end(), [&](const auto& each) {
      return note.find(": ") != std::string::npos && sentence(each.first) == sentence(note);
    });
    if (same == notes.end()) {
      notes.emplace_back(note, 0);
    } else {
      ++same->second;
    }
  }
  std::vector<std::string> texts;
  for (auto& [note, more] : notes) {
    const std::string others = more == 1 ? " and another file" : fmt::format(" and {} more files", more);
    if (more > 0) note.insert(note.find(": "), others);
    texts.push_back(std::move(note));
  }
  return texts;
}

void add_notes(const IngestReport& report, Lines& lines) {
  if (report.ties > 0) {
    lines.add("note", fmt::format("{} of events share their time with another of the same user; their order is {}",
                                  share_of(report.ties, report.interactions),
                                  report.shuffled_ties ? "drawn by seed (import.seed)" : "that of the file"));
  }
  if (report.kept_without_events > 0) {
    lines.add("note", fmt::format("{} without an event kept: they can be recommended by what the table says of them, "
                                  "and count in no evaluation",
                                  counted(report.kept_without_events, "item", "items")));
  }
  for (const std::string& note : notes_of(report)) lines.add("note", note);
  for (const std::string& warning : warnings_of(report)) lines.add("warning", warning);
}

std::string wrote(const IngestReport& report, const std::filesystem::path& out) {
  std::string text =
      fmt::format("{}: {}, {}, {}", out.string(), counted(report.users, "user", "users"),
                  counted(report.items, "item", "items"), counted(report.interactions, "event", "events"));
  const std::uint64_t with_events = report.items - report.kept_without_events;
  if (report.item_rows > 0) text += fmt::format(", titles for {} of items", share_of(report.titled_items, with_events));
  return text + fmt::format(" ({})", format_duration(report.seconds));
}

}  // namespace

std::vector<std::string> warnings_of(const IngestReport& report) {
  std::vector<std::string> warnings;
  if (report.item_rows > 0 && report.described_items == 0) {
    warnings.push_back(fmt::format(
        "no row of the item table matches an item of the log ({} rows unused): compare the ids of both, or name the "
        "column of ids (--item-key-column)",
        with_commas(report.item_rows)));
  } else if (report.item_rows > 0 && report.titled_items == 0) {
    bool has_attributes_alone = false;
    for (const InputReport& file : report.files) {
      const auto& roles = file.columns.roles;
      has_attributes_alone |= file.items > 0 && std::none_of(roles.begin(), roles.end(),
                                                             [](const auto& each) { return each.first == "title"; });
    }
    warnings.push_back(
        has_attributes_alone
            ? "no item has a title: the item table has no column of a usual name (--title-column names it)"
            : "no item has a title: the column of titles is empty");
  }
  return warnings;
}

std::string to_table(const IngestReport& report, const std::filesystem::path& out) {
  Lines lines;
  add_files(report, lines);
  add_bad_lines(report, lines);
  add_dropped(report, lines);
  add_events(report, lines);
  add_rating_scale(report, lines);
  add_split(report, lines);
  add_notes(report, lines);
  lines.add("wrote", wrote(report, out));
  std::string text = lines.take();
  text.pop_back();
  return text;
}

std::string next_step(const std::filesystem::path& out) {
  const std::string name = out.filename().empty() ? out.parent_path().filename().string() : out.filename().string();
  Lines lines;
  lines.add("next", fmt::format("p5 train --corpus {} --out runs/{}", out.string(), name));
  std::string text = lines.take();
  text.pop_back();
  return text;
}

std::string to_json(const IngestReport& report, const std::filesystem::path& out) {
  using nlohmann::json;
  json examples = json::array(), files = json::array();
  for (const BadLine& bad : report.examples) {
    examples.push_back({{"file", bad.file}, {"line", bad.line}, {"reason", bad.reason}});
  }
  for (const InputReport& file : report.files) {
    json roles = json::object();
    for (const auto& [role, column] : file.columns.roles) roles[role] = column;
    files.push_back({{"file", file.file},
                     {"interactions", file.interactions},
                     {"items", file.items},
                     {"users", file.users},
                     {"bad_lines", file.bad_lines},
                     {"columns", roles},
                     {"attributes", file.columns.attributes},
                     {"ignored", file.columns.ignored}});
  }
  json object{{"out", out.string()},
              {"format", report.format},
              {"files", files},
              {"passed_over", report.passed_over},
              {"notes", report.notes},
              {"warnings", warnings_of(report)},
              {"lines", report.lines},
              {"bytes", report.bytes},
              {"bad_lines", report.bad_lines},
              {"bad_reasons", report.bad_reasons},
              {"bad_examples", examples},
              {"duplicates", report.duplicates},
              {"below_rating", report.below_rating},
              {"below_core", report.below_core},
              {"events", report.events},
              {"dropped_events", report.other_events},
              {"weights", report.weights},
              {"item_rows", report.item_rows},
              {"unused_items", report.unused_items},
              {"user_rows", report.user_rows},
              {"unused_users", report.unused_users},
              {"items_without_events", report.items_without_events},
              {"kept_without_events", report.kept_without_events},
              {"described_items", report.described_items},
              {"titled_items", report.titled_items},
              {"ties", report.ties},
              {"users", report.users},
              {"items", report.items},
              {"interactions", report.interactions},
              {"seconds", report.seconds}};
  if (report.rating_scale) object["rating_scale"] = report.rating_scale->to_string();
  if (report.off_scale > 0) object["off_scale"] = report.off_scale;
  if (report.given_split) {
    object["split"] = {
        {"train", report.part_events[0]}, {"valid", report.part_events[1]}, {"test", report.part_events[2]}};
  }
  return pretty_json(object);
}

}  // namespace p5
