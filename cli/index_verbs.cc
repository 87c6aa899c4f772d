#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/terminal_text.h"
#include "cli/verbs.h"
#include "pipeline/item_ids.h"

namespace p5::cli {
namespace {

Argument json_switch(bool* given) {
  return {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = given};
}

Argument corpus_text(std::string* text, bool required, const char* help) {
  return {.kind = Argument::Kind::kText, .name = "corpus", .help = help, .required = required, .text = text};
}

Argument out_text(std::string* text) {
  return {.kind = Argument::Kind::kText,
          .name = "out",
          .help = "folder to write the ids to",
          .required = true,
          .text = text};
}

// Ids on disk, and the corpus that they are of.
struct OpenedIds {
  OpenedIds(const std::string& folder, const std::string& corpus)
      : ids(ModelBundle::load(ModelBundle::folder_of(folder))), data(open_bundle_data(ids, corpus)) {}
  ModelBundle ids;
  DataSplits data;
};

void print_report(const ModelBundle& ids, const Split& split, bool json) {
  const IdReport report = describe_ids(ids, split);
  fmt::print("{}\n", json ? to_json(report) : terminal_lines(to_text(report)));
}

class IndexBuildVerb final : public Verb {
 public:
  IndexBuildVerb() { config_.bind(table_); }
  std::string name() const override { return "index build"; }
  std::string summary() const override { return "give the items of a corpus ids, without training a model"; }
  std::string examples() const override {
    return "  p5 index build --corpus beauty --index collaborative --out ids\n"
           "  p5 index build --corpus shop --index residual --set 'index.vectors=[\"text=1\", \"file:emb.npy=1\"]' "
           "--out ids\n"
           "  p5 train --corpus beauty --set index.from=ids --out run\n";
  }
  std::vector<Argument> arguments() override {
    return {corpus_text(&corpus_, true, "corpus folder"), out_text(&out_), json_switch(&json_)};
  }
  OptionTable* options() override { return &table_; }
  bool offers(const OptionRow& row) const override {
    return row.key.starts_with("index.") || row.key.starts_with("split.") || row.key == "text.model" ||
           row.key == "text.pieces" || row.key == "device.threads";
  }

  int run() override {
    const ModelBundle ids = build_item_ids(config_, table_, corpus_, out_);
    print_report(ids, *open_bundle_data(ids, corpus_).ranking, json_);
    return 0;
  }

 private:
  RunConfig config_;
  OptionTable table_;
  std::string corpus_, out_;
  bool json_ = false;
};

// The base of verbs that read a folder of ids.
class IdsVerb : public Verb {
 public:
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositional,
             .name = "ids",
             .help = "folder of ids or of a run",
             .required = true,
             .text = &folder_},
            corpus_text(&corpus_, false, "corpus folder, if it was moved since the ids were made"),
            json_switch(&json_)};
  }

 protected:
  OpenedIds open() const { return {folder_, corpus_}; }
  bool json() const { return json_; }
  const std::string& folder() const { return folder_; }

 private:
  std::string folder_, corpus_;
  bool json_ = false;
};

class IndexStatsVerb final : public IdsVerb {
 public:
  std::string name() const override { return "index stats"; }
  std::string summary() const override { return "lengths, tokens per level, balance and collisions of ids"; }
  std::string examples() const override { return "  p5 index stats ids\n  p5 index stats runs/beauty --json\n"; }
  int run() override {
    const OpenedIds opened = open();
    print_report(opened.ids, *opened.data.ranking, json());
    return 0;
  }
};

class IndexShowVerb final : public IdsVerb {
 public:
  std::string name() const override { return "index show"; }
  std::string summary() const override { return "the ids of items, and the items whose ids begin alike"; }
  std::string examples() const override {
    return "  p5 index show ids\n  p5 index show ids --item B004756YJA --limit 20\n";
  }
  std::vector<Argument> arguments() override {
    auto list = IdsVerb::arguments();
    list.push_back({.kind = Argument::Kind::kText,
                    .name = "item",
                    .help = "an item key; some items drawn by seed unless given",
                    .text = &item_});
    list.push_back({.kind = Argument::Kind::kInteger,
                    .name = "limit",
                    .help = "items with a like id to list for each (default 5)",
                    .integer = &limit_});
    return list;
  }

  int run() override {
    const OpenedIds opened = open();
    const Corpus& corpus = *opened.data.corpus;
    const auto keys = item_.empty()
                          ? some_items(opened.ids, corpus, kSample, static_cast<std::uint64_t>(opened.ids.split.seed))
                          : std::vector<std::string>{item_};
    std::vector<ShownId> shown;
    for (const std::string& key : keys) {
      shown.push_back(show_id(opened.ids, corpus, key, static_cast<std::size_t>(std::max<std::int64_t>(limit_, 0))));
    }
    if (json()) return fmt::print("{}\n", to_json(shown)), 0;
    for (const ShownId& one : shown) fmt::print("{}\n", to_text(one));
    return 0;
  }

 private:
  static constexpr std::size_t kSample = 5;
  std::string item_;
  std::int64_t limit_ = 5;
};

class IndexAddVerb final : public Verb {
 public:
  std::string name() const override { return "index add"; }
  std::string summary() const override { return "ids for the items that a corpus has gained; the others keep theirs"; }
  std::string examples() const override { return "  p5 index add ids --corpus beauty2 --out ids2\n"; }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositional,
             .name = "ids",
             .help = "folder of ids or of a run",
             .required = true,
             .text = &folder_},
            corpus_text(&corpus_, true, "corpus folder with more items"),
            out_text(&out_),
            json_switch(&json_)};
  }

  int run() override {
    const ModelBundle ids = add_item_ids(folder_, corpus_, out_);
    print_report(ids, *open_bundle_data(ids, corpus_).ranking, json_);
    return 0;
  }

 private:
  std::string folder_, corpus_, out_;
  bool json_ = false;
};

class IndexCompareVerb final : public Verb {
 public:
  std::string name() const override { return "index compare"; }
  std::string summary() const override { return "two sets of ids of the same items, side by side"; }
  std::string examples() const override { return "  p5 index compare ids runs/beauty\n"; }
  std::vector<Argument> arguments() override {
    const auto folder = [](const char* name, std::string* text) {
      return Argument{.kind = Argument::Kind::kPositional,
                      .name = name,
                      .help = "folder of ids or of a run",
                      .required = true,
                      .text = text};
    };
    return {folder("one", &one_), folder("other", &other_)};
  }

  int run() override {
    const OpenedIds one(one_, ""), other(other_, "");
    fmt::print("{}", terminal_lines(compare_ids(one.ids, *one.data.ranking, other.ids, *other.data.ranking)));
    return 0;
  }

 private:
  std::string one_, other_;
};

}  // namespace

std::vector<std::unique_ptr<Verb>> make_index_verbs() {
  std::vector<std::unique_ptr<Verb>> verbs;
  verbs.push_back(std::make_unique<IndexBuildVerb>());
  verbs.push_back(std::make_unique<IndexShowVerb>());
  verbs.push_back(std::make_unique<IndexStatsVerb>());
  verbs.push_back(std::make_unique<IndexAddVerb>());
  verbs.push_back(std::make_unique<IndexCompareVerb>());
  return verbs;
}

}  // namespace p5::cli
