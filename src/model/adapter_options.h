// How a model that begins from other weights is fine-tuned: all of its weights, or few numbers beside a frozen base
// (parameter-efficient fine-tuning). A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/option_table.h"

namespace p5 {

struct AdapterOptions {
  enum class Method { kFull, kLora, kIa3, kHoulsby, kPfeiffer, kPrompt, kPrefix, kBias, kNorm };
  enum class PrefixPlaces { kAll, kDecoder };
  enum class TokenRows { kNone, kNew, kAll };

  Method method = Method::kFull;
  std::int64_t rank = 8;
  double alpha = 16;
  bool rslora = false;                              // scale by alpha / sqrt(rank) in place of alpha / rank
  std::vector<std::string> targets = {"q", "v"};    // weights that LoRA changes; "all-linear" = all but embeddings
  std::vector<std::string> rank_pattern = {};       // "part of a name=rank"
  std::vector<std::string> alpha_pattern = {};      // "part of a name=alpha"
  std::int64_t width = 16;                          // of a bottleneck
  std::int64_t prompt_tokens = 20;                  // of a prompt, or of a prefix
  PrefixPlaces prefix_places = PrefixPlaces::kAll;  // which attentions have a prefix (t5/attention_prefix.h)
  TokenRows token_rows = TokenRows::kNew;           // which rows of the token tables are trained beside a frozen base
  std::int64_t last_blocks = 0;                     // of each stack, that are trained; 0 = all
  double unfreeze_every = 0;  // share of training after which one more block is trained; 0 = all at once
  double layer_decay = 1;     // learning rate of each block, times that of the block above it

  bool adapts() const { return method != Method::kFull; }
  // Whether some weights are not trained, or not at one rate.
  bool freezes() const { return adapts() || last_blocks > 0 || unfreeze_every > 0 || layer_decay < 1; }
  void bind(OptionTable& table);  // rows finetune.*
};

// "lora", as option and files say it.
std::string_view to_string(AdapterOptions::Method method);

// The number that the first entry "pattern=number" gives whose pattern ends the name or is one of its dotted parts, or
// `otherwise`. Throws InvalidArgument (request) for an entry of another form.
double number_for(const std::vector<std::string>& patterns, std::string_view name, double otherwise);

// Whether a module's name is one of the targets as PEFT matches them: equal, or ends with "." + target; "all-linear"
// are all but "shared" and "lm_head".
bool is_target(const std::vector<std::string>& targets, std::string_view name);

}  // namespace p5
