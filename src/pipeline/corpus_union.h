// Several corpora as one, for pretraining on all of them at once. Thread-safe: free functions.
#pragma once

#include <filesystem>
#include <vector>

#include "ingest/ingest_report.h"
#include "p5/stop_token.h"

namespace p5 {

// Writes a corpus with all users, items and events of `corpora` to `out`, in place of one that is there. Keys stay as
// they are where no other of the corpora has them, so that a run on one of the corpora finds its items again; a key
// that two have gets the name of its corpus before it ("beauty:1"). Users are never joined. Throws InvalidArgument
// (request) where the ratings are of different scales.
IngestReport join_corpora(const std::vector<std::filesystem::path>& corpora, const std::filesystem::path& out,
                          const StopToken& stop = {});

}  // namespace p5
