// Writes a run, or a corpus, in the formats of other programs (docs/export.md). Thread-safe as long as no two calls
// write to one folder.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "onnx/onnx_file.h"
#include "p5/pipeline.h"

namespace p5 {

struct ExportRequest {
  std::string from;                     // a run folder; for "recbole" also a corpus folder
  std::string to;                       // a row of export_formats()
  std::string out;                      // the folder to write
  bool force = false;                   // replace a folder that an earlier export wrote
  std::string corpus = {};              // in place of the run's
  std::string source = "p5";            // what to export: "p5", or a sequence encoder such as "sasrec"
  std::vector<std::string> users = {};  // onnx: users whose questions are written beside the graphs
  bool triton = false;                  // onnx: as a model repository of Triton
  StopToken stop = {};
  std::uint64_t external_above = kOnnxFileLimit;  // onnx: more bytes of weights than this go to files of their own
};

struct ExportFormat {
  std::string_view name, summary;
};
std::span<const ExportFormat> export_formats();

// The folder appears whole or not at all, with export.json, which says what is in it. Throws InvalidArgument for a
// folder that exists and must not be replaced and for requests that contradict themselves, Unsupported (model) for what
// the format cannot say, Interrupted.
StageReport export_run(const ExportRequest& request);

}  // namespace p5
