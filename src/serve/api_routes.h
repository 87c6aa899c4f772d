// Adds the handlers of an API, which are members that throw what is wrong, to a router. Not thread-safe, as Router.
#pragma once

#include <string>
#include <utility>

#include "serve/api_reply.h"
#include "serve/router.h"

namespace p5 {

// What the handler throws is the answer. `api` is copied.
template <typename Api>
void add_route(Router& router, const char* method, const char* pattern, const Api& api,
               void (Api::*handler)(ApiCall) const) {
  router.add(method, pattern, [api, handler](ApiCall call) {
    const HttpReply reply = call.reply;
    const std::string id = call.id;
    answer_errors(reply, id, [&] { (api.*handler)(std::move(call)); });
  });
}

}  // namespace p5
