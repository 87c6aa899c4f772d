// Lists of explanations in their three formats, and the input as a review from which explanations are mined.
#include "explain/explanation_miner.h"
#include "explain/explanation_reader.h"
#include "explain/sentence_splitter.h"
#include "reader_fuzz.h"
#include "support/fake_corpus.h"

namespace {

void check(const p5::Explanation& explanation, std::size_t interactions) {
  using p5::fuzz::require;
  require(explanation.interaction < interactions, "explanations belong to interactions");
  require(!explanation.feature.empty() && !explanation.sentence.empty(), "explanations have feature and sentence");
}

void mine(std::string_view bytes, const p5::Lexicon& lexicon) {
  std::string text(bytes);
  p5::repair_utf8(text);
  for (const std::string_view sentence : p5::split_sentences(text, lexicon)) {
    p5::fuzz::require(!sentence.empty() && p5::is_utf8(sentence), "sentences are cut between letters");
  }
  auto corpus = std::make_shared<const p5::test::FakeCorpus>(
      p5::test::FakeData{.histories = {{0}, {1}, {2}}, .reviews = {{text}, {text}, {text}}});
  const p5::Split split(corpus, std::vector<p5::Part>(3, p5::Part::kTrain), "all");
  const p5::ExplanationMiner miner(split, lexicon, {.min_reviews = 1});
  for (const auto& explanation : miner.mine(*corpus)) {
    check(explanation, 3);
    p5::fuzz::require(p5::is_utf8(explanation.sentence), "mined sentences are UTF-8");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const p5::Lexicon lexicon =
      p5::Lexicon::load(std::filesystem::path(P5_SOURCE_DIR) / "data" / "lexicon_english.toml");
  static const p5::test::FakeCorpus corpus({{0, 1, 0}, {1}});
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t kind = p5::fuzz::choose(bytes, 4);
  if (kind == 3) {
    mine(bytes, lexicon);
    return 0;
  }
  const char* const names[] = {"list.csv", "list.tsv", "list.jsonl"};
  const auto path = p5::fuzz::input_file(names[kind], bytes);
  try {
    for (const auto& explanation : p5::read_explanations(path, corpus).explanations) {
      check(explanation, corpus.interaction_count());
      p5::fuzz::require(p5::is_utf8(explanation.sentence) && p5::is_utf8(explanation.feature), "lists are UTF-8");
    }
  } catch (const p5::Error&) {
  }
  std::filesystem::remove(path);
  return 0;
}
