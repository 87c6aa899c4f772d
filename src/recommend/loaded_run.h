// A run that is ready to answer: options, data, the writer of its questions and the trie of its items, opened together.
// Immutable and thread-safe: all workers share one. The model is separate, because each worker uses its own
// (load_bundle_model(), SequenceModel::replica()).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "corpus/data_splits.h"
#include "decode/code_table.h"
#include "decode/trie_sizes.h"
#include "explain/explanation_set.h"
#include "explain/item_quotes.h"
#include "explain/similar_reviews.h"
#include "indexing/item_trie.h"
#include "recommend/model_bundle.h"
#include "recommend/question_writer.h"
#include "retrieval/content_filled_source.h"
#include "retrieval/neighbor_evidence.h"
#include "task/answer_evidence.h"

namespace p5 {

struct RunOpening {
  std::filesystem::path corpus = {};       // empty: the corpus that the run was trained on
  std::vector<std::string> settings = {};  // decode.* options that differ from the run's: "decode.beams=40"
  bool other_catalog = false;              // the corpus may hold other items; only anonymous questions make sense then
};

struct LoadedRun {
  // `whole_word_rows` as in the model's spec. Counts the evidence that the bundle's options ask for.
  LoadedRun(ModelBundle bundle, DataSplits data, std::int32_t whole_word_rows);
  LoadedRun(const LoadedRun&) = delete;
  LoadedRun& operator=(const LoadedRun&) = delete;

  // The folder that p5 train wrote. Throws what ModelBundle::load(), open_bundle_data() and bundle_model_spec() throw,
  // InvalidArgument for bad settings.
  static std::shared_ptr<const LoadedRun> open(const std::filesystem::path& run, const RunOpening& opening = {});

  // The explanations of the data, found when first asked for.
  const std::shared_ptr<const ExplanationSet>& explanations() const;
  // Those of training reviews, as quotes; likewise.
  const ItemQuotes& quotes() const;
  // Training reviews, by their words; likewise.
  const SimilarReviews& similar_reviews() const;

  // The model knows the items below this number; those that the corpus has gained since have higher ones.
  std::size_t known_items() const { return bundle.index->size(); }
  bool has_new_items() const { return data.corpus->item_count() > known_items(); }
  // What reads like the new items: all of them, and those without a training event. Found when first asked for.
  const std::shared_ptr<const ContentLikeness>& like_new_items() const;
  const std::shared_ptr<const ContentLikeness>& like_uncounted_items() const;
  // Whether the corpus has other data than in training.
  bool has_other_data() const;

  const ModelBundle bundle;
  const DataSplits data;
  // What the model sees of counts, about items and about answers in words; null where the bundle's options ask for
  // none.
  const std::shared_ptr<const NeighborEvidence> evidence;
  const std::shared_ptr<const AnswerEvidence> answers;
  const QuestionWriter writer;
  const ItemTrie trie;                           // over the items that the model knows
  const std::unique_ptr<const TrieSizes> sizes;  // of the trie; null without evidence
  const std::unique_ptr<const CodeTable> codes;  // of ids that are decoded at once (task.parallel_codes); else null

 private:
  void compare_new_items() const;
  mutable std::once_flag explained_, quoted_, compared_, read_;
  mutable std::shared_ptr<const ExplanationSet> explanations_;
  mutable std::shared_ptr<const ContentLikeness> like_new_items_, like_uncounted_items_;
  mutable std::unique_ptr<const ItemQuotes> quotes_;
  mutable std::unique_ptr<const SimilarReviews> similar_;
};

}  // namespace p5
