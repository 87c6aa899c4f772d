#include "simulate/log_simulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/memory.h"
#include "p5/error.h"
#include "simulate/simulated_catalog.h"
#include "simulate/tastes.h"

namespace p5 {
namespace {

constexpr double kFollow = 0.22;  // share of events that follow from a recent item
constexpr double kTrend = 0.18;   // share of events drawn by popularity
constexpr double kDayMs = 86400e3;
constexpr std::int64_t kBeginMs = 1'388'534'400'000;  // 2014-01-01
constexpr std::uint64_t kProgressEvents = 4096;

// Which items the current user has had; needs no clearing between users.
class SeenItems {
 public:
  explicit SeenItems(std::size_t items) : mark_(items, 0) {}
  void begin_user() { ++user_; }
  bool has(std::uint32_t index) const { return mark_[index] == user_; }
  void add(std::uint32_t index) { mark_[index] = user_; }

 private:
  std::vector<std::uint32_t> mark_;
  std::uint32_t user_ = 0;
};

// The history of one user: sessions that are days apart, in which one item leads to another.
class Life {
 public:
  Life(const SimulatedCatalog& catalog, const SimulateOptions& options, SeenItems& seen, std::uint64_t user,
       std::uint64_t length)
      : catalog_(catalog),
        options_(options),
        seen_(seen),
        rng_(static_cast<std::uint64_t>(options.seed), fmt::format("user {}", user)),
        tastes_(catalog, rng_),
        length_(length) {
    seen_.begin_user();
    bias_ = 0.4 * rng_.normal();
    time_ms_ = static_cast<double>(kBeginMs) + rng_.uniform() * 0.6 * options.days * kDayMs;
    const double life_ms = (0.1 + 0.3 * rng_.uniform()) * options.days * kDayMs;
    pause_ms_ = life_ms / (1 + static_cast<double>(length) / kEventsPerSession);
  }

  UserRecord record(std::string key) {
    UserRecord user{.key = std::move(key), .name = random_user_name(rng_)};
    user.attributes = {{"age", 16.0 + static_cast<double>(rng_.below(60))}};
    return user;
  }

  // The next event, except the user's key. Returns the bytes of text in it.
  std::size_t live(Interaction& event) {
    advance_time();
    const std::uint32_t index = choose();
    seen_.add(index);
    before_last_ = done_ == 0 ? index : last_;
    last_ = index;
    ++done_;
    event.item = catalog_.key(index);
    event.time_ms = static_cast<std::int64_t>(time_ms_);
    event.rating = kNoRating;
    event.event = "purchase";
    event.review.clear();
    event.headline.clear();
    if (rng_.uniform() < options_.review_share) write_review(index, event);
    return event.review.size() + event.headline.size();
  }

 private:
  static constexpr double kEventsPerSession = 2.5;

  double age() const { return static_cast<double>(done_) / static_cast<double>(length_); }

  void advance_time() {
    if (session_left_ > 0) {
      --session_left_;
      time_ms_ += 60e3 * (1 + 30 * rng_.uniform());
      return;
    }
    time_ms_ += -std::log(1 - rng_.uniform()) * pause_ms_ + 3600e3;
    shelf_ = tastes_.draw_shelf(age(), rng_);
    session_left_ = rng_.below(static_cast<std::uint64_t>(2 * kEventsPerSession) - 1);
  }

  std::uint32_t draw() {
    const double lot = rng_.uniform();
    if (done_ > 0 && lot < kFollow) return catalog_.draw_successor(rng_.uniform() < 0.75 ? last_ : before_last_, rng_);
    if (lot > 1 - kTrend) return catalog_.draw_from_all(rng_);
    // The better of two, so that taste matters without deciding everything.
    const std::uint32_t a = catalog_.draw_from_shelf(shelf_, rng_), b = catalog_.draw_from_shelf(shelf_, rng_);
    return tastes_.match(a) >= tastes_.match(b) ? a : b;
  }

  // Users rarely take an item twice, except those who have nearly all items.
  std::uint32_t choose() {
    constexpr int kTries = 20;
    std::uint32_t index = draw();
    for (int i = 1; i < kTries && seen_.has(index); ++i) index = i < kTries / 2 ? draw() : catalog_.draw_from_all(rng_);
    return index;
  }

  void write_review(std::uint32_t index, Interaction& event) {
    const SimulatedItem& item = catalog_.item(index);
    const double opinion = bias_ + 0.5 * item.quality + 0.8 * tastes_.match(index) + 0.8 * rng_.normal();
    const int stars = std::clamp(static_cast<int>(std::lround(4 + opinion)), 1, 5);
    ReviewSubject subject{.department = &catalog_.department_of(index),
                          .noun = catalog_.noun_of(index),
                          .brand = catalog_.brand_of(index),
                          .main = tastes_.telling_aspect(index),
                          .other = rng_.below(kAspects),
                          .stars = stars};
    const auto feeling = [&](std::size_t aspect) { return item.aspects[aspect] + 0.7 * (stars - 3.5); };
    subject.main_feeling = feeling(subject.main);
    subject.other_feeling = feeling(subject.other);
    event.event = "review";
    event.rating = static_cast<float>(stars);
    event.review = random_review(subject, rng_);
    event.headline = random_headline(subject, rng_);
  }

