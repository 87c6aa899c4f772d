#include "export/export_stage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/json_field.h"
#include "corpus/folder_kind.h"
#include "encoders/encoder_source.h"
#include "export/export_questions.h"
#include "export/hugging_face_folder.h"
#include "export/recbole_files.h"
#include "export/scorer_graph.h"
#include "export/t5_graphs.h"
#include "export/triton_repository.h"
#include "model/checkpoint_weights.h"
#include "p5/error.h"
#include "p5/version.h"
#include "recommend/candidate_sources.h"
#include "recommend/loaded_run.h"
#include "recommend/numbered_name.h"
#include "recommend/opened_sources.h"
#include "t5/t5_checkpoint.h"
#include "t5/tensor_names.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;
constexpr const char* kManifestFile = "export.json";
constexpr const char* kModelSource = "p5";

// What was written: fields of export.json, and lines for people.
struct Written {
  Json manifest = Json::object();
  std::vector<std::string> files = {}, lines = {};
};

// The trained T5 of a run, as its files say.
struct T5Weights {
  explicit T5Weights(const fs::path& run)
      : folder(ModelBundle::model_folder(ModelBundle::folder_of(run))),
        file((require_weights(folder / kWeightsFile), open_float_t5_weights(folder))),
        spec(spec_of_checkpoint(T5Spec::read_json(config_of(folder)), file)) {}

  EvidenceWeights evidence() const {
    EvidenceWeights learnt;
    if (spec.evidence_depths == 0) return learnt;
    learnt.shape = {spec.evidence_depths, spec.evidence_ages};
    learnt.gate = values(kEvidenceGateName);
    if (spec.evidence_ages > 0) learnt.repeat = values(kEvidenceRepeatName);
    return learnt;
  }

  fs::path folder;
  SafetensorsFile file;
  // Adapters of weights are merged here; what others add to a T5, no other program has.
  void require_plain_t5() const {
    if (spec.user_prompt_tokens > 0) {
      throw Error(ErrorCode::kUnsupported, ErrorSubject::kModel, "the model has parts that no plain T5 has",
                  {.where = "task.user_prompt",
                   .expected = "[]; --to safetensors writes all as p5 has it",
                   .got = fmt::format("{} vectors of users before each source", spec.user_prompt_tokens)});
    }
    if (spec.prompt_tokens == 0 && spec.prefix_tokens == 0 && spec.adapter_width == 0 && !spec.sub_layer_biases) return;
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kModel, "the model has parts that no plain T5 has",
                {.where = "finetune.method",
                 .expected = "full, lora, ia3 or norm; --to safetensors writes the others as p5 has them",
                 .got = spec.prompt_tokens > 0   ? "prompt"
                        : spec.prefix_tokens > 0 ? "prefix"
                        : spec.adapter_width > 0 ? "houlsby or pfeiffer"
                                                 : "bias"});
  }

  T5Spec spec;

 private:
  std::vector<float> values(std::string_view name) const {
    const TensorRecord* record = file.find(name);
    std::vector<float> read(static_cast<std::size_t>(record->element_count()));
    copy_as_float(*record, read);
    return read;
  }
};

void write_json_file(const fs::path& folder, const char* name, const Json& document, Written& written) {
  write_file_atomically(folder / name, document.dump() + "\n");
  written.files.emplace_back(name);
}

void write_graph(const fs::path& folder, const ExportRequest& request, const OnnxGraph& graph, const char* name,
                 Written& written) {
  const std::string file = request.triton ? triton_model_file(graph) : name;
  fs::create_directories((folder / file).parent_path());
  write_onnx(folder / file, graph, {.external_above = request.external_above, .metadata = {{"p5", graph.name()}}});
  written.files.push_back(file);
  if (fs::exists(folder / (file + ".data"))) written.files.push_back(file + ".data");
  if (request.triton) {
    write_file_atomically(folder / triton_config_file(graph), triton_config(graph));
    written.files.push_back(triton_config_file(graph));
  }
  const auto names = [](const std::vector<OnnxValue>& values) {
    Json list = Json::array();
    for (const OnnxValue& value : values) list.push_back(value.name);
    return list;
  };
  written.manifest["graphs"][graph.name()] = {
      {"file", file}, {"inputs", names(graph.inputs())}, {"outputs", names(graph.outputs())}};
}

// "encoder", "encoder#2", "sasrec" and so on.
bool is_encoder(const std::string& source) {
  const std::string_view row = split_number(source).row;
  return row == "encoder" ||
         std::ranges::any_of(encoder_rows(), [&](const EncoderRow& known) { return known.name == row; });
}

Error not_an_encoder(const std::string& name, std::string_view to) {
  std::vector<std::string_view> known{kModelSource, "encoder"};
  for (const EncoderRow& row : encoder_rows()) known.push_back(row.name);
  return Error(ErrorCode::kUnsupported, ErrorSubject::kRequest, fmt::format("this source cannot be written as {}", to),
               {.where = "--source", .expected = fmt::format("one of {}", fmt::join(known, ", ")), .got = name});
}

