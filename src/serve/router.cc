#include "serve/router.h"

#include <algorithm>
#include <utility>

namespace p5 {
namespace {

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  std::size_t at = 0;
  while (at < path.size()) {
    const auto end = std::min(path.find('/', at + 1), path.size());
    segments.emplace_back(path.substr(at + 1, end - at - 1));
    at = end;
  }
  return segments;
}

bool is_name(const std::string& segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
          std::vector<std::string>& arguments) {
  if (pattern.size() != path.size()) return false;
  arguments.clear();
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (is_name(pattern[i])) {
      std::string decoded;
      if (path[i].empty() || !percent_decode(path[i], decoded)) return false;
      arguments.push_back(std::move(decoded));
    } else if (pattern[i] != path[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

void Router::add(std::string method, std::string pattern, RouteHandler handler) {
  auto segments = segments_of(pattern);
  routes_.push_back({std::move(method), std::move(pattern), std::move(segments), std::move(handler)});
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
  if (method == "HEAD") method = "GET";
  const auto segments = segments_of(path);
  Match match;
  std::vector<std::string> arguments;
  for (const Route& route : routes_) {
    if (!fits(route.segments, segments, arguments)) continue;
    if (route.method == method)
      return {.handler = &route.handler, .pattern = route.pattern, .arguments = std::move(arguments)};
    match.allowed.push_back(route.method);
  }
  return match;
}

}  // namespace p5
