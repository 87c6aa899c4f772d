// A corpus with what happened since: new events, and what the shop changed. Thread-safe: a free function.
#pragma once

#include <filesystem>
#include <span>

#include "corpus/corpus.h"
#include "ingest/corpus_builder.h"
#include "ingest/ingest_report.h"
#include "online/feedback_event.h"
#include "p5/recommender.h"
#include "p5/stop_token.h"

namespace p5 {

// How the events of a corpus are taken into a new one as they are: kept all, in their order, on their scale and with
// their weights.
CleaningOptions cleaning_of(const Corpus& corpus);

// Writes a corpus with all items, users and events of `corpus`, less forgotten users, and these events after them, to
// `out`: whole, or not at all. Items have the facts that the shop changed; items that it put are there with or without
// events. Name, scale of ratings, weights of types and order of events stay. Throws InvalidArgument (request) where
// something is at `out`, Interrupted.
IngestReport grow_corpus(const Corpus& corpus, std::span<const FeedbackEvent> events, const CatalogChanges& changes,
                         const std::filesystem::path& out, const StopToken& stop = {});

}  // namespace p5
