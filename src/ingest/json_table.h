// Tables of JSON objects, one per line or in one document, with fields named by ReaderOptions. Thread-safe for
// different sinks.
#pragma once

#include "ingest/dataset_reader.h"
#include "records/line_source.h"

namespace p5 {

// Whole numbers are accepted as keys. Fields without a role become attributes. A role may be named by a path
// ("customer.id"). One object may hold many events: a list of items, or of objects that hold an item each.
void read_json_interactions(LineSource& lines, const ReaderOptions& options, RecordSink& sink);
// Every field is kept: those that ItemRecord names in its fields, others as attributes.
void read_json_items(LineSource& lines, const ReaderOptions& options, RecordSink& sink);
void read_json_users(LineSource& lines, const ReaderOptions& options, RecordSink& sink);

}  // namespace p5
