// What p5 serve does with a request before a model is asked: paths, escapes, API keys, and the fields of
// recommendations. An input is "METHOD PATH" in its first line and the body after it. The other APIs are tried from
// outside, by "scripts/faults requests".
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

#include "online/feedback_file.h"
#include "online/sqlite_feedback_store.h"
#include "reader_fuzz.h"
#include "serve/api_keys.h"
#include "serve/recommend_request.h"
#include "serve/router.h"

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

void recommend(std::string_view body) {
  const p5::ServeOptions options;
  try {
    const p5::ParsedRecommend parsed = p5::parse_recommend(p5::parse_request(body), options);
    p5::fuzz::require(parsed.request.k >= 1 && parsed.request.k <= options.max_k, "k is in range");
    p5::fuzz::require(parsed.request.history.size() <= static_cast<std::size_t>(options.max_history), "histories end");
  } catch (const p5::Error& error) {
    p5::fuzz::require(error.code() != p5::ErrorCode::kInternal, "no request is an internal error");
  }
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
  const auto blank = line.find(' ');
  if (blank != std::string_view::npos) match(line.substr(0, blank), line.substr(blank + 1));
  if (line == "FEEDBACK") {
    import(body);
  } else {
    recommend(body);
  }
  show_key(line);
  return 0;
}
