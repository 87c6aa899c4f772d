#include "pipeline/freshening.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "p5/error.h"
#include "pipeline/settings.h"

namespace p5 {
namespace {

using Method = AdapterOptions::Method;

constexpr std::array<std::string_view, 6> kTrains{"train.", "finetune.", "task.", "update.", "evaluate.", "device."};

}  // namespace

bool freshens(const AdapterOptions& options) { return options.adapts() || options.last_blocks > 0; }

void check_freshening(const AdapterOptions& options, const Settings& settings) {
  const bool merges = options.method == Method::kFull || options.method == Method::kLora ||
                      options.method == Method::kIa3 || options.method == Method::kNorm;
  if (!merges) {
    throw usage_error("this adapter cannot become part of the weights that the next generation begins with",
                      {.where = "--adapter",
                       .expected = "lora, ia3 or norm, or full with finetune.last_blocks",
                       .got = std::string(to_string(options.method))});
  }
  for (const Setting& setting : settings) {
    if (std::ranges::any_of(kTrains, [&](std::string_view own) { return setting.key.starts_with(own); })) continue;
    throw usage_error("an adapter is trained for the model alone; the rest of the run stays",
                      {.where = setting.origin,
                       .expected = "settings of train, finetune, task, update, evaluate or device",
                       .got = setting.key});
  }
}

void set_freshening(const OptionTable& overrides, OptionTable& table) {
  static constexpr std::pair<const char*, const char*> kNeeded[] = {
      {"reinforce.group", "0"},
      {"finetune.targets", "[\"all-linear\", \"shared\"]"},
      {"finetune.rank", "8"},
      {"train.lr", "0.001"},
      {"train.schedule", "\"constant\""},
      {"train.warmup", "0"},
      {"train.patience", "0"},
      {"train.average", "0"},
      {"train.validate_every", "0"},
      {"train.max_steps", "0"},
      {"train.own_minutes", "0"},
      {"task.sequential_targets", "\"each\""}};
  set_unless_asked(kNeeded, overrides, "p5 update --adapter", table);
}

}  // namespace p5
