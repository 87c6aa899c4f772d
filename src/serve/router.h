// From method and path to a handler. Not thread-safe while routes are added; afterwards all const.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/http_message.h"

namespace p5 {

// One request on its way to an answer.
struct ApiCall {
  HttpRequest request;
  std::string id;          // of the request, in logs and answers
  std::string route = {};  // the pattern that matched: a label of metrics, which must not hold keys of users
  std::vector<std::string> arguments = {};  // what stands at the places of {names} in the pattern, decoded
  HttpReply reply;
};

using RouteHandler = std::function<void(ApiCall)>;

class Router {
 public:
  // "/api/v1/users/{user}": a {name} takes one segment, which is not empty.
  void add(std::string method, std::string pattern, RouteHandler handler);

  struct Match {
    const RouteHandler* handler = nullptr;
    std::string_view pattern = {};
    std::vector<std::string> arguments = {};
    std::vector<std::string> allowed = {};  // methods that the path has, where the method is another one
  };
  // HEAD is answered as GET.
  Match find(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    std::string method, pattern;
    std::vector<std::string> segments;
    RouteHandler handler;
  };
  std::vector<Route> routes_;
};

}  // namespace p5
