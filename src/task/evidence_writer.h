// Adds to training rows what is known about the items of their answers (TargetPlace): for each item of the target the
// evidence of the history before it, spread over the item trie. Thread-safe: all const.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "decode/code_table.h"
#include "decode/trie_evidence.h"
#include "indexing/item_index.h"
#include "indexing/item_trie.h"
#include "retrieval/training_evidence.h"
#include "task/known_answers.h"
#include "task/task_example.h"
#include "task/taught_items.h"
#include "text/token_batch.h"

namespace p5 {

class EvidenceWriter {
 public:
  // `tokenizer` as the rows were encoded with, `scale` of the stars that they name.
  // Where there is a teacher, targets follow its items in the place of the neighbors.
  EvidenceWriter(std::shared_ptr<const TrainingEvidence> evidence, std::shared_ptr<const ItemIndex> index,
                 std::shared_ptr<const Tokenizer> tokenizer, const RatingScale& scale = {},
                 std::shared_ptr<const TaughtItems> teacher = nullptr);

  // Of items whose codes are predicted at once (task.parallel_codes): evidence about each code by itself.
  void take_codes_at_once();

  // Leaves rows of examples about which nothing is known as they are. REQUIRES the example's row, its target begun with
  // the paths of the example's items.
  void add(const TaskExample& example, TokenRow& row) const;

 private:
  void add_items(const TaskExample& example, TokenRow& row) const;
  void add_answers(const TaskExample& example, TokenRow& row) const;
  std::vector<KnownItem> items_at(const TargetPlace& place, std::size_t length) const;

  std::shared_ptr<const TrainingEvidence> evidence_;
  std::shared_ptr<const ItemIndex> index_;
  std::shared_ptr<const TaughtItems> teacher_;  // null: none
  ItemTrie trie_;
  TrieSizes sizes_;
  std::optional<CodeTable> codes_;
  std::map<PromptTask, KnownAnswers> answers_;
};

}  // namespace p5
