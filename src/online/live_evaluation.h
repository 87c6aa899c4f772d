// How good the lists are that a daemon answers with, while it answers: hits of the newest lists by the feedback that
// names them (request_id), whether shares of scores say which item is taken, how much of the catalogue is shown, and
// how far histories and events are from those of the training. Memory has a bound; each list and each event costs
// O(its items). Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "online/drift_window.h"
#include "online/feedback_event.h"

namespace p5 {

struct LiveEvaluationOptions {
  std::size_t window = 20'000;     // newest lists, and newest values of each drift
  std::int64_t delay_ms = 60'000;  // a list counts after this time, so that users had time to act on it
  std::size_t least = 100;         // figures of fewer lists or values are none
};

// What the training had, to compare with.
struct LiveReference {
  std::size_t catalogue = 0;           // items that may be shown
  std::vector<double> histories = {};  // users by the bin of their history's length: history_bin()
  // Training events by popularity and by category, and the names of their bins.
  std::vector<double> popularity = {}, categories = {};
  std::vector<std::string> popularity_names = {}, category_names = {};
  struct ItemBins {
    std::uint8_t popularity = 0;
    std::vector<std::uint8_t> categories = {};
  };
  std::function<ItemBins(const std::string& item)> bins_of = {};  // of any key, known or not
};

class LiveEvaluation {
 public:
  static constexpr std::size_t kPlaces = 20;  // of a list that are looked at
  static constexpr std::size_t kHistoryBins = 9;
  // 0, 1, 2, 3-4, 5-8, ..., 65 and more.
  static std::size_t history_bin(std::size_t length);
  static std::string history_bin_name(std::size_t bin);

  explicit LiveEvaluation(const LiveEvaluationOptions& options = {});

  // From now on; drift begins anew.
  void compare_with(LiveReference reference);

  struct ShownItem {
    std::string_view item;
    double share = 0;  // of the list: how likely it is the one that is taken
  };
  struct List {
    std::string_view request_id, model;
    std::int64_t version = 0;
    std::int64_t time_ms = 0;  // when it was answered
    std::size_t history = 0;   // items that the answer looked back on
  };
  // One that was answered, best first. A list of a request id that the window has is a repetition and counts once.
  void answered(const List& list, std::span<const ShownItem> items);
  // Feedback that is a sign of interest (LiveHistories::is_interest).
  void heard(const FeedbackEvent& event, std::int64_t now_ms);

  struct Hits {
    std::string model;
    std::int64_t version = 0;
    std::size_t lists = 0;
    double hit_rate = 0, error = 0;  // lists with an event on a shown item; standard error
    double mrr = 0;                  // mean of 1 / place of the first item that was taken, 0 without
  };
  struct CalibrationBin {
    std::size_t items = 0;
    double share = 0, taken = 0;  // means: predicted and seen
  };
  struct Drift {
    std::string of;  // "history", "popularity" or "category"
    std::size_t values = 0;
    std::optional<double> index = {};
    std::vector<std::string> names = {};
    std::vector<DriftWindow::Bin> bins = {};
  };
  struct Figures {
    std::size_t lists = 0, waiting = 0;       // that count, and that are too new to
    std::uint64_t joined = 0, strangers = 0;  // events with a request id that names a list of the window, or none
    // Metrics that alarms may watch, as metric_names(): none with too little to say.
    std::vector<std::pair<std::string_view, std::optional<double>>> metrics = {};
    std::vector<Hits> models = {};
    std::vector<CalibrationBin> calibration = {};
    std::vector<Drift> drifts = {};
    std::optional<double> metric(std::string_view name) const;
  };
  Figures figures(std::int64_t now_ms);

  static std::span<const std::string_view> metric_names();

 private:
  struct Place {
    std::uint64_t item = 0;  // hash of the key
    float share = 0;
  };
  using ModelKey = std::pair<std::string, std::int64_t>;
  struct Sums {
    std::size_t held = 0;  // lists of the window
    std::size_t lists = 0, hits = 0;
    double reciprocal_places = 0;
  };
  struct Entry {
    std::uint64_t id = 0;
    std::int64_t time_ms = 0;
    std::array<Place, kPlaces> places{};
    std::uint8_t size = 0, taken = 0;  // place of the best item that was taken, from 1; 0: none
    bool counts = false;
    Sums* sums = nullptr;
    const ModelKey* model = nullptr;
  };
  struct Cell {
    std::size_t items = 0;
    double share = 0, taken = 0;  // sums
  };

  void count_ripe(std::int64_t now_ms);
  void drop_oldest();
  void count(Entry& entry, double sign);
  void calibrate(const Entry& entry, double sign);
  Drift drift(std::string name, const DriftWindow& window, std::vector<std::string> names) const;
  std::optional<double> calibration_error() const;

  LiveEvaluationOptions options_;
  mutable std::mutex mutex_;
  LiveReference reference_;
  DriftWindow histories_, popularity_, categories_;
  std::vector<Entry> ring_;                                 // grows to the window, then turns
  std::uint64_t added_ = 0, ripe_ = 0;                      // lists so far, and those of them that count
  std::unordered_map<std::uint64_t, std::uint64_t> by_id_;  // request id to the number of its list
  std::unordered_map<std::uint64_t, std::uint32_t> shown_;  // items to the lists that show them
  std::map<ModelKey, Sums> models_;
  std::array<Cell, 9> cells_{};
  std::uint64_t joined_ = 0, strangers_ = 0;
  std::int64_t last_event_ms_ = 0;  // when it was heard; 0: none yet
};

}  // namespace p5
