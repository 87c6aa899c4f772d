#include "recommend/encoder_row.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "encoders/encoder_fit.h"
#include "encoders/objective_list.h"
#include "p5/error.h"
#include "recommend/evidence_counts.h"
#include "recommend/numbered_name.h"
#include "recommend/opened_sources.h"

namespace p5 {
namespace {

EncoderInputs inputs_of(std::string_view row, EncoderOptions options, const SourceInputs& inputs) {
  EncoderInputs encoder{.split = *inputs.run.data.ranking,
                        .name = numbered(row, inputs.number),
                        .options = std::move(options),
                        .threads = inputs.threads,
                        .stop = inputs.stop,
                        .group = inputs.group};
  if (encoder.options.evidence && any_informed(objectives_of(encoder.options))) {
    SourceOptions counted = inputs.options;
    counted.evidence.source = "item-knn";  // whatever evidence P5 sees
    encoder.evidence = count_evidence(counted, inputs.run.data, inputs.threads);
  }
  encoder.training_folder = training_folder(encoder.name, inputs);
  return encoder;
}

std::shared_ptr<const FittedState> read_begin(const std::filesystem::path& file, std::string_view row) {
  auto state = FittedState::load_any(file, row);
  return state ? std::make_shared<const FittedState>(*std::move(state)) : nullptr;
}

// encoder.from: a file, or a folder with one of this source or, where it has none, of the source "encoder".
std::shared_ptr<const FittedState> read_wanted(const std::filesystem::path& from, std::string_view row) {
  std::vector<std::pair<std::filesystem::path, std::string>> places;
  if (from.extension() == ".fit") {
    places.emplace_back(from, split_number(from.stem().string()).row);
  } else {
    for (const std::string_view name : {row, std::string_view("encoder")}) {
      places.emplace_back(sources_folder(from) / (std::string(name) + ".fit"), name);
    }
  }
  for (const auto& [file, name] : places) {
    if (auto state = read_begin(file, name)) return state;
  }
  throw Error(ErrorCode::kNotFound, ErrorSubject::kModel, "no trained encoder to begin with",
              {.where = "encoder.from",
               .expected = "a run folder with " + places.front().first.string() + ", or a file NAME.fit",
               .got = "'" + from.string() + "'"});
}

std::unique_ptr<CandidateSource> fit(EncoderInputs encoder, const SourceInputs& inputs) {
  const auto split = split_number(encoder.name);
  if (!encoder.options.from.empty()) {
    encoder.begin = read_wanted(encoder.options.from, split.row);
  } else if (!inputs.earlier_folder.empty()) {
    encoder.begin = read_begin(inputs.earlier_folder / (encoder.name + ".fit"), split.row);
    encoder.trains = !inputs.as_earlier || encoder.begin == nullptr;
  }
  return fit_encoder(encoder);
}

std::unique_ptr<CandidateSource> load(EncoderInputs encoder, const FittedState& state, const SourceInputs& inputs) {
  encoder.known_items = inputs.run.known_items();
  return over_all_items(load_encoder(state, encoder), inputs);
}

EncoderInputs plain_inputs(EncoderKind kind, const SourceInputs& inputs) {
  return inputs_of(encoder_row(kind).name, inputs.options.encoder.plain(kind), inputs);
}

}  // namespace

void bind_encoder_row(SourceOptions& options, OptionTable& table) {
  options.encoder.bind(table);
  options.evidence.bind(table);
}

std::unique_ptr<CandidateSource> fit_encoder_row(const SourceInputs& inputs) {
  return fit(inputs_of("encoder", inputs.options.encoder, inputs), inputs);
}
std::unique_ptr<CandidateSource> load_encoder_row(const FittedState& state, const SourceInputs& inputs) {
  return load(inputs_of("encoder", inputs.options.encoder, inputs), state, inputs);
}

std::unique_ptr<CandidateSource> fit_plain_encoder(EncoderKind kind, const SourceInputs& inputs) {
  return fit(plain_inputs(kind, inputs), inputs);
}
std::unique_ptr<CandidateSource> load_plain_encoder(EncoderKind kind, const FittedState& state,
                                                    const SourceInputs& inputs) {
  return load(plain_inputs(kind, inputs), state, inputs);
}

}  // namespace p5
