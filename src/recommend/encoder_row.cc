#include "recommend/encoder_row.h"

#include <string>
#include <utility>

#include "encoders/encoder_fit.h"
#include "recommend/evidence_counts.h"
#include "recommend/numbered_name.h"

namespace p5 {
namespace {

EncoderInputs inputs_of(std::string_view row, EncoderOptions options, const SourceInputs& inputs) {
  EncoderInputs encoder{.split = *inputs.run.data.ranking,
                        .name = numbered(row, inputs.number),
                        .options = std::move(options),
                        .threads = inputs.threads,
                        .stop = inputs.stop};
  if (encoder.options.evidence) {
    SourceOptions counted = inputs.options;
    counted.evidence.source = "item-knn";  // whatever evidence P5 sees
    encoder.evidence = count_evidence(counted, inputs.run.data, inputs.threads);
  }
  encoder.training_folder = training_folder(encoder.name, inputs);
  return encoder;
}

std::unique_ptr<CandidateSource> fit(EncoderInputs encoder, const SourceInputs& inputs) {
  if (!inputs.earlier_folder.empty()) {
    const auto split = split_number(encoder.name);
    const auto file = inputs.earlier_folder / (encoder.name + ".fit");
    if (auto state = FittedState::load_any(file, split.row)) {
      encoder.begin = std::make_shared<const FittedState>(*std::move(state));
    }
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