// The encoder of that name, fit to the run's training data where it is not yet.
std::unique_ptr<CandidateSource> open_encoder(const LoadedRun& run, const ExportRequest& request) {
  const auto& row = require_candidate_source(request.source);
  if (!is_encoder(request.source)) throw not_an_encoder(request.source, request.to);
  if (run.has_new_items()) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kData,
                "the corpus has items that the encoder was not trained on",
                {.where = run.data.corpus->info().name, .expected = "the corpus of the training, by --corpus"});
  }
  const SourceInputs inputs{.run = run,
                            .options = run.bundle.sources,
                            .folder = sources_folder(request.from),
                            .keep = true,
                            .stop = request.stop,
                            .number = split_number(request.source).number};
  auto source = open_source(row, inputs);
  if (dynamic_cast<const EncoderSource*>(source.get()) == nullptr) throw not_an_encoder(request.source, request.to);
  return source;
}

std::shared_ptr<const LoadedRun> open_run(const ExportRequest& request) {
  return LoadedRun::open(request.from, {.corpus = request.corpus});
}

void write_onnx_model(const ExportRequest& request, const fs::path& folder, Written& written) {
  const auto run = open_run(request);
  const T5Weights weights(request.from);
  weights.require_plain_t5();
  write_graph(folder, request, t5_encoder_graph(weights.spec, weights.file), "encoder.onnx", written);
  write_graph(folder, request, t5_decoder_graph(weights.spec, weights.file), "decoder.onnx", written);
  write_json_file(folder, "trie.json", trie_json(run->trie), written);
  write_json_file(folder, "items.json", items_json(*run), written);
  if (!request.users.empty()) {
    write_json_file(folder, "questions.json", generative_questions(*run, weights.evidence(), request.users), written);
  }
  written.manifest["beams"] = run->bundle.decode.beams;
  written.manifest["length_penalty"] = run->bundle.decode.length_penalty;
  written.manifest["vocabulary"] = weights.spec.vocab_size;
  written.manifest["decoder_layers"] = weights.spec.num_decoder_layers;
  written.manifest["heads"] = weights.spec.num_heads;
  written.manifest["head_width"] = weights.spec.d_kv;
  if (weights.spec.evidence_depths > 0) {
    written.lines.emplace_back("The graphs are without evidence from counts; questions.json has what it adds.");
  }
}

void write_onnx_scorer(const ExportRequest& request, const fs::path& folder, Written& written) {
  const auto run = open_run(request);
  const auto source = open_encoder(*run, request);
  const auto& encoder = dynamic_cast<const EncoderSource&>(*source);
  write_graph(folder, request, scorer_graph(encoder), "scorer.onnx", written);
  write_json_file(folder, "items.json", items_json(*run), written);
  if (!request.users.empty()) {
    write_json_file(folder, "questions.json", scorer_questions(*run, encoder, request.users), written);
  }
}

void write_onnx_folder(const ExportRequest& request, const fs::path& folder, Written& written) {
  written.manifest["opset"] = kOnnxOpset;
  written.manifest["ir_version"] = kOnnxIrVersion;
  request.source == kModelSource ? write_onnx_model(request, folder, written)
                                 : write_onnx_scorer(request, folder, written);
}

void write_hf_folder(const ExportRequest& request, const fs::path& folder, Written& written) {
  if (request.source != kModelSource) {
    throw Error(ErrorCode::kUnsupported, ErrorSubject::kRequest, "transformers has no such model",
                {.where = "--source", .expected = kModelSource, .got = request.source});
  }
  const ModelBundle bundle = ModelBundle::load(ModelBundle::folder_of(request.from));
  const T5Weights weights(request.from);
  weights.require_plain_t5();
  written.files = write_hugging_face(folder, {weights.spec, weights.file, *bundle.vocabulary});
  if (!fs::exists(folder / kFastTokenizerFile)) {
    written.lines.push_back(
        fmt::format("There is no {}: it cannot say what spiece.model does (docs/export.md).", kFastTokenizerFile));
  }
  if (fs::exists(folder / kExtraWeightsFile)) {
    written.lines.push_back(fmt::format(
        "{} has what T5 of transformers lacks: answers are p5's only with it (docs/export.md).", kExtraWeightsFile));
  }
}

void write_safetensors_folder(const ExportRequest& request, const fs::path& folder, Written& written) {
  written.files = {kConfigFile, kWeightsFile};
  if (request.source != kModelSource) {
    const auto run = open_run(request);
    const auto source = open_encoder(*run, request);
    dynamic_cast<const EncoderSource&>(*source).save(folder);
    write_json_file(folder, "items.json", items_json(*run), written);
    return;
  }
  const ModelBundle bundle = ModelBundle::load(ModelBundle::folder_of(request.from));
  const T5Weights weights(request.from);
  std::vector<TensorRecord> records;
  for (const ExpectedTensor& tensor : expected_tensors(weights.spec)) {
    const TensorRecord* record = weights.file.find(tensor.name);
    if (record == nullptr) continue;
    records.push_back(*record);
    records.back().name = tensor.name;
  }
  save_checkpoint(folder, weights.spec, std::move(records));
  bundle.vocabulary->save(folder);
  written.files.insert(written.files.end(), {"spiece.model", "vocabulary.json"});
}

