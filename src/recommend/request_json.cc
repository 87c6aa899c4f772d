#include "recommend/request_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "retrieval/rerank_options.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostListed = 100000;  // items to rank or to leave out
constexpr std::size_t kMostAvailable = 1000000;

// As the language of conditions quotes texts.
std::string quoted(const std::string& text, const RequestFields& fields, const char* name) {
  const char quote = text.find('"') == std::string::npos ? '"' : '\'';
  if (text.find(quote) != std::string::npos) throw fields.bad(name, "a text with one kind of quotes at most", text);
  return quote + text + quote;
}

// "where" and "filters": both must hold.
std::string read_condition(RequestFields& fields) {
  std::string where = fields.text("where").value_or("");
  if (const Json* filters = fields.object("filters")) {
    const std::string condition = condition_of(*filters, fields.path("filters"));
    where += (where.empty() || condition.empty() ? "" : " ") + condition;
  }
  return where;
}

}  // namespace

std::vector<RatedItem> read_rated_items(RequestFields& fields, const char* name, std::size_t most) {
  std::vector<RatedItem> items;
  const Json* list = fields.list(name, most);
  if (list == nullptr) return items;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Json& entry = (*list)[i];
    if (!entry.is_object()) {
      if (!entry.is_string()) throw fields.bad(name, "item keys, or objects with 'item' and 'stars'", entry);
      items.push_back({.item = entry.get<std::string>()});
      continue;
    }
    RequestFields own(entry, fmt::format("{}[{}]", name, i));
    items.push_back({.item = own.required_text("item"), .stars = own.number("stars")});
    own.finish();
  }
  return items;
}

std::string condition_of(const Json& filters, const std::string& place) {
  RequestFields fields(filters, place);
  std::vector<std::string> parts;
  for (const char* name : {"category", "brand"}) {
    std::vector<std::string> choices;
    for (const std::string& text : fields.text_or_texts(name, 100)) {
      choices.push_back(std::string(name) + "=" + quoted(text, fields, name));
    }
    if (!choices.empty()) parts.push_back(fmt::format("({})", fmt::join(choices, " or ")));
  }
  if (const auto words = fields.text("title")) parts.push_back("title~" + quoted(*words, fields, "title"));
  if (const Json* price = fields.object("price")) {
    RequestFields bounds(*price, place + ".price");
    if (const auto least = bounds.number("min")) parts.push_back(fmt::format("price>={}", *least));
    if (const auto most = bounds.number("max")) parts.push_back(fmt::format("price<={}", *most));
    bounds.finish();
  }
  fields.finish();
  return fmt::format("{}", fmt::join(parts, " "));
}

RecommendRequest read_recommend_request(RequestFields& fields, const RequestLimits& limits) {
  RecommendRequest request;
  request.user = fields.text("user").value_or("");
  request.history = fields.texts("history", limits.max_history, "item");
  request.candidates = fields.texts("candidates", kMostListed);
  request.exclude = fields.texts("exclude", kMostListed);
  request.available = fields.texts("available", kMostAvailable);
  request.k = fields.integer("k", 10, 1, limits.max_k);
  request.where = read_condition(fields);
  request.source = fields.text("source").value_or("");
  request.rerank = fields.text("rerank").value_or("");
  request.prompt_id = fields.text("prompt").value_or("");
  request.keep_seen = fields.boolean("keep_seen", false);
  request.explain = fields.boolean("explain", false);
  request.generate = fields.boolean("generate", false);
  request.strict = fields.boolean("strict", false);
  request.settings = fields.texts("settings", 100);
  if (const auto explore = fields.boolean_or_text("explore", "shuffle")) {
    if (!request.rerank.empty()) {
      throw usage_error("explore draws the order",
                        {.where = "rerank", .expected = "none next to explore", .got = request.rerank});
    }
    if (!RerankOptions::explores(*explore)) {
      throw fields.bad("explore", "true, false, " + RerankOptions::exploring_methods(), *explore);
    }
    request.rerank = *explore;
  }
  return request;
}

SimilarRequest read_similar_request(RequestFields& fields, const RequestLimits& limits) {
  SimilarRequest request{.item = fields.required_text("item")};
  request.k = fields.integer("k", 10, 1, limits.max_k);
  if (const auto source = fields.text("source")) request.source = *source;
  request.exclude = fields.texts("exclude", kMostListed);
  request.available = fields.texts("available", kMostAvailable);
  request.where = read_condition(fields);
  return request;
}

PredictRequest read_predict_request(RequestFields& fields, const RequestLimits& limits) {
  PredictRequest request{.item = fields.required_text("item"), .user = fields.text("user").value_or("")};
  request.history = read_rated_items(fields, "history", limits.max_history);
  request.strict = fields.boolean("strict", false);
  return request;
}

ExplainRequest read_explain_request(RequestFields& fields, const RequestLimits& limits) {
  ExplainRequest request{.user = fields.text("user").value_or(""), .item = fields.required_text("item")};
  request.history = fields.texts("history", limits.max_history, "item");
  request.feature = fields.text("feature").value_or("");
  request.prompt_id = fields.text("prompt").value_or("");
  request.generate = fields.boolean("generate", false);
  request.strict = fields.boolean("strict", false);
  return request;
}

ReviewRequest read_review_request(RequestFields& fields) {
  ReviewRequest request{.text = fields.required_text("text")};
  request.user = fields.text("user").value_or("");
  request.prompt_id = fields.text("prompt").value_or("");
  return request;
}

PromptQuestion read_prompt_question(RequestFields& fields, const RequestLimits& limits) {
  PromptQuestion question{.text = fields.text("text"), .prompt = {.prompt_id = fields.text("prompt").value_or("")}};
  question.prompt.user = fields.text("user").value_or("");
  question.prompt.item = fields.text("item").value_or("");
  question.prompt.feature = fields.text("feature").value_or("");
  question.prompt.history = fields.texts("history", limits.max_history, "item");
  question.max_tokens = fields.integer("max_tokens", 64, 1, 1024);
  if (question.text.has_value() == !question.prompt.prompt_id.empty()) {
    throw usage_error(
        "give a text or the id of a prompt",
        {.where = "text and prompt", .expected = "one of them", .got = question.text ? "both" : "neither"});
  }
  return question;
}

}  // namespace p5
