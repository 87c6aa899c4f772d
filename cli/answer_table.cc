#include "cli/answer_table.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/terminal_text.h"
#include "base/text_width.h"
#include "recommend/candidate_sources.h"

namespace p5::cli {

std::string source_help(const std::string& default_source) {
  std::vector<std::string_view> names;
  for (const auto& row : candidate_sources()) names.push_back(row.name);
  return fmt::format("who proposes the items: {} (default {})", fmt::join(names, ", "), default_source);
}

namespace {

// "proposed by item-knn 62%, p5 30%, popularity 8%": parts of less than half a percent are left out.
std::string why_text(const std::vector<SourceShare>& why) {
  std::vector<std::string> parts;
  for (const SourceShare& part : why) {
    if (part.share >= 0.005) parts.push_back(fmt::format("{} {:.0f}%", part.source, 100 * part.share));
  }
  return fmt::format("proposed by {}", fmt::join(parts, ", "));
}

// A line, cut where it is too long for the terminal.
std::string line_of(const std::string& text, std::size_t width) {
  return (width > 0 ? cut_to_width(text, width) : text) + "\n";
}

// What is below an item: a sentence where it was asked for, else the item of the history.
std::vector<std::string> notes_of(const Recommendation& item, const TableStyle& style) {
  std::vector<std::string> notes;
  if (!item.explanation.empty()) {
    const std::string note = origin_note(item.origin);
    notes.push_back(shown(item.explanation) + (note.empty() ? "" : " " + note));
  } else if (item.because) {
    notes.push_back("because of " + shown_name(item.because->item, item.because->title));
  }
  if (style.why && !item.why.empty()) notes.push_back(why_text(item.why));
  return notes;
}

}  // namespace

std::string shown(std::string_view text) { return terminal_text(text); }

std::string shown_name(const std::string& item, const std::string& title) {
  return shown(title.empty() ? item : title);
}

std::size_t output_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

std::string origin_note(const ExplanationOrigin& origin) {
  return origin.kind == "quoted" ? fmt::format("(by {})", shown(origin.user)) : "";
}

std::string history_line(const std::string& user, std::span<const ItemName> history, std::size_t width) {
  constexpr std::size_t kShown = 3;
  if (history.empty()) return {};
  std::vector<std::string> names;
  for (std::size_t i = history.size(); i-- > 0 && names.size() < kShown;) {
    names.push_back(shown_name(history[i].item, history[i].title));
  }
  return line_of(fmt::format("{} lately: {}", user.empty() ? "history" : shown(user), fmt::join(names, "; ")), width);
}

std::string answer_table(const std::vector<Recommendation>& items, const TableStyle& style) {
  std::size_t key_width = 4;  // "item"
  for (const Recommendation& item : items) key_width = std::max(key_width, text_width(shown(item.item)));
  const bool titles =
      std::any_of(items.begin(), items.end(), [](const Recommendation& item) { return !item.title.empty(); });
  std::string text =
      fmt::format("rank   share  {}\n", titles ? fmt::format("{:<{}}  title", "item", key_width) : "item");
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::string line = fmt::format("{:>4}  {:>5.1f}%  {}", i + 1, 100 * items[i].share, shown(items[i].item));
    if (!items[i].title.empty()) {
      line += std::string(key_width + 2 - text_width(shown(items[i].item)), ' ') + shown(items[i].title);
    }
    text += line_of(line, style.width);
    for (const std::string& note : notes_of(items[i], style)) text += line_of(std::string(14, ' ') + note, style.width);
  }
  return text;
}

std::string choice_table(std::span<const AnswerChoice> choices, std::size_t width) {
  std::size_t key_width = 0;
  for (const AnswerChoice& choice : choices) key_width = std::max(key_width, text_width(shown(choice.item)));
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const AnswerChoice& choice = choices[i];
    std::string line = fmt::format("{:>4}  {:>5.1f}%  ", i + 1, 100 * choice.probability);
    line += shown(choice.item.empty() ? choice.text : choice.item);
    if (!choice.title.empty()) {
      line += std::string(key_width + 2 - text_width(shown(choice.item)), ' ') + shown(choice.title);
    }
    text += line_of(line, width);
  }
  return text;
}

}  // namespace p5::cli
