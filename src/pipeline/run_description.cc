#include "pipeline/run_description.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>

#include "base/option_table.h"
#include "prompt/rendered_text.h"

namespace p5 {
namespace {

constexpr std::array<std::string_view, 6> kAlwaysShown = {"model.preset", "index.scheme", "train.lr",
                                                          "train.epochs", "train.seed",   "train.minutes"};

bool is_of_training(OptionScope scope) {
  return scope == OptionScope::kData || scope == OptionScope::kModel || scope == OptionScope::kTraining ||
         scope == OptionScope::kBudget;
}

SettingValue value_of(const OptionRow& row) {
  std::string text = row.print();
  if (row.type == OptionType::kBoolean) return text == "true";
  if (row.type == OptionType::kInteger || row.type == OptionType::kReal) {
    double number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  if (row.type == OptionType::kText && text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

std::vector<std::pair<std::string, SettingValue>> settings_shown(RunConfig config) {
  RunConfig usual;
  OptionTable now, before;
  config.bind(now);
  usual.bind(before);
  std::vector<std::pair<std::string, SettingValue>> settings;
  for (const OptionRow& row : now.rows()) {
    const bool always = std::find(kAlwaysShown.begin(), kAlwaysShown.end(), row.key) != kAlwaysShown.end();
    const bool changed = is_of_training(row.scope) && row.print() != before.find(row.key)->print();
    if (always || changed) settings.emplace_back(row.key, value_of(row));
  }
  return settings;
}

// Lines of code in Markdown, which show the text as it is.
std::string as_code(const std::string& text) {
  std::string code = "    ";
  for (const char letter : text) code += letter == '\n' ? std::string("\n    ") : std::string(1, letter);
  return code + "\n";
}

}  // namespace

RunDescription describe_run(const RunConfig& config, const TaskMixture& mixture, const Corpus& corpus) {
  constexpr std::size_t kExamples = 3;
  constexpr std::uint64_t kDraws = 300;
  RunDescription description{.settings = settings_shown(config), .examples = {}};
  const auto item_name = [&corpus](std::uint32_t item) { return corpus.catalog().display_title(item); };
  const std::vector<std::string> names = mixture.family_names();
  std::map<std::int16_t, std::size_t> shown;
  std::map<std::int16_t, std::string> texts;
  for (std::uint64_t position = 0; position < std::min(kDraws, mixture.epoch_size()); ++position) {
    const TaskMixture::Draw draw = mixture.draw(position);
    if (shown[draw.family]++ >= kExamples) continue;
    texts[draw.family] +=
        fmt::format("**prompt {}**\n\n{}\n**answer**\n\n{}\n", draw.example.prompt_id,
                    as_code(to_text(draw.example.source, item_name)), as_code(to_text(draw.example.target, item_name)));
  }
  for (const auto& [family, text] : texts) {
    description.examples.emplace_back(names.at(static_cast<std::size_t>(family)), text);
  }
  return description;
}

}  // namespace p5
