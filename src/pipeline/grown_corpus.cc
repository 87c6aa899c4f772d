#include "pipeline/grown_corpus.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "ingest/corpus_builder.h"
#include "pipeline/corpus_records.h"
#include "pipeline/update_events.h"

namespace p5 {
namespace {

constexpr std::size_t kRowsPerLook = 1 << 14;  // between two looks at the stop token

// "view=0.2" for each type that counts other than 1, as the import that made the corpus had it.
std::vector<std::string> weights_of_types(const Corpus& corpus) {
  std::map<std::string, float> weights;
  if (corpus.weights().empty()) return {};
  for (std::size_t i = 0; i < corpus.interaction_count(); ++i) {
    weights.emplace(corpus.event(i), corpus.weight(i));
  }
  std::vector<std::string> rules;
  for (const auto& [type, weight] : weights) {
    if (weight != 1) rules.push_back(fmt::format("{}={}", type, weight));
  }
  return rules;
}

Attribute attribute_of(const ItemFact& fact) {
  if (fact.number) return {.name = fact.name, .value = *fact.number};
  if (fact.values.size() == 1) return {.name = fact.name, .value = fact.values.front()};
  return {.name = fact.name, .value = fact.values};
}

void apply(const ItemChange& change, ItemRecord& record) {
  if (change.title) record.title = *change.title;
  if (change.brand) record.brand = *change.brand;
  if (change.description) record.description = *change.description;
  if (change.price) record.price = *change.price;
  if (change.categories) record.categories = *change.categories;
  if (!change.facts) return;
  record.attributes.clear();
  for (const ItemFact& fact : *change.facts) record.attributes.push_back(attribute_of(fact));
}

void write_items(const Corpus& corpus, const CatalogChanges& changes, CorpusBuilder& builder) {
  std::map<std::string, const ItemChange*> changed;
  for (const ItemChange& change : changes.items) changed.emplace(change.item, &change);
  for (ItemId item = 0; item < corpus.item_count(); ++item) {
    ItemRecord record = item_record(corpus, item);
    if (const auto found = changed.find(record.key); found != changed.end()) apply(*found->second, record);
    builder.item(record);
  }
  for (const ItemChange& change : changes.items) {
    if (corpus.catalog().find(change.item)) continue;
    ItemRecord record{.key = change.item};
    apply(change, record);
    builder.item(record);
  }
}

Interaction interaction_of(const FeedbackEvent& event, const Corpus& corpus) {
  return {.user = event.user,
          .item = event.item,
          .rating = rating_of(event, corpus),
          .time_ms = event.time_ms,
          .event = event.type};
}

}  // namespace

CleaningOptions cleaning_of(const Corpus& corpus) {
  CleaningOptions cleaning;
  cleaning.duplicates = CleaningOptions::Duplicates::kKeep;
  cleaning.shuffle_ties = false;  // they are in their order
  cleaning.items_without_events = CleaningOptions::ItemsWithoutEvents::kKeep;
  cleaning.weights = weights_of_types(corpus);
  if (corpus.info().rating_scale) cleaning.rating_scale = corpus.rating_scale().to_string();
  return cleaning;
}

IngestReport grow_corpus(const Corpus& corpus, std::span<const FeedbackEvent> events, const CatalogChanges& changes,
                         const std::filesystem::path& out, const StopToken& stop) {
  const std::unordered_set<std::string> forgotten(changes.forgotten_users.begin(), changes.forgotten_users.end());
  CorpusBuilder builder(out, corpus.info().name, "update", cleaning_of(corpus), /*force=*/false);
  builder.heed(stop);
  builder.keys_are(corpus.info().user_keys, corpus.info().item_keys);
  builder.keep_file_order();
  write_items(corpus, changes, builder);
  for (UserId user = 0; user < corpus.user_count(); ++user) {
    UserRecord record = user_record(corpus, user);
    if (!forgotten.contains(record.key)) builder.user(record);
  }
  for (std::size_t i = 0; i < corpus.interaction_count(); ++i) {
    Interaction record = event_record(corpus, i);
    if (!forgotten.contains(record.user)) builder.interaction(record);
    if (i % kRowsPerLook == 0) builder.progress(0, kRowsPerLook);
  }
  for (const FeedbackEvent& event : events) {
    Interaction record = interaction_of(event, corpus);
    builder.interaction(record);
  }
  builder.progress(0, events.size());
  return builder.finish();
}

}  // namespace p5
