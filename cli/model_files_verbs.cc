#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json_field.h"
#include "base/terminal_text.h"
#include "base/text_layout.h"
#include "cli/verbs.h"
#include "pipeline/merged_model.h"

namespace p5::cli {
namespace {

nlohmann::ordered_json facts_json(const ModelFacts& facts) {
  return {{"folder", facts.folder.string()}, {"adapter", facts.adapter}, {"base", facts.base.string()},
          {"parameters", facts.parameters},  {"stored", facts.stored},   {"bytes", facts.bytes}};
}

// "LORA adapter of base/bundle/model: 4,096 of 102,912 numbers (4 %), 18,432 bytes".
std::string facts_text(const ModelFacts& facts) {
  const double share = 100.0 * static_cast<double>(facts.stored) / static_cast<double>(facts.parameters);
  const std::string what = facts.adapter.empty() ? std::string("whole weights")
                                                 : fmt::format("{} adapter of {}", facts.adapter, facts.base.string());
  return fmt::format("{}: {}\n{} numbers stored for {} weights ({:.3g} %), {} bytes", facts.folder.string(), what,
                     with_commas(static_cast<std::uint64_t>(facts.stored)),
                     with_commas(static_cast<std::uint64_t>(facts.parameters)), share, with_commas(facts.bytes));
}

class ModelShowVerb final : public Verb {
 public:
  std::string name() const override { return "model show"; }
  std::string summary() const override { return "size of a model, and the base of an adapter"; }
  std::string examples() const override { return "  p5 model show runs/stars\n"; }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositional,
             .name = "model",
             .help = "run folder, or folder of weights",
             .required = true,
             .text = &model_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  int run() override {
    const ModelFacts facts = model_facts(model_);
    fmt::print("{}\n", json_ ? pretty_json(facts_json(facts)) : terminal_lines(facts_text(facts)));
    return 0;
  }

 private:
  std::string model_;
  bool json_ = false;
};

class ModelMergeVerb final : public Verb {
 public:
  std::string name() const override { return "model merge"; }
  std::string summary() const override { return "write an adapter and its base as one set of weights"; }
  std::string examples() const override { return "  p5 model merge runs/stars --out stars-t5\n"; }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kPositional,
             .name = "model",
             .help = "run folder, or folder of an adapter",
             .required = true,
             .text = &model_},
            {.kind = Argument::Kind::kText,
             .name = "out",
             .help = "folder to write, with config.json and model.safetensors",
             .required = true,
             .text = &out_},
            {.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  int run() override {
    const ModelFacts before = model_facts(model_);
    merge_model(model_, out_);
    if (json_) {
      auto object = facts_json(model_facts(out_));
      object["adapter"] = before.adapter;
      object["base"] = before.base.string();
      fmt::print("{}\n", pretty_json(object));
    } else {
      fmt::print("{}\n", terminal_lines(facts_text(model_facts(out_))));
    }
    return 0;
  }

 private:
  std::string model_, out_;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_model_show_verb() { return std::make_unique<ModelShowVerb>(); }
std::unique_ptr<Verb> make_model_merge_verb() { return std::make_unique<ModelMergeVerb>(); }

}  // namespace p5::cli
