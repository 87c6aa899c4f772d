#include "base/text_layout.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace p5 {
namespace {

constexpr std::size_t kUsualWidth = 80, kLeastWidth = 20, kMostWidth = 1000;

}  // namespace

std::size_t terminal_width(int stream) {
  if (const char* columns = std::getenv("COLUMNS")) {
    char* end = nullptr;
    const long width = std::strtol(columns, &end, 10);
    if (end != columns && *end == '\0' && width >= static_cast<long>(kLeastWidth)) {
      return std::min(static_cast<std::size_t>(width), kMostWidth);
    }
  }
  winsize size{};
  if (::ioctl(stream, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kUsualWidth;
}

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, ",");
  return text;
}

std::string counted(std::uint64_t count, std::string_view noun, std::string_view plural) {
  const std::string several = plural.empty() ? std::string(noun) + "s" : std::string(plural);
  return with_commas(count) + " " + (count == 1 ? std::string(noun) : several);
}

std::vector<std::string> wrap_text(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_not_of(' ', at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    if (!line.empty() && text_width(line) + 1 + text_width(word) > width) lines.push_back(std::exchange(line, {}));
    if (!line.empty()) line += ' ';
    line += word;
    at = end;
  }
  if (!line.empty() || lines.empty()) lines.push_back(line);
  return lines;
}

std::string in_lines(std::string_view text, std::size_t width, std::size_t indent) {
  std::string lines;
  for (const std::string& line : wrap_text(text, width - indent)) {
    lines += (lines.empty() ? "" : "\n" + std::string(indent, ' ')) + line;
  }
  return lines;
}

std::string fitted_lines(std::string_view text, std::size_t indent, std::size_t width) {
  std::string fitted;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (width > indent + kLeastWidth && line.size() > indent && text_width(line) > width) {
      fitted += line.substr(0, indent);
      fitted += in_lines(line.substr(indent), width, indent);
    } else {
      fitted += line;
    }
    if (end < text.size()) fitted += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return fitted;
}

std::string hanging_paragraph(std::string_view head, std::string_view text, std::size_t indent, std::size_t width) {
  const std::size_t room = std::max(width, indent + kLeastWidth) - indent;
  std::string page(head);
  bool on_head = head.empty() || text_width(head) + 2 <= indent;
  for (const std::string& line : wrap_text(text, room)) {
    if (line.empty()) continue;
    if (on_head) {
      page += std::string(indent - text_width(head), ' ');
    } else {
      page += "\n" + std::string(indent, ' ');
    }
    on_head = false;
    page += line;
  }
  return page + "\n";
}

}  // namespace p5
