// Tables of one JSON object a line, with columns named by ReaderOptions. Thread-safe for different sinks.
#pragma once

#include <filesystem>

#include "ingest/dataset_reader.h"

namespace p5 {

// Whole numbers are accepted as keys. Fields that play no role are left out, as interactions have no attributes.
void read_json_interactions(const std::filesystem::path& path, const ReaderOptions& options, RecordSink& sink);
// Every field is kept: those that ItemRecord names in their place, others as attributes.
void read_json_items(const std::filesystem::path& path, const ReaderOptions& options, RecordSink& sink);

}  // namespace p5
