#include "prompt/rendered_text.h"

namespace p5 {

std::string user_text(std::uint32_t user) { return "user_" + std::to_string(std::uint64_t{user} + 1); }

std::string to_text(const RenderedText& rendered, const std::function<std::string(std::uint32_t)>& item_name) {
  std::string text;
  for (const Mention& mention : rendered) {
    switch (mention.kind) {
      case Mention::Kind::kText:
        text += mention.text;
        break;
      case Mention::Kind::kItem:
        text += item_name(mention.id);
        break;
      case Mention::Kind::kUser:
        text += user_text(mention.id);
        break;
      case Mention::Kind::kSentinel:
        text += "<extra_id_" + std::to_string(mention.id) + ">";
        break;
    }
  }
  return text;
}

}  // namespace p5
