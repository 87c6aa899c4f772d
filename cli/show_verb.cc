#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "cli/verbs.h"
#include "p5/error.h"
#include "pipeline/corpus_view.h"

namespace p5::cli {
namespace {

class ShowVerb final : public Verb {
 public:
  ShowVerb() { split_.bind(table_); }
  std::string name() const override { return "show"; }
  std::string summary() const override { return "look into a corpus: its users, items and events"; }
  std::string examples() const override {
    return "  p5 show ml100k\n"
           "  p5 show ml100k --user 196\n"
           "  p5 show ml100k --item 50 --limit 5\n"
           "  p5 show ml100k --find \"star wars\" --json\n";
  }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositional,
             .name = "corpus",
             .help = "corpus folder",
             .required = true,
             .text = &corpus_},
            {.kind = Argument::Kind::kText,
             .name = "user",
             .help = "the history of this user, and the part of the split that each event is in",
             .text = &user_},
            {.kind = Argument::Kind::kText,
             .name = "item",
             .help = "what is known about this item, and who took it last",
             .text = &item_},
            {.kind = Argument::Kind::kText,
             .name = "find",
             .help = "items with these words in title, brand, category or key; users whose key begins with them",
             .text = &words_},
            {.kind = Argument::Kind::kInteger,
             .name = "limit",
             .help = "events, users or items to list (default 5; 20 with --user, --item or --find)",
             .integer = &limit_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    const int asked = (user_.empty() ? 0 : 1) + (item_.empty() ? 0 : 1) + (words_.empty() ? 0 : 1);
    if (asked > 1) throw usage_error("give one of --user, --item and --find", {.got = std::to_string(asked)});
    if (limit_ < 0 || limit_ > kMostListed) {
      throw usage_error(
          "bad number of rows",
          {.where = "--limit", .expected = fmt::format("1 to {}", kMostListed), .got = std::to_string(limit_)});
    }
    const auto limit = static_cast<std::size_t>(limit_ > 0 ? limit_ : asked == 0 ? 5 : 20);
    const CorpusView view(open_data(corpus_, split_), limit);
    if (!user_.empty()) return print(view.user(user_));
    if (!item_.empty()) return print(view.item(item_));
    return print(words_.empty() ? view.sample() : view.find(words_));
  }

 private:
  static constexpr std::int64_t kMostListed = 1'000'000;

  template <typename Viewed>
  int print(const Viewed& viewed) const {
    fmt::print("{}", json_ ? pretty_json(to_json(viewed)) + "\n" : to_text(viewed));
    return 0;
  }

  SplitOptions split_;
  OptionTable table_;
  std::string corpus_, user_, item_, words_;
  std::int64_t limit_ = 0;  // 0: not given
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_show_verb() { return std::make_unique<ShowVerb>(); }

}  // namespace p5::cli
