// All prompts of a run, read from TOML files (docs/prompts.md). Immutable once loaded; thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "prompt/prompt_template.h"

namespace p5 {

class PromptLibrary {
 public:
  // Reads every *.toml of each folder, sorted by name; an entry may also be a single file. Throws NotFound (request)
  // for a missing path, Corrupted (data) for a bad file, a prompt id used twice or no prompt at all, each with file
  // and line.
  static PromptLibrary load(std::span<const std::filesystem::path> folders_or_files);
  // From the text of one file; `origin` is used in place of the file name.
  static PromptLibrary parse(std::string_view toml, const std::string& origin);

  std::span<const PromptTemplate> all() const { return prompts_; }  // in order of reading
  const PromptTemplate* find(std::string_view id) const;
  const PromptTemplate& at(std::string_view id) const;  // throws NotFound with the nearest id
  std::vector<const PromptTemplate*> of_family(std::string_view family) const;
  std::vector<std::string> custom_families() const;  // custom families, in order of reading

  // The prompts with these words in place of slots that all questions of a run fill alike.
  PromptLibrary with_words(const std::map<Slot, std::string>& words) const;

  // One TOML text that reads back as this library: as saved in a model bundle.
  std::string to_toml() const;

 private:
  void add_text(std::string_view toml, const std::string& origin);
  void add(PromptTemplate prompt);

  std::vector<PromptTemplate> prompts_;
};

}  // namespace p5
