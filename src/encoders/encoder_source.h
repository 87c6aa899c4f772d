// A trained encoder as a source of candidates: every item is scored for a history. Thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "encoders/encoder_scorer.h"
#include "encoders/encoder_spec.h"
#include "encoders/history_evidence.h"
#include "encoders/item_encoder.h"
#include "encoders/time_gaps.h"
#include "retrieval/candidate_source.h"
#include "retrieval/fitted_state.h"
#include "retrieval/vector_source.h"

namespace p5 {

class EncoderSource final : public CandidateSource, public ItemVectorTable, public VectorSource {
 public:
  // What a history is told with besides its items; null where the spec has none.
  struct Context {
    std::shared_ptr<const HistoryEvidence> evidence = {};
    std::shared_ptr<const TimeGaps> gaps = {};
  };
  // A trained model of make_encoder() with this spec. A catalogue may go on after the spec's items with items that have
  // no events: no training met them.
  EncoderSource(std::string name, EncoderSpec spec, std::unique_ptr<SequenceModel> model, Context context,
                std::size_t catalog_items);

  std::string name() const override { return name_; }
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override;
  bool score_all(const CandidateQuery& query, std::span<float> scores) const override;
  // Users without a known item in their history get the items with the most training events. Items that no training met
  // get the least score of a row.
  bool score_all(std::span<const CandidateQuery> queries, std::span<float> scores) const override;

  std::size_t vector_width() const override { return static_cast<std::size_t>(spec_.options.width); }
  // With what attributes add to them.
  std::vector<float> item_vectors() const override { return ability_of<ItemEncoder>(*model_).tables().vectors; }
  ItemVectors learnt_vectors() const override { return {vector_width(), item_vectors()}; }
  bool has_vector(const CandidateQuery& query) const override;
  void query_vectors(std::span<const CandidateQuery> queries, std::span<float> vectors) const override;
  // Evidence, and the logits by age.
  std::vector<ScoreCorrection> corrections(const CandidateQuery& query) const override;

  std::size_t item_count() const { return static_cast<std::size_t>(spec_.items); }
  const EncoderSpec& spec() const { return spec_; }
  // The trained weights, and the tables of scores.
  const ItemEncoder& encoder() const { return ability_of<ItemEncoder>(*model_); }
  // Null where the spec has none.
  const HistoryEvidence* evidence() const { return evidence_.get(); }
  const TimeGaps* gaps() const { return gaps_.get(); }
  // The weights, and what the spec holds of the data.
  FittedState state() const;
  // config.json and model.safetensors.
  void save(const std::filesystem::path& folder) const { model_->save(folder); }

 private:
  // The same for rows [item_count()].
  void score_known(std::span<const CandidateQuery> queries, std::span<float> scores) const;
  void score_empty(std::span<float> scores) const;
  std::vector<float> encode(std::span<const CandidateQuery> queries) const;

  std::string name_;
  EncoderSpec spec_;
  std::unique_ptr<SequenceModel> model_;
  std::shared_ptr<const HistoryEvidence> evidence_;
  std::shared_ptr<const TimeGaps> gaps_;
  EncoderScorer scorer_;
  std::size_t catalog_items_;
};

// The attributes, features, names and counts of items as `state` holds them, into a spec that has the options. Throws
// Corrupted (model).
void read_item_facts(const FittedState& state, EncoderSpec& spec);
// A model of the spec with the state's weights. Throws as make_encoder(), and Corrupted (model).
std::unique_ptr<SequenceModel> read_encoder(const FittedState& state, const EncoderSpec& spec,
                                            const DeviceOptions& device);

}  // namespace p5
