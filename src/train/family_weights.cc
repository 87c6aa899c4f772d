#include "train/family_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "p5/error.h"

namespace p5 {

FamilyWeights::FamilyWeights(const TrainOptions& options, std::vector<std::string> names)
    : learned_(options.family_weights == TrainOptions::Weighting::kLearned),
      beta1_(options.beta1),
      beta2_(options.beta2),
      epsilon_(options.epsilon),
      names_(std::move(names)),
      families_(names_.size()) {}

void FamilyWeights::apply(TokenBatch& batch) const {
  if (!learned_ || batch.family.empty()) return;
  if (batch.row_weight.empty()) batch.row_weight.assign(static_cast<std::size_t>(batch.rows), 1.0f);
  for (std::size_t row = 0; row < batch.family.size(); ++row) {
    const auto family = static_cast<std::size_t>(batch.family[row]);
    if (family < families_.size()) {
      batch.row_weight[row] *= static_cast<float>(std::exp(-families_[family].log_variance));
    }
  }
}

void FamilyWeights::add_rows(std::span<const float> losses, std::span<const std::int16_t> families) {
  if (!learned_) return;
  for (std::size_t row = 0; row < std::min(losses.size(), families.size()); ++row) {
    const auto family = static_cast<std::size_t>(families[row]);
    if (family >= families_.size()) continue;
    families_[family].loss += losses[row];
    ++families_[family].rows;
  }
}

void FamilyWeights::step(double lr) {
  for (Family& family : families_) {
    if (family.rows == 0) continue;
    const double loss = family.loss / static_cast<double>(family.rows);
    const double gradient = 0.5 - std::exp(-family.log_variance) * loss;
    ++family.steps;
    family.mean += (1 - beta1_) * (gradient - family.mean);
    family.square += (1 - beta2_) * (gradient * gradient - family.square);
    const double mean = family.mean / (1 - std::pow(beta1_, static_cast<double>(family.steps)));
    const double square = family.square / (1 - std::pow(beta2_, static_cast<double>(family.steps)));
    family.log_variance -= lr * mean / (std::sqrt(square) + epsilon_);
    family.loss = 0;
    family.rows = 0;
  }
}

std::map<std::string, double> FamilyWeights::weights() const {
  std::map<std::string, double> weights;
  for (std::size_t i = 0; i < families_.size(); ++i) weights[names_[i]] = std::exp(-families_[i].log_variance);
  return weights;
}

// One line per family: log-variance, moments and steps, in hexadecimal so that no bit is lost; the name comes last.
std::string FamilyWeights::state() const {
  std::string text;
  for (std::size_t i = 0; i < families_.size(); ++i) {
    const Family& family = families_[i];
    text +=
        fmt::format("{:a} {:a} {:a} {} {}\n", family.log_variance, family.mean, family.square, family.steps, names_[i]);
  }
  return text;
}

void FamilyWeights::set_state(const std::string& state, const std::string& where) {
  std::istringstream lines(state);
  for (std::size_t i = 0; i < families_.size(); ++i) {
    std::string line, numbers[3], name;
    std::getline(lines, line);
    std::istringstream words(line);
    Family family;
    words >> numbers[0] >> numbers[1] >> numbers[2] >> family.steps >> std::ws;
    std::getline(words, name);
    double* const fields[] = {&family.log_variance, &family.mean, &family.square};
    bool good = name == names_[i] && family.steps >= 0;
    for (std::size_t k = 0; k < 3; ++k) {
      char* end = nullptr;
      *fields[k] = std::strtod(numbers[k].c_str(), &end);
      good = good && !numbers[k].empty() && *end == '\0' && std::isfinite(*fields[k]);
    }
    if (!good) {
      throw model_error("the weights of the families cannot be read",
                        {.where = fmt::format("{}:{}", where, i + 1),
                         .expected = "log-variance, two moments, steps and '" + names_[i] + "'",
                         .got = "'" + line.substr(0, 80) + "'"});
    }
    families_[i] = family;
  }
}

}  // namespace p5
