#include "recommend/rating_calibration.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json_field.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr int kVersion = 1;
constexpr double kMinSpread = 1e-12;  // variance below which all means count as equal

double number_in(const JsonFields& fields, const char* name) {
  const nlohmann::json& value = fields.at(name);
  if (!value.is_number() || !std::isfinite(value.get<double>())) throw fields.bad(name, "a number", brief(value));
  return value.get<double>();
}

RatingCalibration line_in(const JsonFields& fields) {
  return {.offset = number_in(fields, "offset"), .slope = number_in(fields, "slope")};
}

RatingMixture mixture_in(const JsonFields& fields) {
  RatingMixture mixture{.offset = number_in(fields, "offset")};
  const nlohmann::json &parts = fields.at("parts"), &shares = fields.at("shares");
  if (!parts.is_array() || !std::ranges::all_of(parts, [](const auto& part) { return part.is_string(); })) {
    throw fields.bad("parts", "names", brief(parts));
  }
  const auto is_share = [](const auto& share) { return share.is_number() && share.template get<double>() >= 0; };
  if (!shares.is_array() || shares.size() != parts.size() || !std::ranges::all_of(shares, is_share)) {
    throw fields.bad("shares", "a number of at least 0 for each part", brief(shares));
  }
  mixture.parts = parts.get<std::vector<std::string>>();
  mixture.shares = shares.get<std::vector<double>>();
  return mixture;
}

}  // namespace

RatingCalibration RatingCalibration::fit(std::span<const Pair> pairs) {
  if (pairs.size() < 2) return {};
  const auto count = static_cast<double>(pairs.size());
  double mean = 0, truth = 0;
  for (const Pair& pair : pairs) {
    mean += pair.mean / count;
    truth += pair.truth / count;
  }
  double spread = 0, shared = 0;
  for (const Pair& pair : pairs) {
    spread += (pair.mean - mean) * (pair.mean - mean) / count;
    shared += (pair.mean - mean) * (pair.truth - truth) / count;
  }
  const double slope = spread > kMinSpread ? std::max(0.0, shared / spread) : 0.0;
  return {.offset = truth - slope * mean, .slope = slope};
}

double RatingCalibration::stars(double mean, const RatingScale& scale) const {
  return scale.clamp(offset + slope * mean);
}

void RatingCalibrations::save(const std::filesystem::path& file) const {
  const auto json_of = [](const RatingCalibration& line) {
    return nlohmann::json{{"offset", line.offset}, {"slope", line.slope}};
  };
  nlohmann::json document{
      {"version", kVersion}, {"rating", json_of(rating)}, {"review", json_of(review)}, {"review_words", words}};
  if (!mixture.parts.empty()) {
    document["mixture"] = {{"offset", mixture.offset}, {"parts", mixture.parts}, {"shares", mixture.shares}};
  }
  write_file_atomically(file, pretty_json(document) + "\n");
}

RatingCalibrations RatingCalibrations::load(const std::filesystem::path& file) {
  if (!file_exists(file)) return {};
  const nlohmann::json document = read_json(file, 1 << 20, ErrorSubject::kModel);
  const JsonFields fields(document, file.string(), ErrorSubject::kModel);
  fields.require_version(kVersion);
  RatingCalibrations stars{.rating = line_in(fields.object("rating")), .review = line_in(fields.object("review"))};
  if (document.contains("review_words")) {  // files of before the word model have none
    stars.words = number_in(fields, "review_words");
    if (stars.words < 0 || stars.words > 1) {
      throw fields.bad("review_words", "0 to 1", brief(document.at("review_words")));
    }
  }
  if (document.contains("mixture")) stars.mixture = mixture_in(fields.object("mixture"));  // files of before lack it
  return stars;
}

}  // namespace p5
