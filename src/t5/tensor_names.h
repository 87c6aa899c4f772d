// The tensors a T5 checkpoint must hold, by Hugging Face name: the only place where those names are written.
// Torch-free.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "t5/t5_spec.h"

namespace p5 {

inline constexpr std::string_view kSharedName = "shared.weight";
inline constexpr std::string_view kLmHeadName = "lm_head.weight";
// Copies of shared.weight, of which a file may hold one in its place.
inline constexpr std::string_view kEncoderTableName = "encoder.embed_tokens.weight";
inline constexpr std::string_view kDecoderTableName = "decoder.embed_tokens.weight";
inline constexpr std::string_view kWholeWordName = "encoder.whole_word_embeddings.weight";
// Of evidence (t5/evidence_weights.h): [depths] and [depths, ages].
inline constexpr std::string_view kEvidenceGateName = "evidence.gate";
inline constexpr std::string_view kEvidenceRepeatName = "evidence.repeat";

// Of prompt tuning, [prompt_tokens, d_model].
inline constexpr std::string_view kPromptName = "encoder.prompt_embeddings.weight";
// Of users' features, [user_prompt_rows, d_model].
inline constexpr std::string_view kUserPromptName = "encoder.user_prompt_embeddings.weight";
// Of prefix tuning, [prefix_tokens, prefix_width()].
inline constexpr std::string_view kPrefixName = "prefix_embeddings.weight";

struct ExpectedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
};

// Shared embedding, whole-word table where the spec has one, encoder, decoder, and lm_head where untied.
std::vector<ExpectedTensor> expected_tensors(const T5Spec& spec);

// Copies of the embedding and other leftovers that a checkpoint may carry and that hold no information.
bool is_ignored_tensor(std::string_view name);

}  // namespace p5
