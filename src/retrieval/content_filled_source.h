// A source that knows only some items of a catalogue, asked about all of them: the others score as the items do that
// read most like them, so that an item nobody has had yet can be recommended (content-based cold start: Schein et al.,
// SIGIR 2002). Thread-safe where the source is.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "retrieval/candidate_source.h"
#include "retrieval/content_rows.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

// The items of a catalogue that a source knows too little of, and what reads like them.
struct ContentLikeness {
  std::vector<ItemId> filled;  // ascending
  SparseRows alike;            // [filled] items that are not filled, by weights that sum to 1; rows may be empty

  static constexpr std::size_t kAlike = 5;  // per filled item, where nothing else is asked for

  // Of the rows of compare_contents() for `filled`: their `most` strongest neighbors among the other items.
  static ContentLikeness of(std::vector<ItemId> filled, const SparseRows& contents, std::size_t most);
  // The kAlike that read most alike. Where items have no content, rows are empty, and the log says so.
  static ContentLikeness by_content(std::vector<ItemId> filled, const ItemCatalog& catalog, ContentOptions options);
};

class ContentFilledSource final : public CandidateSource {
 public:
  // `source` knows the items below `known_items`, and `likeness` all from there on among others. Of scores, an item
  // gets the mean over what reads like it; of a list of log-probabilities, the mean probability, where what is not in
  // the list has none.
  ContentFilledSource(std::unique_ptr<CandidateSource> source, std::size_t known_items, std::size_t item_count,
                      std::shared_ptr<const ContentLikeness> likeness);
  // The same for a source that somebody else keeps.
  ContentFilledSource(const CandidateSource& source, std::size_t known_items, std::size_t item_count,
                      std::shared_ptr<const ContentLikeness> likeness);

  std::string name() const override { return source_->name(); }
  std::vector<std::vector<Candidate>> retrieve(std::span<const CandidateQuery> queries, std::size_t k) const override;
  bool score_all(const CandidateQuery& query, std::span<float> scores) const override;
  bool score_all(std::span<const CandidateQuery> queries, std::span<float> scores) const override;

 private:
  struct KnownQueries;
  void fill_row(std::span<const float> known, const CandidateQuery& query, std::span<float> row) const;
  std::vector<Candidate> fill_list(const std::vector<Candidate>& list, const CandidateQuery& query,
                                   std::size_t k) const;
  bool wants(const CandidateQuery& query, ItemId item) const;

  std::unique_ptr<CandidateSource> owned_;
  const CandidateSource* source_;
  std::size_t known_items_, item_count_;
  std::shared_ptr<const ContentLikeness> likeness_;
};

}  // namespace p5
