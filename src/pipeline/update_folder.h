// The folder of a run that is kept fresh: its generations, and which of them answers.
//
//   FOLDER/state.json        the one truth: generations, the current one, how far each has read
//   FOLDER/current           a symbolic link to the run that answers; follows from state.json
//   FOLDER/generation-0001/  a run; update.json in it says what was read, asked and decided
//   FOLDER/corpus-0001/      what it was trained on
//   FOLDER/lock              locked while a program updates
//
// Generation 0 is the run that everything began with, wherever it is. A folder of a generation that state.json does not
// name is unfinished: its program ended before it had decided. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file_lock.h"
#include "online/feedback_source.h"

namespace p5 {

struct UpdateGeneration {
  std::int64_t number = 0;
  std::int64_t parent = 0;         // of generation 0: 0
  std::string verdict;             // "promoted", "not promoted" or "rolled back"; of generation 0: "given"
  std::string source = {};         // of the events, as messages show it; of generation 0: none
  FeedbackPosition position = {};  // up to which the source was read for it
  bool removed = false;            // its folders are gone (update.keep)
};

struct UpdateState {
  std::string run, corpus;  // of generation 0: absolute paths
  std::int64_t current = 0;
  std::vector<UpdateGeneration> generations;  // by number, from 0

  const UpdateGeneration& at(std::int64_t number) const;  // REQUIRES that there is one
  UpdateGeneration& at(std::int64_t number);
};

class UpdateFolder {
 public:
  // Makes the folder with `run` as generation 0. Throws InvalidArgument (request) where something else is there.
  static UpdateFolder create(const std::filesystem::path& path, const std::string& run, const std::string& corpus);
  // Throws NotFound (request) where there is none, InvalidArgument (request) for another folder, Corrupted (data).
  static UpdateFolder open(const std::filesystem::path& path);
  // Whether create() would find a folder of updates. Throws InvalidArgument (request) where there is something else.
  static bool is_there(const std::filesystem::path& path);

  // For whoever changes something, held until this object is gone. Reads the state again, removes what a program left
  // that ended early, and mends the link. Throws InvalidArgument (request) while another program works here.
  void lock();

  const std::filesystem::path& path() const { return path_; }
  const UpdateState& state() const { return state_; }
  // The run that answers, by the link: none where it is missing.
  std::filesystem::path linked_run() const;
  // Whether that is the run of the current generation, as it is unless a program ended between the two.
  bool is_linked() const;

  std::filesystem::path run_of(std::int64_t generation) const;
  std::filesystem::path corpus_of(std::int64_t generation) const;
  static std::filesystem::path note_of(const std::filesystem::path& run) { return run / "update.json"; }
  std::int64_t next_number() const { return state_.generations.back().number + 1; }

  // Takes the state in place of the old one: state.json first, then the link, then the folders of old generations, of
  // which `keep` stay besides the current one and its parent. REQUIRES lock().
  void commit(UpdateState state, std::int64_t keep);
  // Removes the folders of a generation that was not finished. REQUIRES lock().
  void discard(std::int64_t generation) const;

 private:
  explicit UpdateFolder(std::filesystem::path path) : path_(std::move(path)) {}
  void read();
  void write() const;
  void link() const;
  void remove_unfinished() const;

  std::filesystem::path path_;
  UpdateState state_;
  std::optional<FileLock> lock_;
};

}  // namespace p5
