#include "base/progress.h"

#include <unistd.h>

#include <cstdio>
#include <exception>
#include <utility>

#include "base/listener.h"
#include "base/logger.h"
#include "base/status_line.h"
#include "base/text_layout.h"

namespace p5 {
namespace {

constexpr std::int64_t kFirstDrawNs = 2'000'000'000;
constexpr std::int64_t kBarIntervalNs = 100'000'000;
constexpr std::int64_t kLineIntervalNs = 10'000'000'000;

std::atomic<ProgressMode> g_mode{ProgressMode::kAuto};
// Bars that have been drawn and not ended: work may have parts with bars of their own, which leave no line behind.
std::atomic<int> g_bars{0};

ProgressMode effective_mode() {
  const ProgressMode mode = g_mode.load();
  if (mode != ProgressMode::kAuto) return mode;
  const bool bar = ::isatty(STDERR_FILENO) != 0 && log_format() == LogFormat::kText;
  return bar ? ProgressMode::kBar : ProgressMode::kLines;
}

}  // namespace

void set_progress_mode(ProgressMode mode) { g_mode.store(mode); }

Progress::Progress(std::string label, std::uint64_t total, std::string unit, std::uint64_t before)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      before_(before),
      start_(Clock::now()),
      listener_(current_listener()),
      exceptions_(std::uncaught_exceptions()),
      done_(before),
      next_draw_ns_(listener_ != nullptr ? 0 : kFirstDrawNs) {}

Progress::~Progress() { finish(); }

void Progress::advance(std::uint64_t count) {
  done_.fetch_add(count, std::memory_order_relaxed);
  const std::int64_t now = (Clock::now() - start_).count();
  if (now >= next_draw_ns_.load(std::memory_order_relaxed)) draw();
}

void Progress::note(std::string text) {
  const std::lock_guard lock(mutex_);
  note_ = std::move(text);
}

ProgressState Progress::state(std::int64_t now_ns) const {
  return {.label = label_,
          .unit = unit_,
          .note = note_,
          .done = done_.load(),
          .before = before_,
          .total = total_,
          .seconds = static_cast<double>(now_ns) * 1e-9,
          .limit = limit_.load()};
}

void Progress::write_line(const ProgressState& state, const std::string& text) {
  if (log_format() == LogFormat::kText) {
    std::fputs((text + "\n").c_str(), stderr);
    return;
  }
  log_info(text, {{"progress", std::string_view(state.label)},
                  {"done", static_cast<std::int64_t>(state.done)},
                  {"total", static_cast<std::int64_t>(state.total)},
                  {"unit", std::string_view(state.unit)},
                  {"seconds", state.seconds}});
}

void Progress::tell(const ProgressState& state, bool ended) const {
  listener_->on_progress({.label = state.label,
                          .unit = state.unit,
                          .note = state.note,
                          .done = state.done,
                          .total = state.total,
                          .before = state.before,
                          .seconds = state.seconds,
                          .ended = ended});
}

void Progress::draw() {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = (Clock::now() - start_).count();
  if (now < next_draw_ns_.load()) return;
  if (listener_ != nullptr) {
    next_draw_ns_.store(now + kBarIntervalNs);
    return tell(state(now), /*ended=*/false);
  }
  const ProgressMode mode = effective_mode();
  next_draw_ns_.store(now + (mode == ProgressMode::kBar ? kBarIntervalNs : kLineIntervalNs));
  if (mode == ProgressMode::kBar) {
    if (!std::exchange(has_bar_, true)) ++g_bars;
    // The last column stays free: some terminals begin a new line after it.
    StatusLine::show(progress_bar(state(now), terminal_width(STDERR_FILENO) - 1));
  } else if (mode == ProgressMode::kLines) {
    has_lines_ = true;
    write_line(state(now), progress_line(state(now)));
  }
}

void Progress::finish() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(finished_, true)) return;
  const ProgressState last = state((Clock::now() - start_).count());
  if (listener_ != nullptr) tell(last, /*ended=*/true);
  if (has_bar_) end_bar(last, std::uncaught_exceptions() > exceptions_);
  if (has_lines_) write_line(last, progress_summary(last));
}

// Of a bar within another, and of work that failed, nothing stays on the screen.
void Progress::end_bar(const ProgressState& last, bool failed) const {
  StatusLine::clear();
  if (--g_bars > 0 || failed) return;
  const std::string text = progress_summary(last);
  std::fputs((cut_to_width(text, terminal_width(STDERR_FILENO)) + "\n").c_str(), stderr);
}

}  // namespace p5
