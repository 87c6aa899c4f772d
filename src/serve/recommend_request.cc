#include "serve/recommend_request.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace p5 {

ModelChoice read_model_choice(RequestFields& fields) {
  ModelChoice choice;
  choice.name = fields.text("model").value_or("");
  choice.version = fields.integer("version", 0, 0, INT64_MAX);
  return choice;
}

RequestLimits limits_of(const ServeOptions& options) {
  return {.max_k = options.max_k, .max_history = static_cast<std::size_t>(options.max_history)};
}

ParsedRecommend parse_recommend(const nlohmann::json& body, const ServeOptions& options, std::string where) {
  RequestFields fields(body, std::move(where));
  ParsedRecommend parsed{.request = read_recommend_request(fields, limits_of(options)),
                         .model = read_model_choice(fields)};
  fields.finish();
  return parsed;
}

}  // namespace p5
