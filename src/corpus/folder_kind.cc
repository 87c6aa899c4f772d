#include "corpus/folder_kind.h"

#include <string>
#include <system_error>

#include "corpus/corpus_format.h"

namespace p5 {
namespace {

constexpr const char* kRunFile = "run.json";

std::string wanted_text(FolderKind wanted) {
  return wanted == FolderKind::kRun ? "a run: a folder that p5 train wrote, with run.json"
                                    : "a corpus: a folder that p5 import wrote, with corpus.json";
}

}  // namespace

FolderKind kind_of_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  if (!std::filesystem::exists(folder, failure)) return FolderKind::kMissing;
  if (std::filesystem::exists(folder / kCorpusHeaderFile, failure)) return FolderKind::kCorpus;
  if (std::filesystem::exists(folder / kRunFile, failure)) return FolderKind::kRun;
  return FolderKind::kOther;
}

Error wrong_folder(const std::filesystem::path& folder, FolderKind wanted, ErrorSubject subject) {
  const FolderKind kind = kind_of_folder(folder);
  std::string what = wanted == FolderKind::kRun ? "no run here" : "no such corpus";
  if (kind == FolderKind::kMissing) what = "no such folder";
  if (kind == FolderKind::kCorpus && wanted != FolderKind::kCorpus) what = "this is a corpus";
  if (kind == FolderKind::kRun && wanted != FolderKind::kRun) what = "this is a run";
  return Error(ErrorCode::kNotFound, subject, what, {.where = folder.string(), .expected = wanted_text(wanted)});
}

}  // namespace p5
