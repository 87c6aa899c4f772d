// What p5 serve does with a request before a model is asked: paths, escapes, API keys, compressed bodies, and the
// bodies of all its APIs. An input is "METHOD PATH" in its first line and the body after it. The path chooses the
// parser, and "TENSORS N", with N bytes of JSON before raw tensors, "GZIP" and "FEEDBACK" stand for others. The whole
// daemon is tried from outside, by "scripts/faults requests".
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_field.h"
#include "online/feedback_file.h"
#include "online/sqlite_feedback_store.h"
#include "reader_fuzz.h"
#include "serve/api_keys.h"
#include "serve/catalog_request.h"
#include "serve/feedback_request.h"
#include "serve/gzip_body.h"
#include "serve/inference_tensors.h"
#include "serve/recommend_request.h"
#include "serve/router.h"
#include "serve/tensorflow_request.h"

namespace {

void match(std::string_view method, std::string_view path) {
  static const p5::Router router = [] {
    p5::Router with;
    for (const char* pattern :
         {"/", "/api/v1/users", "/api/v1/users/{user}", "/api/v1/models/{name}/versions/{version}"}) {
      with.add("GET", pattern, [](const p5::ApiCall&) {});
      with.add("POST", pattern, [](const p5::ApiCall&) {});
    }
    return with;
  }();
  for (const std::string& argument : router.find(method, path).arguments) {
    p5::fuzz::require(!argument.empty() && argument.find('\0') == std::string::npos, "arguments are texts");
  }
}

const p5::ServeOptions kOptions;

// Bad requests are refused with an error that is not ours.
template <typename Action>
void refused(Action&& action) {
  try {
    action();
  } catch (const p5::Error& error) {
    p5::fuzz::require(error.code() != p5::ErrorCode::kInternal, "no request is an internal error");
  } catch (const p5::TensorflowError& error) {
    p5::fuzz::require(error.status >= 400 && error.status < 500 && !error.text.empty(),
                      "refused by the client's fault");
  }
}

void check(const p5::RecommendRequest& request) {
  p5::fuzz::require(request.k >= 1 && request.k <= kOptions.max_k, "k is in range");
  p5::fuzz::require(request.history.size() <= static_cast<std::size_t>(kOptions.max_history), "histories end");
}

// The body by every reader of the native API.
void native(std::string_view body) {
  refused([&] { check(p5::parse_recommend(p5::parse_request(body), kOptions).request); });
  const auto with = [&](auto&& read) {
    refused([&] {
      const nlohmann::json json = p5::parse_request(body);
      p5::RequestFields fields(json);
      read(fields);
      fields.finish();
    });
  };
  const p5::RequestLimits limits = p5::limits_of(kOptions);
  with([&](p5::RequestFields& fields) { p5::read_similar_request(fields, limits); });
  with([&](p5::RequestFields& fields) { p5::read_predict_request(fields, limits); });
  with([&](p5::RequestFields& fields) { p5::read_explain_request(fields, limits); });
  with([&](p5::RequestFields& fields) { p5::read_review_request(fields); });
  with([&](p5::RequestFields& fields) { p5::read_prompt_question(fields, limits); });
  for (const auto table : {p5::TableChange::Table::kItems, p5::TableChange::Table::kUsers}) {
    refused([&] { p5::facts_of(p5::parse_request(body), "", table); });
    for (const char* list : {"items", "users"}) {
      refused([&] {
        const nlohmann::json json = p5::parse_request(body);
        p5::RequestFields fields(json);
        for (const auto& object : fields.objects(list, 100))
          p5::facts_of(object, "", table, table == p5::TableChange::Table::kItems ? "item" : "user");
      });
    }
  }
  refused([&] {
    const nlohmann::json json = p5::parse_request(body);
    p5::RequestFields fields(json);
    for (const auto& object : fields.objects("events", 100)) {
      const p5::FeedbackEvent event = p5::parse_event(object, 0);
      p5::fuzz::require(!event.id.empty() && event.id.find('\0') == std::string::npos, "events can be kept");
    }
  });
}

void tensorflow(std::string_view method, std::string_view path, std::string_view body) {
  refused([&] { p5::fuzz::require(!p5::TensorflowTarget::parse(method, path).name.empty(), "models have names"); });
  refused([&] {
    const auto predict = p5::parse_tensorflow_predict(body, kOptions, p5::require_tensorflow_signature);
    p5::fuzz::require(!predict.requests.empty(), "there are rows");
    for (const p5::RecommendRequest& request : predict.requests) check(request);
  });
  for (const bool with_items : {false, true})
    refused([&] { p5::parse_tensorflow_examples(body, with_items, kOptions); });
}

// `length`: of the JSON, as the header says it; empty: there is no header.
void tensors(std::string_view length, std::string_view body) {
  static const std::vector<p5::TensorType> types{{"user_id", "BYTES"}, {"history", "BYTES"}, {"k", "INT64"}};
  p5::HttpRequest request{.method = "POST", .path = "/", .body = std::string(body)};
  if (!length.empty()) request.headers.emplace_back("inference-header-content-length", length);
  refused([&] {
    for (const p5::InputTensor& input : p5::parse_inference(request, types).inputs) {
      std::size_t elements = 1;
      for (const std::int64_t size : input.shape) elements *= static_cast<std::size_t>(size);
      p5::fuzz::require(elements == input.texts.size() + input.numbers.size(), "data fills the shape");
      for (const std::string& text : input.texts) p5::fuzz::require(p5::is_utf8(text), "texts are UTF-8");
    }
  });
}

void gzip(std::string_view body) {
  constexpr std::size_t kLimit = 1 << 20;
  refused([&] {
    const auto text = p5::inflate_gzip(body, kLimit);
    p5::fuzz::require(!text || text->size() <= kLimit, "the limit holds");
  });
}

void show_key(std::string_view header) {
  static const p5::ApiKeys keys({"a-key"});
  const p5::HttpRequest request{.method = "GET", .path = "/", .headers = {{"authorization", std::string(header)}}};
  p5::fuzz::require(keys.allow(request) == (header == "Bearer a-key"), "only the key opens");
}

// Lines of feedback, from a file.
void import(std::string_view lines) {
  static const p5::test::TemporaryFolder folder;
  static p5::SqliteFeedbackStore store(folder / "feedback.db");
  const auto file = folder / "in.jsonl";
  std::ofstream(file, std::ios::binary) << lines;
  try {
    p5::import_feedback(store, file.string());
  } catch (const p5::Error& error) {
    p5::fuzz::require(error.code() != p5::ErrorCode::kInternal, "no line is an internal error");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto line_end = input.find('\n');
  const std::string_view line = input.substr(0, line_end);
  const std::string_view body = line_end == std::string_view::npos ? std::string_view() : input.substr(line_end + 1);
  const auto blank = std::min(line.find(' '), line.size());
  const std::string_view method = line.substr(0, blank), path = line.substr(std::min(blank + 1, line.size()));
  match(method, path);
  if (line == "FEEDBACK") {
    import(body);
  } else if (line == "GZIP") {
    gzip(body);
  } else if (method == "TENSORS" || path.starts_with("/v2/")) {
    tensors(method == "TENSORS" ? path : "", body);
  } else if (path.starts_with("/v1/")) {
    tensorflow(method, path, body);
  } else {
    native(body);
  }
  show_key(line);
  return 0;
}
