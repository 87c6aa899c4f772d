#include "prompt/prompt_places.h"

#include <algorithm>

#include "base/resource.h"

namespace p5 {

std::vector<std::filesystem::path> prompt_places(const std::vector<std::string>& only,
                                                 const std::vector<std::string>& more) {
  std::vector<std::filesystem::path> places(only.begin(), only.end());
  if (places.empty()) places.push_back(resource_path("prompts"));
  for (const std::string& place : more) {
    std::error_code missing;  // said by load()
    const bool known = std::any_of(places.begin(), places.end(), [&](const std::filesystem::path& other) {
      return std::filesystem::equivalent(other, place, missing);
    });
    if (!known) places.emplace_back(place);
  }
  return places;
}

}  // namespace p5
