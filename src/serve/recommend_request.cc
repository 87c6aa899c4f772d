#include "serve/recommend_request.h"

#include <fmt/format.h>

#include "retrieval/rerank_options.h"
#include "serve/request_fields.h"

namespace p5 {
namespace {

// As the language of conditions quotes texts.
std::string quoted(const std::string& text, const RequestFields& fields, const char* name) {
  const char quote = text.find('"') == std::string::npos ? '"' : '\'';
  if (text.find(quote) != std::string::npos) throw fields.bad(name, "a text with one kind of quotes at most", text);
  return quote + text + quote;
}

}  // namespace

std::string condition_of(const nlohmann::json& filters, const std::string& where) {
  const std::string place = where.empty() ? "filters" : where + ".filters";
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
  if (const nlohmann::json* price = fields.object("price")) {
    RequestFields bounds(*price, place + ".price");
    if (const auto least = bounds.number("min")) parts.push_back(fmt::format("price>={}", *least));
    if (const auto most = bounds.number("max")) parts.push_back(fmt::format("price<={}", *most));
    bounds.finish();
  }
  fields.finish();
  return fmt::format("{}", fmt::join(parts, " "));
}

ParsedRecommend parse_recommend(const nlohmann::json& body, const ServeOptions& options, std::string where) {
  RequestFields fields(body, where);
  ParsedRecommend parsed;
  RecommendRequest& request = parsed.request;
  const auto most_items = static_cast<std::size_t>(options.max_history);
  request.user = fields.text("user").value_or("");
  request.history = fields.texts("history", most_items, "item");
  request.candidates = fields.texts("candidates", 100000);
  request.exclude = fields.texts("exclude", 100000);
  request.available = fields.texts("available", 1000000);
  request.k = fields.integer("k", 10, 1, options.max_k);
  request.where = fields.text("where").value_or("");
  request.source = fields.text("source").value_or("");
  request.rerank = fields.text("rerank").value_or("");
  request.prompt_id = fields.text("prompt").value_or("");
  request.keep_seen = fields.boolean("keep_seen", false);
  request.explain = fields.boolean("explain", false);
  request.generate = fields.boolean("generate", false);
  request.strict = fields.boolean("strict", false);
  request.settings = fields.texts("settings", 100);
  if (const auto explore = fields.boolean_or_text("explore", "shuffle")) {
    if (!request.rerank.empty())
      throw usage_error("explore draws the order",
                        {.where = "rerank", .expected = "none next to explore", .got = request.rerank});
    if (!RerankOptions::explores(*explore)) {
      throw fields.bad("explore", "true, false, " + RerankOptions::exploring_methods(), *explore);
    }
    request.rerank = *explore;
  }
  parsed.model.name = fields.text("model").value_or("");
  parsed.model.version = fields.integer("version", 0, 0, INT64_MAX);
  if (const nlohmann::json* filters = fields.object("filters")) {
    const std::string condition = condition_of(*filters, where);
    request.where += (request.where.empty() || condition.empty() ? "" : " ") + condition;
  }
  fields.finish();
  return parsed;
}

}  // namespace p5
