#include "prompt/prompt_renderer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>

#include "p5/error.h"

namespace p5 {
namespace {

// At most `limit` bytes, cut between words if possible, never inside a character.
std::string_view shorten(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  const std::size_t space = text.substr(0, end + 1).find_last_of(' ');
  return text.substr(0, space == std::string_view::npos || space == 0 ? end : space);
}

// Builds the mentions of one text. Adjacent words become one mention.
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
    for (std::size_t i = 0; i < ids.size(); ++i) list_item(ids[i], i, list);
  }
  void history(std::span<const std::uint32_t> ids) {
    ids = ids.last(std::min(ids.size(), options_.max_history));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      list_item(options_.newest_first ? ids[ids.size() - 1 - i] : ids[i], i, Mention::List::kHistory);
    }
  }

  Error missing(Slot slot) const {
    return usage_error(fmt::format("the prompt asks for '{}', which is not given", slot_name(slot)),
                       {.where = std::string(where_)});
  }
  RenderedText take() { return std::move(out_); }

 private:
  void list_item(std::uint32_t id, std::size_t index, Mention::List list) {
    if (index > 0) text(options_.separator, list);
    mention(Mention::Kind::kItem, id, list);
  }
  void mention(Mention::Kind kind, std::uint32_t id, Mention::List list) {
    out_.push_back({.kind = kind, .text = {}, .id = id, .list = list});
  }

  const RenderOptions& options_;
  std::string_view where_;
  RenderedText out_;
};

std::optional<std::uint32_t> named_user(const TaskQuestion& question) {
  return question.anonymous ? std::nullopt : question.user;
}

std::optional<std::uint32_t> named_item(const TaskQuestion& question) {
  return question.anonymous ? std::nullopt : question.item;
}

std::string_view answer(const Writer& out, const TaskQuestion& question, Slot slot, std::string_view positive,
                        std::string_view negative) {
  if (!question.positive) throw out.missing(slot);
  return *question.positive ? positive : negative;
}

void fill_user(Writer& out, Slot slot, const TaskQuestion& question, const EntityTexts& texts) {
  const auto user = named_user(question);
  if (slot == Slot::kUserDescription && !texts.user_description.empty()) {
    out.free_text(texts.user_description);
  } else {
    out.user(user);
  }
  if (slot == Slot::kUserDescription || !user) out.stars("gave", texts.user_stars);
}

void fill_item(Writer& out, Slot slot, const TaskQuestion& question, const EntityTexts& texts) {
  const auto item = named_item(question);
  const bool title = slot == Slot::kItemTitle;
  const std::string_view words = title ? texts.item_title : item ? std::string_view() : texts.item_description;
  words.empty() ? out.item(item, slot) : out.free_text(words);
  if (title || !words.empty()) out.stars("got", texts.item_stars);
  out.stars("expect", texts.expected_stars);
}

void fill(Writer& out, Slot slot, const TaskQuestion& question, const EntityTexts& texts) {
  const auto or_unknown = [](std::string_view text, std::string_view unknown) { return text.empty() ? unknown : text; };
  switch (slot) {
    case Slot::kUser:
    case Slot::kUserDescription:
      return fill_user(out, slot, question, texts);
    case Slot::kItem:
    case Slot::kItemTitle:
      return fill_item(out, slot, question, texts);
    case Slot::kItemBrand:
      return out.free_text(or_unknown(texts.item_brand, "unknown brand"));
    case Slot::kItemPrice:
      return out.text(std::isfinite(texts.item_price) ? fmt::format("{:.2f}", texts.item_price) : "unknown price");
    case Slot::kItemCategories:
      return out.free_text(or_unknown(texts.item_categories, "unknown category"));
    case Slot::kHistory:
      return question.history.empty() ? out.text("nothing yet") : out.history(question.history);
    case Slot::kCandidates:
      if (question.candidates.empty()) throw out.missing(slot);
      return out.items(question.candidates, Mention::List::kCandidates);
    case Slot::kRating:
      if (!question.answered_stars.empty()) return out.text(question.answered_stars);
      if (!question.rating) throw out.missing(slot);
      return out.text(fmt::format("{:.10g}", *question.rating));
    case Slot::kYesNo:
      return out.text(answer(out, question, slot, kYesText, kNoText));
    case Slot::kLikeDislike:
      return out.text(answer(out, question, slot, kLikeText, kDislikeText));
    case Slot::kOptions:
      return out.text(out.options().rating_options);
    case Slot::kReview:
      return out.written_text(question.review, slot, out.options().max_review);
    case Slot::kHeadline:
      return out.written_text(question.headline, slot, out.options().max_text);
    case Slot::kFeature:
      return out.written_text(question.feature, slot, out.options().max_text);
    case Slot::kExplanation:
      return out.written_text(question.explanation, slot, out.options().max_review);
    case Slot::kLowest:
    case Slot::kHighest:
    case Slot::kLowestWord:
    case Slot::kHighestWord:
    case Slot::kLowestStars:
      throw out.missing(slot);  // words of the run's prompts by now
  }
}

bool has_value(Slot slot, const TaskQuestion& question, const EntityTexts& texts) {
  if (kScaleSlots.contains(slot)) return false;
  switch (slot) {
    case Slot::kItem:
      return named_item(question) || !texts.item_description.empty();
    case Slot::kItemTitle:
      return named_item(question) || !texts.item_title.empty();
    case Slot::kCandidates:
      return !question.candidates.empty();
    case Slot::kRating:
      return question.rating || !question.answered_stars.empty();
    case Slot::kYesNo:
    case Slot::kLikeDislike:
      return question.positive.has_value();
    case Slot::kReview:
      return !question.review.empty();
    case Slot::kHeadline:
      return !question.headline.empty();
    case Slot::kFeature:
      return !question.feature.empty();
    case Slot::kExplanation:
      return !question.explanation.empty();
    default:
      return true;  // has a fallback
  }
}

}  // namespace

RenderedText PromptRenderer::render(const PromptPattern& pattern, const TaskQuestion& question,
                                    const EntityTexts& texts, std::string_view where) const {
  Writer out(options_, where);
  for (const auto& piece : pattern.pieces()) {
    if (piece.slot) {
      fill(out, *piece.slot, question, texts);
    } else {
      out.text(piece.text);
    }
  }
  return out.take();
}

bool PromptRenderer::can_render(const PromptPattern& pattern, const TaskQuestion& question, const EntityTexts& texts) {
  return std::all_of(pattern.slots().begin(), pattern.slots().end(),
                     [&](Slot slot) { return has_value(slot, question, texts); });
}

}  // namespace p5
