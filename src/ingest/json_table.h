// Tables of one JSON object per line, with columns named by ReaderOptions. Thread-safe for different sinks.
#pragma once

#include "ingest/dataset_reader.h"
#include "records/line_source.h"

namespace p5 {

// Whole numbers are accepted as keys. Fields without a role become attributes.
void read_json_interactions(LineSource& lines, const ReaderOptions& options, RecordSink& sink);
// Every field is kept: those that ItemRecord names in its fields, others as attributes.
void read_json_items(LineSource& lines, const ReaderOptions& options, RecordSink& sink);

}  // namespace p5
