#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "cli/answer_table.h"
#include "cli/filter_arguments.h"
#include "cli/run_arguments.h"
#include "cli/verbs.h"
#include "p5/recommender.h"
#include "recommend/answer_json.h"

namespace p5::cli {
namespace {

class SimilarVerb final : public Verb {
 public:
  std::string name() const override { return "similar"; }
  std::string summary() const override { return "items like a given one, by any source of a run"; }
  std::string examples() const override {
    return "  p5 similar runs/beauty --item B004756YJA -k 5\n"
           "  p5 similar runs/beauty --item B004756YJA --where \"price<20\" --json\n"
           "  p5 similar runs/beauty --item B004756YJA --source p5\n";
  }
  std::vector<Argument> arguments() override {
    std::vector<Argument> own{
        {.kind = Argument::Kind::kText,
         .name = "item",
         .help = "an item key",
         .required = true,
         .text = &request_.item},
        {.kind = Argument::Kind::kInteger,
         .name = "k",
         .help = "number of items (default 10)",
         .integer = &request_.k,
         .also = {"n", "top"}},
        {.kind = Argument::Kind::kText, .name = "source", .help = source_help("item-knn"), .text = &request_.source}};
    filter_.add_to(own);
    return shared_.around(own);
  }

  int run() override {
    Recommender recommender = Recommender::open(shared_.run, shared_.options);
    filter_.apply(recommender, request_);
    const auto items = recommender.similar(request_);
    if (shared_.json) {
      fmt::print("{}\n", pretty_json(to_json(request_, items)));
    } else {
      const std::size_t width = output_width();
      const ItemName asked = recommender.item_named(request_.item);
      fmt::print("like {}\n{}", shown_name(asked.item, asked.title), answer_table(items, {.width = width}));
    }
    return 0;
  }

 private:
  SimilarRequest request_;
  RunArguments shared_;
  FilterArguments filter_;
};

}  // namespace

std::unique_ptr<Verb> make_similar_verb() { return std::make_unique<SimilarVerb>(); }

}  // namespace p5::cli
