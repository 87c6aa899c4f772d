#include "online/feedback_source.h"

#include <filesystem>
#include <numeric>
#include <utility>

#include "base/file.h"
#include "online/feedback_file.h"
#include "p5/error.h"
#include "sql/sql_address.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;

std::string name_of(const std::string& place) {
  if (KafkaTopic::is_address(place)) return KafkaTopic::shown(place);
  if (place == "-" || place.starts_with("postgres")) return without_password(place);
  const std::string prefix = place.starts_with("sqlite:") ? "sqlite:" : "";
  return prefix + fs::absolute(place.substr(prefix.size())).lexically_normal().string();
}

}  // namespace

FeedbackSource::FeedbackSource(std::string place) : place_(std::move(place)), name_(name_of(place_)) {
  if (KafkaTopic::is_address(place_)) {
    kind_ = Kind::kTopic;
  } else if (place_ != "-" && is_feedback_store(place_)) {
    kind_ = Kind::kStore;
  } else {
    kind_ = Kind::kFile;
    if (place_ == "-" || file_exists(place_)) return;
    throw Error(ErrorCode::kNotFound, ErrorSubject::kData, "cannot read the file", {.where = place_});
  }
}

std::shared_ptr<FeedbackStore> FeedbackSource::store() {
  if (kind_ == Kind::kStore && store_ == nullptr) store_ = open_feedback_store(place_);
  return store_;
}

FeedbackPosition FeedbackSource::read(const FeedbackPosition& after,
                                      const std::function<void(const FeedbackEvent&)>& take,
                                      const KafkaTopic::Problem& problem) {
  if (kind_ == Kind::kStore) return {.events = store()->read(after.events, take)};
  if (kind_ == Kind::kFile) return {.events = read_feedback(place_, after.events, take)};
  if (topic_ == nullptr) topic_ = std::make_unique<KafkaTopic>(place_);
  FeedbackPosition position{.partitions = topic_->read(after.partitions, take, problem)};
  position.events = static_cast<std::uint64_t>(
      std::accumulate(position.partitions.begin(), position.partitions.end(), std::int64_t{0}));
  return position;
}

void FeedbackSource::reconnect() {
  store_.reset();
  topic_.reset();
}

}  // namespace p5
