#include "prompt/prompt_renderer.h"

#include <fmt/format.h>

#include <algorithm>

#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::string_view kStarOptions = "1, 2, 3, 4, 5";

// At most `limit` bytes, cut between words where there are any, never inside a character.
std::string_view shorten(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  const std::size_t space = text.substr(0, end + 1).find_last_of(' ');
  return text.substr(0, space == std::string_view::npos || space == 0 ? end : space);
}

// Builds the mentions of one text; neighbouring words become one mention.
class Writer {
 public:
  Writer(const RenderOptions& options, std::string_view where) : options_(options), where_(where) {}

  void text(std::string_view words, Mention::List list = Mention::List::kNone) {
    if (words.empty()) return;
    if (out_.empty() || out_.back().kind != Mention::Kind::kText || out_.back().list != list) {
      out_.push_back({.kind = Mention::Kind::kText, .text = {}, .id = 0, .list = list});
    }
    out_.back().text += words;
  }
  void free_text(std::string_view words) { text(shorten(words, options_.max_text)); }
  void written_text(std::string_view words, Slot slot, std::size_t limit) {
    if (words.empty()) throw missing(slot);
    text(shorten(words, limit));
  }
  const RenderOptions& options() const { return options_; }

  void item(std::optional<std::uint32_t> id, Slot slot) {
    if (!id) throw missing(slot);
    mention(Mention::Kind::kItem, *id, Mention::List::kNone);
  }
  void user(std::optional<std::uint32_t> id) {
    if (id) {
      mention(Mention::Kind::kUser, *id, Mention::List::kNone);
    } else {
      text("a new user");
    }
  }
  void stars(std::string_view verb, std::string_view stars) {
    if (!stars.empty()) text(fmt::format(" ({} {})", verb, stars));
  }
  void items(std::span<const std::uint32_t> ids, Mention::List list) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (i > 0) text(options_.separator, list);
      mention(Mention::Kind::kItem, ids[i], list);
    }
  }

  Error missing(Slot slot) const {
    return usage_error(fmt::format("the prompt asks for '{}', which is not given", slot_name(slot)),
                       {.where = std::string(where_)});
  }
  RenderedText take() { return std::move(out_); }

 private:
  void mention(Mention::Kind kind, std::uint32_t id, Mention::List list) {
    out_.push_back({.kind = kind, .text = {}, .id = id, .list = list});
  }

  const RenderOptions& options_;
  std::string_view where_;
  RenderedText out_;
};

std::string_view answer(const Writer& out, const SlotValues& values, Slot slot, std::string_view positive,
                        std::string_view negative) {
  if (!values.positive) throw out.missing(slot);
  return *values.positive ? positive : negative;
}

void fill(Writer& out, Slot slot, const SlotValues& values) {
  const auto or_unknown = [](std::string_view text, std::string_view unknown) { return text.empty() ? unknown : text; };
  switch (slot) {
    case Slot::kUser:
      out.user(values.user);
      if (!values.user) out.stars("gave", values.user_stars);
      return;
    case Slot::kUserDescription:
      values.user_description.empty() ? out.user(values.user) : out.free_text(values.user_description);
      return out.stars("gave", values.user_stars);
    case Slot::kItem:
      if (values.item || values.item_description.empty()) return out.item(values.item, slot);
      out.free_text(values.item_description);
      return out.stars("got", values.item_stars);
    case Slot::kItemTitle:
      values.item_title.empty() ? out.item(values.item, slot) : out.free_text(values.item_title);
      return out.stars("got", values.item_stars);
    case Slot::kItemBrand:
      return out.free_text(or_unknown(values.item_brand, "unknown brand"));
    case Slot::kItemPrice:
      return out.text(std::isfinite(values.item_price) ? fmt::format("{:.2f}", values.item_price) : "unknown price");
    case Slot::kItemCategories:
      return out.free_text(or_unknown(values.item_categories, "unknown category"));
    case Slot::kHistory:
      return values.history.empty() ? out.text("nothing yet") : out.items(values.history, Mention::List::kHistory);
    case Slot::kCandidates:
      if (values.candidates.empty()) throw out.missing(slot);
      return out.items(values.candidates, Mention::List::kCandidates);
    case Slot::kRating:
      if (!values.rating_text.empty()) return out.text(values.rating_text);
      if (!values.rating) throw out.missing(slot);
      return out.text(std::to_string(*values.rating));
    case Slot::kYesNo:
      return out.text(answer(out, values, slot, kYesText, kNoText));
    case Slot::kLikeDislike:
      return out.text(answer(out, values, slot, kLikeText, kDislikeText));
    case Slot::kOptions:
      return out.text(kStarOptions);
    case Slot::kReview:
      return out.written_text(values.review, slot, out.options().max_review);
    case Slot::kHeadline:
      return out.written_text(values.headline, slot, out.options().max_text);
    case Slot::kFeature:
      return out.written_text(values.feature, slot, out.options().max_text);
    case Slot::kExplanation:
      return out.written_text(values.explanation, slot, out.options().max_review);
  }
}

bool has_value(Slot slot, const SlotValues& values) {
  switch (slot) {
    case Slot::kItem:
      return values.item || !values.item_description.empty();
    case Slot::kItemTitle:
      return values.item || !values.item_title.empty();
    case Slot::kCandidates:
      return !values.candidates.empty();
    case Slot::kRating:
      return values.rating || !values.rating_text.empty();
    case Slot::kYesNo:
    case Slot::kLikeDislike:
      return values.positive.has_value();
    case Slot::kReview:
      return !values.review.empty();
    case Slot::kHeadline:
      return !values.headline.empty();
    case Slot::kFeature:
      return !values.feature.empty();
    case Slot::kExplanation:
      return !values.explanation.empty();
    default:
      return true;  // has a fallback
  }
}

}  // namespace

RenderedText PromptRenderer::render(const PromptPattern& pattern, const SlotValues& values,
                                    std::string_view where) const {
  Writer out(options_, where);
  for (const auto& piece : pattern.pieces()) {
    if (piece.slot) {
      fill(out, *piece.slot, values);
    } else {
      out.text(piece.text);
    }
  }
  return out.take();
}

bool PromptRenderer::can_render(const PromptPattern& pattern, const SlotValues& values) {
  return std::all_of(pattern.slots().begin(), pattern.slots().end(),
                     [&](Slot slot) { return has_value(slot, values); });
}

int star_of(double rating) { return static_cast<int>(std::lround(std::clamp(rating, 1.0, 5.0))); }

}  // namespace p5
