// An answer as all verbs print it.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/json_field.h"
#include "p5/recommender.h"

namespace p5::cli {

// Object with prompt, source and answer; with target and choices where there are such.
inline nlohmann::json to_json(const PromptAnswer& answer) {
  nlohmann::json object{{"source", answer.source}, {"answer", answer.text}};
  if (!answer.prompt_id.empty()) object["prompt"] = answer.prompt_id;
  if (!answer.target.empty()) object["target"] = answer.target;
  for (const AnswerChoice& choice : answer.choices) {
    object["choices"].push_back({{"text", choice.text}, {"probability", choice.probability}});
  }
  return object;
}

}  // namespace p5::cli
