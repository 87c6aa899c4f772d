#include "encoders/objective_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "p5/error.h"

namespace p5 {
namespace {

Error missing(const ObjectiveRow& objective, const Split& split, std::string_view column) {
  return data_error(fmt::format("the objective {} has no data", objective.name),
                    {.where = "corpus " + split.corpus().info().name, .expected = std::string(column), .got = "none"});
}

void read_ratings(const Split& split, const ObjectiveRow& objective, ObjectiveFacts& facts) {
  double count = 0, sum = 0, squares = 0;
  for (const std::size_t at : split.rated_positions(Part::kTrain)) {
    const double rating = split.corpus().ratings()[at];
    ++count;
    sum += rating;
    squares += rating * rating;
  }
  if (count == 0) throw missing(objective, split, "the column rating of events");
  facts.rating_mean = sum / count;
  const double variance = squares / count - facts.rating_mean * facts.rating_mean;
  facts.rating_deviation = variance > 1e-12 ? std::sqrt(variance) : 1.0;
}

}  // namespace

ObjectiveFacts read_objective_facts(const Split& split, const EncoderOptions& options, std::size_t items) {
  constexpr std::string_view kAttributes =
      "a column of the item table with words that items share (brand, categories or another list)";
  ObjectiveFacts facts;
  const ItemCatalog& catalog = split.corpus().catalog();
  for (const WeightedObjective& objective : objectives_of(options)) {
    switch (objective.row->needs) {
      case ObjectiveNeed::kNothing:
      case ObjectiveNeed::kReturns:
      case ObjectiveNeed::kRewards:
        break;
      case ObjectiveNeed::kAttributes:
        facts.attributes = read_item_attributes(catalog, items);
        if (facts.attributes.empty()) throw missing(*objective.row, split, kAttributes);
        break;
      case ObjectiveNeed::kTriplets:
        facts.graph = options.graph.empty() ? graph_of(read_item_attributes(catalog, items), items)
                                            : read_knowledge_graph(options.graph, catalog, items);
        if (facts.graph.empty()) {
          throw missing(*objective.row, split, std::string(kAttributes) + ", or a file in encoder.graph");
        }
        break;
      case ObjectiveNeed::kRatings:
        read_ratings(split, *objective.row, facts);
        break;
    }
  }
  return facts;
}

}  // namespace p5
