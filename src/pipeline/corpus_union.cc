#include "pipeline/corpus_union.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "corpus/corpus.h"
#include "ingest/corpus_builder.h"
#include "p5/error.h"
#include "pipeline/corpus_records.h"

namespace p5 {
namespace {

using Corpora = std::vector<std::shared_ptr<const Corpus>>;

// The keys of one kind that several corpora have.
template <typename KeysOf>
std::set<std::string, std::less<>> shared_keys(const Corpora& corpora, const KeysOf& for_each_key) {
  std::unordered_map<std::string, std::size_t> first;
  std::set<std::string, std::less<>> shared;
  for (std::size_t i = 0; i < corpora.size(); ++i) {
    for_each_key(*corpora[i], [&](std::string_view key) {
      if (first.emplace(key, i).first->second != i) shared.emplace(key);
    });
  }
  return shared;
}

// Names of the corpora, each once.
std::vector<std::string> distinct_names(const Corpora& corpora) {
  std::vector<std::string> names;
  for (const auto& corpus : corpora) {
    std::string name = corpus->info().name;
    const auto taken = static_cast<std::size_t>(std::count(names.begin(), names.end(), name));
    names.push_back(taken == 0 ? name : fmt::format("{}-{}", name, names.size() + 1));
  }
  return names;
}

class UnionWriter {
 public:
  UnionWriter(const Corpora& corpora, CorpusBuilder& builder)
      : corpora_(corpora),
        builder_(builder),
        names_(distinct_names(corpora)),
        users_(shared_keys(corpora,
                           [](const Corpus& corpus, const auto& take) {
                             for (UserId user = 0; user < corpus.user_count(); ++user) take(corpus.user_key(user));
                           })),
        items_(shared_keys(corpora, [](const Corpus& corpus, const auto& take) {
          for (ItemId item = 0; item < corpus.item_count(); ++item) take(corpus.catalog().key(item));
        })) {}

  void write() {
    for (std::size_t i = 0; i < corpora_.size(); ++i) write(*corpora_[i], names_[i]);
  }

 private:
  static std::string named(std::string_view key, const std::set<std::string, std::less<>>& shared,
                           const std::string& corpus) {
    return shared.contains(key) ? corpus + ":" + std::string(key) : std::string(key);
  }

  void write(const Corpus& corpus, const std::string& name) {
    for (ItemId item = 0; item < corpus.item_count(); ++item) {
      ItemRecord record = item_record(corpus, item);
      record.key = named(record.key, items_, name);
      builder_.item(record);
    }
    for (UserId user = 0; user < corpus.user_count(); ++user) {
      UserRecord record = user_record(corpus, user);
      record.key = named(record.key, users_, name);
      builder_.user(record);
    }
    constexpr std::size_t kBlock = 1 << 14;
    for (std::size_t i = 0; i < corpus.interaction_count(); ++i) {
      Interaction record = event_record(corpus, i);
      record.user = named(record.user, users_, name);
      record.item = named(record.item, items_, name);
      builder_.interaction(record);
      if (i % kBlock == 0) builder_.progress(0, kBlock);
    }
  }

  const Corpora& corpora_;
  CorpusBuilder& builder_;
  std::vector<std::string> names_;
  std::set<std::string, std::less<>> users_, items_;  // keys of several corpora
};

void require_one_scale(const Corpora& corpora) {
  const Corpus* first = nullptr;
  for (const auto& corpus : corpora) {
    if (!corpus->has_ratings()) continue;
    if (first == nullptr) first = corpus.get();
    if (corpus->rating_scale().to_string() == first->rating_scale().to_string()) continue;
    throw usage_error("ratings of different scales cannot be joined",
                      {.where = fmt::format("corpora {} and {}", first->info().name, corpus->info().name),
                       .expected = first->rating_scale().to_string(),
                       .got = corpus->rating_scale().to_string()});
  }
}

}  // namespace

IngestReport join_corpora(const std::vector<std::filesystem::path>& folders, const std::filesystem::path& out,
                          const StopToken& stop) {
  Corpora corpora;
  std::string name;
  for (const auto& folder : folders) {
    corpora.push_back(Corpus::open(folder));
    name += (name.empty() ? "" : "+") + corpora.back()->info().name;
  }
  require_one_scale(corpora);
  CleaningOptions cleaning;  // each corpus is clean already
  cleaning.duplicates = CleaningOptions::Duplicates::kKeep;
  cleaning.shuffle_ties = false;
  cleaning.items_without_events = CleaningOptions::ItemsWithoutEvents::kKeep;
  CorpusBuilder builder(out, name, "corpora", cleaning, /*force=*/true);
  builder.heed(stop);
  UnionWriter(corpora, builder).write();
  return builder.finish();
}

}  // namespace p5
