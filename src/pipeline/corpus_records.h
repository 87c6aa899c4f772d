// Rows of a corpus as the records that a CorpusBuilder takes, for corpora that are made of others. Thread-safe: free
// functions.
#pragma once

#include <cstddef>

#include "corpus/corpus.h"

namespace p5 {

ItemRecord item_record(const Corpus& corpus, ItemId item);
UserRecord user_record(const Corpus& corpus, UserId user);
Interaction event_record(const Corpus& corpus, std::size_t interaction);

}  // namespace p5
