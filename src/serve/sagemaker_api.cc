#include "serve/sagemaker_api.h"

#include <string>
#include <utility>

#include "base/json_field.h"
#include "serve/api_reply.h"

namespace p5 {
namespace {

bool accepts_json(const HttpRequest& request) {
  const std::string* type = request.header("content-type");
  const std::string* accept = request.header("accept");
  const bool sent = type == nullptr || type->starts_with("application/json");
  const bool wanted = accept == nullptr || accept->find("json") != std::string::npos ||
                      accept->find("*/*") != std::string::npos || accept->empty();
  return sent && wanted;
}

}  // namespace

void add_sagemaker_api(Router& router, std::function<bool()> ready, std::function<void(ApiCall)> answer) {
  router.add("GET", "/ping",
             [ready = std::move(ready)](const ApiCall& call) { call.reply({.status = ready() ? 200 : 404}); });
  router.add("GET", "/execution-parameters", [](const ApiCall& call) {
    call.reply(
        json_response({{"MaxConcurrentTransforms", 8}, {"BatchStrategy", "SINGLE_RECORD"}, {"MaxPayloadInMB", 6}}));
  });
  router.add("POST", "/invocations", [answer = std::move(answer)](ApiCall call) {
    if (!accepts_json(call.request)) {
      call.reply(error_response(415, "Unsupported", "only application/json is taken and given", call.id));
      return;
    }
    const auto body = parse_json(call.request.body);
    call.request.path = body.is_object() && body.contains("requests") ? "/api/v1/recommend:batch" : "/api/v1/recommend";
    answer(std::move(call));
  });
}

}  // namespace p5
