// What a folder is that somebody named: corpora and runs are easily confused. Thread-safe: free functions.
#pragma once

#include <filesystem>

#include "p5/error.h"

namespace p5 {

enum class FolderKind { kMissing, kCorpus, kRun, kOther };
FolderKind kind_of_folder(const std::filesystem::path& folder);

// For a folder that is not what was wanted: "this is a corpus; expected a run, ...", or that it does not exist. Not
// found, about `subject`.
Error wrong_folder(const std::filesystem::path& folder, FolderKind wanted, ErrorSubject subject);

}  // namespace p5
