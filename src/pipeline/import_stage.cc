#include "pipeline/import_stage.h"

#include <algorithm>
#include <chrono>

#include "base/json_field.h"
#include "base/logger.h"
#include "base/progress.h"
#include "corpus/folder_kind.h"
#include "p5/error.h"
#include "pipeline/import_report.h"
#include "records/byte_source.h"
#include "records/input_files.h"
#include "sql/sql_address.h"

namespace p5 {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// "reviews_Musical_Instruments_5.json.gz" becomes "reviews_Musical_Instruments_5".
std::string name_of(const std::filesystem::path& input) {
  if (is_standard_input(input)) return "stdin";
  if (is_sql_address(input.string())) {
    // "sqlite:data/shop.db" and "postgresql://db/shop?host=..." become "shop".
    const std::string place = parse_sql_address(input.string()).place;
    return std::filesystem::path(place.substr(0, place.find('?'))).stem().string();
  }
  std::string name = input.has_filename() ? input.filename().string() : input.parent_path().filename().string();
  return name.substr(0, name.find('.'));
}

// Replacing the output must not delete an input.
void require_inputs_outside(const std::vector<std::filesystem::path>& inputs, const std::filesystem::path& out) {
  std::error_code failure;
  const auto output = std::filesystem::canonical(out, failure);
  if (failure) return;  // nothing there
  for (const auto& input : inputs) {
    const auto place = std::filesystem::weakly_canonical(input, failure);
    const bool inside = std::mismatch(output.begin(), output.end(), place.begin(), place.end()).first == output.end();
    if (failure || is_standard_input(input) || !inside) continue;
    throw usage_error(
        "an input is inside the output",
        {.where = input.string(), .expected = "another --out, as --force would replace this one", .got = out.string()});
  }
}

// Files of the input folders that no reader opened: nothing of a folder vanishes unsaid.
std::vector<std::string> passed_over(const std::vector<std::filesystem::path>& inputs, const IngestReport& report) {
  std::vector<std::string> names;
  for (const auto& file : files_in_folders(inputs)) {
    const auto same = [&file](const InputReport& read) { return std::filesystem::path(read.file) == file; };
    const bool noted = std::any_of(report.notes.begin(), report.notes.end(), [&file](const std::string& note) {
      return note.starts_with(file.string() + ": passed over");
    });
    if (noted || std::any_of(report.files.begin(), report.files.end(), same)) continue;
    names.push_back(file.string());
  }
  return names;
}

}  // namespace

void ImportOptions::bind(OptionTable& options) {
  reader.bind(options);
  bind_cleaning(options);
}

void ImportOptions::bind_cleaning(OptionTable& options) {
  cleaning.bind(options);
  const OptionBinder table(options, OptionScope::kData);
  table.add("import.name", &name,
            {.help = "name of the corpus in reports; empty: from the first input", .flag = "name"});
  table.add("import.force", &force,
            {.help = "replace an existing corpus; anything else there is refused", .flag = "force"});
}

IngestReport import_corpus(const std::vector<std::filesystem::path>& inputs, const std::filesystem::path& out,
                           const ImportOptions& options, const StopToken& stop) {
  const auto start = std::chrono::steady_clock::now();
  for (const std::filesystem::path& input : inputs) {
    const FolderKind kind = kind_of_folder(input);
    if (kind != FolderKind::kCorpus && kind != FolderKind::kRun) continue;
    throw usage_error(kind == FolderKind::kCorpus ? "this is a corpus already" : "this is a run",
                      {.where = input.string(), .expected = "files of a log"});
  }
  if (options.force) {
    require_inputs_outside(inputs, out);
    require_inputs_outside({options.reader.item_files.begin(), options.reader.item_files.end()}, out);
  }
  if (inputs.empty()) {
    throw usage_error("give files or folders to import", {.expected = "p5 import FILE_OR_FOLDER... --out CORPUS"});
  }
  const auto reader = make_dataset_reader(options.reader, inputs);
  const std::string name = options.name.empty() ? name_of(inputs.front()) : options.name;
  CorpusBuilder builder(out, name, reader->format(), options.cleaning, options.force);
  builder.heed(stop);
  if (!reader->has_times()) builder.keep_file_order();
  reader->read(inputs, builder);
  IngestReport report = builder.finish();
  report.format = reader->format();
  report.passed_over = passed_over(inputs, report);
  for (const std::string& warning : warnings_of(report)) log_warning(warning);
  report.seconds = seconds_since(start);
  return report;
}

IngestReport simulate_corpus(const SimulateOptions& options, const std::filesystem::path& out,
                             AtomicDirectory::Existing existing, const StopToken& stop) {
  const auto start = std::chrono::steady_clock::now();
  CleaningOptions cleaning;
  cleaning.seed = static_cast<std::uint64_t>(options.seed);
  cleaning.items_without_events = CleaningOptions::ItemsWithoutEvents::kDrop;  // a log's items are those in use
  CorpusBuilder builder(out, "simulated", "simulate", cleaning, existing == AtomicDirectory::Existing::kReplace);
  builder.heed(stop);
  simulate_log(options, builder);
  IngestReport report = builder.finish();
  report.format = "simulate";
  report.seconds = seconds_since(start);
  return report;
}

}  // namespace p5