std::shared_ptr<const Corpus> corpus_to_export(const ExportRequest& request) {
  if (!request.corpus.empty()) return Corpus::open(request.corpus);
  const FolderKind kind = kind_of_folder(request.from);
  if (kind == FolderKind::kCorpus) return Corpus::open(request.from);
  if (kind != FolderKind::kRun) throw wrong_folder(request.from, FolderKind::kCorpus, ErrorSubject::kData);
  return Corpus::open(ModelBundle::load(ModelBundle::folder_of(request.from)).corpus);
}

void write_recbole_folder(const ExportRequest& request, const fs::path& folder, Written& written) {
  const auto corpus = corpus_to_export(request);
  // RecBole wants the files to be named as their folder.
  const std::string name = fs::absolute(request.out).lexically_normal().filename().string();
  const RecBoleCounts counts = write_recbole(folder, name, *corpus);
  written.files = counts.files;
  written.manifest["events"] = counts.events;
  written.manifest["items"] = counts.items;
  written.manifest["users"] = counts.users;
  written.lines.push_back(fmt::format("{} events, {} items, {} users", counts.events, counts.items, counts.users));
}

struct FormatRow {
  ExportFormat format;
  void (*write)(const ExportRequest& request, const fs::path& folder, Written& written);
};

constexpr FormatRow kFormatRows[] = {
    {{"onnx", "graphs for ONNX Runtime and Triton"}, write_onnx_folder},
    {{"hf", "a T5 that Hugging Face's transformers opens"}, write_hf_folder},
    {{"safetensors", "the weights by name, as p5 has them"}, write_safetensors_folder},
    {{"recbole", "the corpus as RecBole's atomic files"}, write_recbole_folder},
};

const FormatRow& format_row(const std::string& name) {
  std::vector<std::string_view> names;
  for (const FormatRow& row : kFormatRows) {
    if (row.format.name == name) return row;
    names.push_back(row.format.name);
  }
  throw usage_error("unknown format",
                    {.where = "--to", .expected = fmt::format("one of {}", fmt::join(names, ", ")), .got = name});
}

void check_request(const ExportRequest& request) {
  const auto only = [&](bool given, const char* flag, const char* to) {
    if (given && request.to != to) {
      throw usage_error(fmt::format("only for --to {}", to), {.where = flag, .got = "--to " + request.to});
    }
  };
  only(request.triton, "--triton", "onnx");
  only(!request.users.empty(), "--user", "onnx");
  only(request.external_above != kOnnxFileLimit, "--external-above", "onnx");
  if (request.to == "recbole") {
    if (request.source != kModelSource) throw usage_error("a corpus has no source", {.where = "--source"});
  } else if (kind_of_folder(request.from) != FolderKind::kRun) {
    throw wrong_folder(request.from, FolderKind::kRun, ErrorSubject::kModel);
  }
  if (!file_exists(request.out)) return;
  const bool ours = file_exists(fs::path(request.out) / kManifestFile);
  if (!request.force || !ours) {
    throw usage_error("this exists already",
                      {.where = request.out,
                       .expected = ours ? "a new folder, or --force to replace it" : "a new folder",
                       .got = ours ? "an earlier export" : "something that no export wrote"});
  }
}

}  // namespace

std::span<const ExportFormat> export_formats() {
  static const std::vector<ExportFormat> formats = [] {
    std::vector<ExportFormat> list;
    for (const FormatRow& row : kFormatRows) list.push_back(row.format);
    return list;
  }();
  return formats;
}

StageReport export_run(const ExportRequest& request) {
  const FormatRow& row = format_row(request.to);
  check_request(request);
  AtomicDirectory folder(request.out,
                         request.force ? AtomicDirectory::Existing::kReplace : AtomicDirectory::Existing::kRefuse);
  Written written;
  written.manifest = {{"p5", std::string(kVersion)}, {"to", request.to}, {"from", request.from}};
  if (request.to != "recbole") written.manifest["source"] = request.source;
  row.write(request, folder.path(), written);
  stop_if_requested(request.stop, "the export was stopped; nothing was written");
  written.manifest["files"] = written.files;
  write_file_atomically(folder.path() / kManifestFile, pretty_json(written.manifest) + "\n");
  folder.commit();

  StageReport report;
  written.manifest["out"] = request.out;
  report.json = pretty_json(written.manifest);
  report.text = fmt::format("{} written as {}: {}", request.out, request.to, fmt::join(written.files, ", "));
  for (const std::string& line : written.lines) report.text += "\n" + line;
  return report;
}

}  // namespace p5
