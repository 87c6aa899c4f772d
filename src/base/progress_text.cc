#include "base/progress_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text_layout.h"

namespace p5 {
namespace {

constexpr std::size_t kLeastBar = 10, kMostBar = 30;  // columns between the brackets
constexpr std::string_view kGap = "  ";

double rate_of(const ProgressState& state) {
  return state.seconds > 0 ? static_cast<double>(state.done - state.before) / state.seconds : 0;
}

std::string rate_text(const ProgressState& state) {
  const double rate = rate_of(state);
  if (rate >= 1e6) return fmt::format("{:.1f}M/s", rate / 1e6);
  if (rate >= 1e4) return fmt::format("{:.1f}k/s", rate / 1e3);
  return fmt::format("{:.{}f}/s", rate, rate >= 10 ? 0 : 1);
}

std::string counts_text(const ProgressState& state) {
  if (state.total == 0) return fmt::format("{} {}", state.done, state.unit);
  return fmt::format("{}/{} {}", state.done, state.total, state.unit);
}

double share_of(const ProgressState& state) {
  return std::min(1.0, static_cast<double>(state.done) / static_cast<double>(state.total));
}

// Without a total, the time that has passed.
std::string time_text(const ProgressState& state) {
  if (state.total == 0) return format_duration(state.seconds);
  const double rate = rate_of(state);
  if (rate <= 0) return "";
  const double by_count = static_cast<double>(state.total - std::min(state.done, state.total)) / rate;
  return format_duration(std::min(by_count, std::max(0.0, state.limit - state.seconds))) + " left";
}

std::string bar_text(double share, std::size_t width) {
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
  std::string bar(filled, '=');
  if (filled < width) bar += '>' + std::string(width - filled - 1, ' ');
  return "[" + bar + "]";
}

}  // namespace

std::string format_duration(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f}s", seconds);
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{}s", whole);
  if (whole < 3600) return fmt::format("{}m {:02}s", whole / 60, whole % 60);
  return fmt::format("{}h {:02}m", whole / 3600, whole / 60 % 60);
}

std::string progress_line(const ProgressState& state) {
  std::string text = state.label + " " + counts_text(state);
  if (state.total > 0) text += fmt::format(" ({:.0f}%)", 100 * share_of(state));
  text += ", " + rate_text(state);
  if (const std::string time = time_text(state); !time.empty()) text += ", " + time;
  return state.note.empty() ? text : text + ", " + state.note;
}

std::string progress_bar(const ProgressState& state, std::size_t width) {
  enum Part { kCounts, kRate, kTime, kNote };
  const std::array<std::string, 4> texts = {counts_text(state), rate_text(state), time_text(state), state.note};
  const std::string share = state.total > 0 ? fmt::format("{:>3.0f}%", 100 * share_of(state)) : std::string();
  const std::size_t bar = share.empty() ? 0 : kLeastBar + 3;  // with brackets and a blank
  std::size_t taken = text_width(state.label) + 1 + share.size();
  std::array<bool, 4> shown{};
  bool room = true;  // where a part does not fit, no less important one is shown
  const auto take = [&](Part part, std::size_t kept_free) {
    const std::size_t wanted = texts[part].empty() ? 0 : kGap.size() + text_width(texts[part]);
    room = room && taken + wanted + kept_free <= width;
    if (wanted == 0 || !room) return;
    shown[part] = true;
    taken += wanted;
  };
  take(kTime, 0);
  take(kCounts, bar);
  take(kNote, bar);
  take(kRate, bar);
  std::string text = state.label;
  if (bar > 0 && taken + bar <= width) text += " " + bar_text(share_of(state), std::min(kMostBar, width - taken - 3));
  if (!share.empty()) text += " " + share;
  for (const Part part : {kCounts, kRate, kTime, kNote}) {
    if (shown[part]) text += std::string(kGap) + texts[part];
  }
  return cut_to_width(text, width);
}

std::string progress_summary(const ProgressState& state) {
  std::string text = fmt::format("{}: {} in {} ({})", state.label, counts_text(state), format_duration(state.seconds),
                                 rate_text(state));
  return state.note.empty() ? text : text + ", " + state.note;
}

}  // namespace p5
