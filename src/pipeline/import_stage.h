// From source files to a corpus folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/option_table.h"
#include "ingest/corpus_builder.h"
#include "ingest/dataset_reader.h"
#include "simulate/log_simulator.h"

namespace p5 {

struct ImportOptions {
  ReaderOptions reader;
  CleaningOptions cleaning;
  std::string name;    // empty: the first input's file name
  bool force = false;  // replace an existing corpus

  void bind(OptionTable& table);           // rows import.*
  void bind_cleaning(OptionTable& table);  // those without the reader's: of records that come from no file
};

// Throws NotFound or InvalidArgument for the inputs, data errors for what is in them, Interrupted when a stop is
// asked for. Nothing is left behind on failure.
IngestReport import_corpus(const std::vector<std::filesystem::path>& inputs, const std::filesystem::path& out,
                           const ImportOptions& options, const StopToken& stop = {});

IngestReport simulate_corpus(const SimulateOptions& options, const std::filesystem::path& out,
                             AtomicDirectory::Existing existing, const StopToken& stop = {});

}  // namespace p5
