#include "serve/feedback_request.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/request_fields.h"
#include "base/unix_time.h"

namespace p5 {

using Json = nlohmann::json;

FeedbackEvent parse_event(const Json& object, std::size_t index) {
  RequestFields fields(object, "events[" + std::to_string(index) + "]");
  FeedbackEvent event{
      .id = fields.required_text("id"), .user = fields.required_text("user"), .item = fields.required_text("item")};
  event.type = fields.text("type").value_or("click");
  event.value = fields.number("value");
  event.time_ms = fields.integer("time_ms", unix_time_ms(), 0, 253402300799999);  // to the end of the year 9999
  event.request_id = fields.text("request_id").value_or("");
  fields.finish();
  for (const auto& [name, text] : {std::pair<const char*, const std::string&>{"id", event.id},
                                   {"user", event.user},
                                   {"item", event.item},
                                   {"type", event.type},
                                   {"request_id", event.request_id}}) {
    if (!can_be_kept(text, kMostKeyBytes)) {
      throw fields.bad(name, "at most 1024 bytes without a NUL", Json(text.size()));
    }
  }
  return event;
}

}  // namespace p5
