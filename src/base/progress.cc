#include "base/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace p5 {
namespace {

constexpr std::int64_t kFirstDrawNs = 2'000'000'000;
constexpr std::int64_t kBarIntervalNs = 100'000'000;
constexpr std::int64_t kLineIntervalNs = 10'000'000'000;

std::atomic<ProgressMode> g_mode{ProgressMode::kAuto};

ProgressMode effective_mode() {
  const ProgressMode mode = g_mode.load();
  if (mode != ProgressMode::kAuto) return mode;
  return ::isatty(STDERR_FILENO) != 0 ? ProgressMode::kBar : ProgressMode::kLines;
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::string format_rate(double rate) {
  if (rate >= 1e6) return fmt::format("{:.1f}M", rate / 1e6);
  if (rate >= 1e4) return fmt::format("{:.1f}k", rate / 1e3);
  return rate >= 10 ? fmt::format("{:.0f}", rate) : fmt::format("{:.1f}", rate);
}

}  // namespace

void set_progress_mode(ProgressMode mode) { g_mode.store(mode); }

std::string format_duration(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f}s", seconds);
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{}s", whole);
  if (whole < 3600) return fmt::format("{}m {:02}s", whole / 60, whole % 60);
  return fmt::format("{}h {:02}m", whole / 3600, whole / 60 % 60);
}

Progress::Progress(std::string label, std::uint64_t total, std::string unit)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      start_(Clock::now()),
      next_draw_ns_(kFirstDrawNs) {}

Progress::~Progress() { finish(); }

void Progress::advance(std::uint64_t count) {
  done_.fetch_add(count, std::memory_order_relaxed);
  const std::int64_t now = (Clock::now() - start_).count();
  if (now >= next_draw_ns_.load(std::memory_order_relaxed)) draw(false);
}

void Progress::note(std::string text) {
  const std::lock_guard lock(mutex_);
  note_ = std::move(text);
}

void Progress::finish() {
  if (!std::exchange(finished_, true) && drawn_) draw(true);
}

std::string Progress::line(double seconds) const {
  const std::uint64_t done = done_.load();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string text = label_ + " ";
  if (total_ > 0) {
    const double by_count = rate > 0 ? static_cast<double>(total_ - std::min(done, total_)) / rate : 0;
    const double left = std::min(by_count, std::max(0.0, limit_.load() - seconds));
    text += fmt::format("{}/{} {} ({:.0f}%), {}/s, {} left", done, total_, unit_,
                        100.0 * static_cast<double>(done) / static_cast<double>(total_), format_rate(rate),
                        format_duration(left));
  } else {
    text += fmt::format("{} {}, {}/s, {}", done, unit_, format_rate(rate), format_duration(seconds));
  }
  if (!note_.empty()) text += ", " + note_;
  return text;
}

void Progress::draw(bool last) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = (Clock::now() - start_).count();
  if (!last && now < next_draw_ns_.load()) return;
  const ProgressMode mode = effective_mode();
  next_draw_ns_.store(now + (mode == ProgressMode::kBar ? kBarIntervalNs : kLineIntervalNs));
  if (mode == ProgressMode::kOff) return;
  drawn_ = true;
  std::string text = line(static_cast<double>(now) * 1e-9);
  if (mode == ProgressMode::kLines) {
    std::fputs((text + "\n").c_str(), stderr);
    return;
  }
  const std::size_t width = terminal_width();
  if (text.size() + 1 > width) text.resize(width > 1 ? width - 1 : 0);
  std::fputs(("\r\033[K" + text + (last ? "\n" : "")).c_str(), stderr);
}

}  // namespace p5
