#include "pipeline/import_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "base/progress.h"
#include "p5/error.h"
#include "records/byte_source.h"

namespace p5 {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// "reviews_Musical_Instruments_5.json.gz" becomes "reviews_Musical_Instruments_5".
std::string name_of(const std::filesystem::path& input) {
  if (is_standard_input(input)) return "stdin";
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

}  // namespace

void ImportOptions::bind(OptionTable& options) {
  reader.bind(options);
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
  if (options.force) {
    require_inputs_outside(inputs, out);
    require_inputs_outside({options.reader.item_files.begin(), options.reader.item_files.end()}, out);
  }
  const auto reader = make_dataset_reader(options.reader, inputs);
  const std::string name = options.name.empty() ? name_of(inputs.front()) : options.name;
  CorpusBuilder builder(out, name, reader->format(), options.cleaning, options.force);
  builder.heed(stop);
  if (!reader->has_times()) builder.keep_file_order();
  reader->read(inputs, builder);
  IngestReport report = builder.finish();
  report.format = reader->format();
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

std::string to_table(const IngestReport& report) {
  std::string text = fmt::format(
      "format        {}\nlines read    {}\nbad lines     {}\nduplicates    {}\nbelow k-core  {}\ntied times    {}\n"
      "users         {}\nitems         {}\ninteractions  {}\ntime          {}\n",
      report.format, report.lines, report.bad_lines, report.duplicates, report.below_core, report.ties, report.users,
      report.items, report.interactions, format_duration(report.seconds));
  for (const auto& [reason, count] : report.bad_reasons) text += fmt::format("  bad: {} x {}\n", count, reason);
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < std::min(kShown, report.examples.size()); ++i) {
    const BadLine& bad = report.examples[i];
    text += fmt::format("  such as {}:{}: {}\n", bad.file, bad.line, bad.reason);
  }
  return text;
}

std::string to_json(const IngestReport& report) {
  nlohmann::json examples = nlohmann::json::array();
  for (const BadLine& bad : report.examples) {
    examples.push_back({{"file", bad.file}, {"line", bad.line}, {"reason", bad.reason}});
  }
  const nlohmann::json object{{"format", report.format},
                              {"lines", report.lines},
                              {"bytes", report.bytes},
                              {"bad_lines", report.bad_lines},
                              {"bad_reasons", report.bad_reasons},
                              {"bad_examples", examples},
                              {"duplicates", report.duplicates},
                              {"below_core", report.below_core},
                              {"ties", report.ties},
                              {"users", report.users},
                              {"items", report.items},
                              {"interactions", report.interactions},
                              {"seconds", report.seconds}};
  return pretty_json(object);
}

}  // namespace p5
