// Questions of users as an exported model reads them, so that another program can ask it without p5's tokenizer: tokens
// of the prompt, what must not be answered, and what counts know about the answer. Thread-safe: free functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "encoders/encoder_source.h"
#include "recommend/loaded_run.h"
#include "t5/evidence_weights.h"

namespace p5 {

// What p5 recommend --source p5 would ask for each user: "input_ids", "whole_word_ids", "prefix" (tokens that the
// answer begins with), "exclude" (items, by number), "evidence" ([node of the trie, token, added logit]). Throws
// NotFound for an unknown user.
nlohmann::json generative_questions(const LoadedRun& run, const EvidenceWeights& evidence,
                                    std::span<const std::string> users);

// For a scorer: "history" (numbers plus one, oldest first), "exclude", and "times" for one that reads times (0:
// unknown).
nlohmann::json scorer_questions(const LoadedRun& run, const EncoderSource& source, std::span<const std::string> users);

// The item trie as arrays: the tokens after node n, and the nodes that they lead to, are tokens[first[n]..first[n+1])
// and children[first[n]..first[n+1]); item[n] is the item of a node that the end token leads to, else -1. Node 0 is the
// root.
nlohmann::json trie_json(const ItemTrie& trie);

// Key and title of each item of the model, by number.
nlohmann::json items_json(const LoadedRun& run);

}  // namespace p5