  const SimulatedCatalog& catalog_;
  const SimulateOptions& options_;
  SeenItems& seen_;
  Rng rng_;
  Tastes tastes_;
  const std::uint64_t length_;
  double bias_ = 0, time_ms_ = 0, pause_ms_ = 0;
  std::uint64_t done_ = 0, session_left_ = 0;
  std::size_t shelf_ = 0;
  std::uint32_t last_ = 0, before_last_ = 0;
};

// The number of events per user: a minimum for all plus a log-normal part; the sum is exactly `events`.
class Activity {
 public:
  explicit Activity(const SimulateOptions& options)
      : least_(std::min<std::int64_t>(5, options.events / options.users)),
        spare_(static_cast<double>(options.events - least_ * options.users)),
        rng_(static_cast<std::uint64_t>(options.seed), "activity") {
    Rng first_pass = rng_;
    for (std::int64_t user = 0; user < options.users; ++user) total_ += weight(first_pass);
    users_ = options.users;
  }

  std::uint64_t next() {
    sum_ += weight(rng_);
    const double share = ++user_ == users_ ? 1 : sum_ / total_;
    const auto until = static_cast<std::int64_t>(std::floor(share * spare_));
    return static_cast<std::uint64_t>(least_ + until - std::exchange(given_, until));
  }

 private:
  static double weight(Rng& rng) { return std::exp(1.1 * rng.normal()); }

  std::int64_t least_;
  double spare_;
  Rng rng_;
  double total_ = 0, sum_ = 0;
  std::int64_t given_ = 0, user_ = 0, users_ = 0;
};

void check(const SimulateOptions& options) {
  const auto in_ids = [](std::int64_t count) { return count >= 1 && count < (std::int64_t{1} << 32) - 1; };
  const std::string asked = fmt::format("{} users, {} items, {} events", options.users, options.items, options.events);
  if (in_ids(options.users) && in_ids(options.items) && options.events >= options.users) {
    // What the catalogue and the keys of a corpus need at their peak, measured.
    constexpr std::uint64_t kBytesPerItem = 150, kBytesPerUser = 80;
    const std::uint64_t needed = kBytesPerItem * static_cast<std::uint64_t>(options.items) +
                                 kBytesPerUser * static_cast<std::uint64_t>(options.users);
    if (needed <= memory_limit()) return;
    throw usage_error("a world too large for the memory here",
                      {.where = "simulate",
                       .expected = fmt::format("at most {} MiB of memory", memory_limit() >> 20),
                       .got = fmt::format("{}: about {} MiB", asked, needed >> 20)});
  }
  throw usage_error(
      "no such world",
      {.where = "simulate", .expected = "at least one user and item, and at least one event per user", .got = asked});
}

}  // namespace

void SimulateOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kData);
  constexpr double kMax = 4e9;
  table.add("simulate.users", &users, {.help = "number of users", .flag = "users", .minimum = 1, .maximum = kMax});
  table.add("simulate.items", &items,
            {.help = "items of the catalogue; those without events are not in the corpus",
             .flag = "items",
             .minimum = 1,
             .maximum = kMax});
  table.add("simulate.events", &events,
            {.help = "number of interactions, at least one per user", .flag = "events", .minimum = 1, .maximum = kMax});
  table.add("simulate.seed", &seed, {.help = "seed of all random draws", .flag = "seed", .minimum = 0});
  table.add("simulate.review_share", &review_share,
            {.help = "share of events with rating, review and headline", .minimum = 0, .maximum = 1});
  table.add("simulate.days", &days,
            {.help = "days over which users begin and are active; very active ones go on for longer",
             .minimum = 1,
             .maximum = 36500});
}

void simulate_log(const SimulateOptions& options, RecordSink& sink) {
  check(options);
  const SimulatedCatalog catalog(static_cast<std::size_t>(options.items), static_cast<std::uint64_t>(options.seed));
  for (std::uint32_t index = 0; index < catalog.size(); ++index) {
    ItemRecord record = catalog.record(index);
    sink.item(record);
  }
  Activity activity(options);
  SeenItems seen(catalog.size());
  Interaction event;
  std::uint64_t bytes = 0, lines = 0;
  for (std::int64_t user = 0; user < options.users; ++user) {
    const std::uint64_t length = activity.next();
    Life life(catalog, options, seen, static_cast<std::uint64_t>(user), length);
    const std::string key = fmt::format("U{:07}", user);
    UserRecord record = life.record(key);
    sink.user(record);
    for (std::uint64_t i = 0; i < length; ++i) {
      bytes += life.live(event);
      event.user = key;
      sink.interaction(event);
      if (++lines % kProgressEvents == 0) sink.progress(std::exchange(bytes, 0), kProgressEvents);
    }
  }
  sink.progress(bytes, lines % kProgressEvents);
}

}  // namespace p5
