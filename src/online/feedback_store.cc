#include "online/feedback_store.h"

#include <filesystem>

#include "online/postgres_feedback_store.h"
#include "online/sqlite_feedback_store.h"
#include "p5/error.h"

namespace p5 {

std::shared_ptr<FeedbackStore> open_feedback_store(const std::string& url) {
  const auto colon = url.find(':');
  const std::string scheme = colon == std::string::npos ? "" : url.substr(0, colon);
  if (scheme.empty() || scheme == "sqlite") {
    const std::string file = scheme.empty() ? url : url.substr(colon + 1);
    if (!file.empty()) return std::make_shared<SqliteFeedbackStore>(file);
  }
  if (scheme == "postgresql" || scheme == "postgres") return std::make_shared<PostgresFeedbackStore>(url);
  throw usage_error("bad feedback store",
                    {.where = "serve.feedback",
                     .expected = "sqlite:FILE, a path, or postgresql://USER:PASSWORD@HOST/DATABASE",
                     .got = "'" + url + "'"});
}

}  // namespace p5
