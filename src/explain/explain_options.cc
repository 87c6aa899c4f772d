#include "explain/explain_options.h"

namespace p5 {

void ExplainOptions::bind(OptionTable& options) {
  const OptionBinder table(options, OptionScope::kModel);
  const auto count = [](std::string help, double minimum, double maximum) {
    return OptionInfo{.help = std::move(help), .minimum = minimum, .maximum = maximum};
  };
  table.add("explain.file", &file,
            {.help = "list of explanations (csv, tsv or jsonl: user, item, feature, sentence) instead of mined ones"});
  table.add("explain.lexicon", &lexicon, {.help = "word lists of another language than English (TOML)"});
  table.add("explain.min_reviews", &min_reviews,
            count("minimum number of training reviews that contain a feature", 1, 1e9));
  table.add("explain.min_words", &min_words, count("fewest words of an explanation", 1, 1000));
  table.add("explain.max_words", &max_words, count("most words of an explanation", 1, 1000));
}

}  // namespace p5
