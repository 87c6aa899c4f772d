#include "encoders/mixed_batches.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "p5/error.h"

namespace p5 {

MixedBatches::MixedBatches(std::vector<std::unique_ptr<EncoderBatches>> parts) : parts_(std::move(parts)) {}

TokenBatch MixedBatches::next() {
  TokenBatch batch = parts_[turn_]->next();
  turn_ = (turn_ + 1) % parts_.size();
  return batch;
}

std::int64_t MixedBatches::batches_per_epoch() const {
  std::int64_t most = 0;
  for (const auto& part : parts_) {
    if (part->batches_per_epoch() == 0) return 0;
    most = std::max(most, part->batches_per_epoch());
  }
  return most * static_cast<std::int64_t>(parts_.size());
}

std::vector<std::string> MixedBatches::family_names() const {
  std::vector<std::string> names;
  for (const auto& part : parts_) names.push_back(part->family_names().front());
  return names;
}

// A line with the turn, then one for each part.
std::string MixedBatches::state() const {
  std::string text = std::to_string(turn_);
  for (const auto& part : parts_) text += "\n" + part->state();
  return text;
}

void MixedBatches::set_state(const std::string& state) {
  std::istringstream lines(state);
  std::string line;
  std::size_t turn = parts_.size();
  lines >> turn;
  std::getline(lines, line);
  if (turn >= parts_.size()) {
    throw model_error("a bad position in the training data",
                      {.where = "checkpoint", .expected = "an objective of the mix", .got = "'" + state + "'"});
  }
  for (const auto& part : parts_) {
    std::getline(lines, line);
    part->set_state(line);
    line.clear();
  }
  turn_ = turn;
}

}  // namespace p5
