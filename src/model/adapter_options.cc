#include "model/adapter_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "p5/error.h"

namespace p5 {
namespace {

using Method = AdapterOptions::Method;
constexpr std::array<std::pair<const char*, Method>, 9> kMethods = {{{"full", Method::kFull},
                                                                     {"lora", Method::kLora},
                                                                     {"ia3", Method::kIa3},
                                                                     {"houlsby", Method::kHoulsby},
                                                                     {"pfeiffer", Method::kPfeiffer},
                                                                     {"prompt", Method::kPrompt},
                                                                     {"prefix", Method::kPrefix},
                                                                     {"bias", Method::kBias},
                                                                     {"norm", Method::kNorm}}};

bool names(std::string_view pattern, std::string_view module) {
  if (module == pattern) return true;
  return module.size() > pattern.size() && module.ends_with(pattern) &&
         module[module.size() - pattern.size() - 1] == '.';
}

}  // namespace

std::string_view to_string(Method method) {
  return std::ranges::find(kMethods, method, &std::pair<const char*, Method>::second)->first;
}

void AdapterOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kTraining);
  table.add_choice("finetune.method", &method, {kMethods.begin(), kMethods.end()},
                   {.help = "what is trained where training begins from other weights (train.init): all of them "
                            "(full), or few numbers beside a frozen base: lora, ia3, bottlenecks (houlsby, pfeiffer), "
                            "learnt prompt vectors (prompt), learnt keys and values (prefix), biases (bias) or norms "
                            "(norm)",
                    .flag = "adapter"});
  table.add("finetune.rank", &rank, {.help = "rank of LoRA's products", .flag = "rank", .minimum = 1, .maximum = 4096});
  table.add("finetune.alpha", &alpha,
            {.help = "LoRA's change is scaled by alpha / rank", .minimum = 1e-6, .maximum = 1e6});
  table.add("finetune.rslora", &rslora, {.help = "scale LoRA's change by alpha / sqrt(rank)"});
  table.add(
      "finetune.targets", &targets,
      {.help = "ends of the names of weights that LoRA changes: q, k, v, o, wi, wi_0, wi_1, wo, shared (the token "
               "table), lm_head; all-linear is all but the tables"});
  table.add("finetune.rank_pattern", &rank_pattern,
            {.help = "end of a name=rank: weights whose rank differs, as \"wo=4\""});
  table.add("finetune.alpha_pattern", &alpha_pattern,
            {.help = "end of a name=alpha: weights whose alpha differs, as \"wo=8\""});
  table.add("finetune.width", &width,
            {.help = "units of a bottleneck (houlsby, pfeiffer)", .minimum = 1, .maximum = 65536});
  table.add("finetune.prompt_tokens", &prompt_tokens,
            {.help = "learnt vectors before every source (prompt), or keys and values of each attention (prefix)",
             .minimum = 1,
             .maximum = 4096});
  table.add_choice("finetune.prefix_places", &prefix_places,
                   {{"all", PrefixPlaces::kAll}, {"decoder", PrefixPlaces::kDecoder}},
                   {.help = "attentions that get a prefix: all (encoder, decoder, and what the decoder reads of the "
                            "encoder), or the decoder's self-attention as PEFT has it for a T5"});
  table.add_choice(
      "finetune.token_rows", &token_rows,
      {{"none", TokenRows::kNone}, {"new", TokenRows::kNew}, {"all", TokenRows::kAll}},
      {.help = "rows of the token tables that are trained beside a frozen base: none, those of tokens that "
               "the base lacks, or all"});
  table.add("finetune.last_blocks", &last_blocks,
            {.help = "train only this many last blocks of the encoder and of the decoder; 0 = all",
             .minimum = 0,
             .maximum = 256});
  table.add("finetune.unfreeze_every", &unfreeze_every,
            {.help = "gradual unfreezing: training begins with the last blocks, and after each such share of it one "
                     "more block of each stack is trained; 0 = all from the start",
             .minimum = 0,
             .maximum = 1});
  table.add("finetune.layer_decay", &layer_decay,
            {.help = "discriminative learning rates: each block's is that of the block above it times this",
             .minimum = 0.01,
             .maximum = 1});
}

double number_for(const std::vector<std::string>& patterns, std::string_view name, double otherwise) {
  for (const std::string& entry : patterns) {
    const std::size_t sign = entry.rfind('=');
    double number = 0;
    const char* const end = entry.data() + entry.size();
    const char* const begin = sign == std::string::npos ? end : entry.data() + sign + 1;
    const auto [stop, failure] = std::from_chars(begin, end, number);
    if (failure != std::errc() || stop != end || number <= 0) {
      throw usage_error("a pattern of another form", {.expected = "end of a name=number above 0", .got = entry});
    }
    if (names(std::string_view(entry).substr(0, sign), name)) return number;
  }
  return otherwise;
}

bool is_target(const std::vector<std::string>& targets, std::string_view name) {
  return std::ranges::any_of(targets, [&](const std::string& target) {
    if (target == "all-linear") return name != "shared" && name != "lm_head";
    return names(target, name);
  });
}

}  // namespace p5
