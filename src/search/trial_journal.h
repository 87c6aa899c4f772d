// The trials of a search in the order in which they ended, in a file that grows by one line per trial (JSON lines; the
// first line says what is searched), so that an interrupted search continues. Not thread-safe; one program writes a
// journal at a time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file_lock.h"
#include "search/search_space.h"

namespace p5 {

struct Trial {
  std::size_t number = 0;  // of its configuration, from 0
  std::size_t rung = 0;    // of successive halving
  double budget = 0;       // 0: the full one
  SearchPoint point = {};
  std::vector<std::pair<std::string, std::string>> settings = {};  // key and TOML value
  std::optional<double> score = {};                                // none: it failed
  double seconds = 0;
  std::string problem = {};  // why it failed
};

class TrialJournal {
 public:
  // Reads what an earlier program left; a last line that was cut off is removed. `search` says what is searched: a
  // journal of another search is refused with InvalidArgument (request), a damaged one with Corrupted (data).
  TrialJournal(std::filesystem::path file, const std::string& search);

  const std::vector<Trial>& trials() const { return trials_; }
  // The trial with this number in this rung, if it has ended.
  const Trial* find(std::size_t number, std::size_t rung) const;
  // On the disk when it returns.
  void add(Trial trial);

 private:
  void read(const std::string& content, const std::string& search);
  void append(const std::string& line);

  std::filesystem::path file_;
  std::optional<FileLock> lock_;
  std::vector<Trial> trials_;
};

}  // namespace p5
