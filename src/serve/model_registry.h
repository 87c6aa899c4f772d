// The models of a daemon by name, each with its versions: which one answers, which stand by for a roll back, and who is
// asked in a comparison of two. Thread-safe. Loading is done by the caller's thread; requests go on meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "serve/served_model.h"

namespace p5 {

// What /api/v1/models says of one version.
struct ModelStatus {
  enum class State { kLoading, kAvailable, kFailed };
  std::string name;
  std::int64_t version = 0;
  std::string run;
  State state = State::kLoading;
  std::string error = {};                // of a failed load
  bool serving = false;                  // asked when no version is named
  double share = 0;                      // of the users that this version answers
  std::vector<std::string> labels = {};  // "stable": it serves; "canary": the other one of a split; and given ones
  double load_seconds = 0;
};

std::string_view to_string(ModelStatus::State state);  // "available"

class ModelRegistry {
 public:
  using Open = std::function<std::shared_ptr<const ServedModel>(const std::string& name, std::int64_t version,
                                                                const std::string& run)>;
  // `open` opens a run; `versions_kept` finished versions per name stay loaded, for a roll back.
  explicit ModelRegistry(Open open, std::size_t versions_kept = 2)
      : open_(std::move(open)), versions_kept_(versions_kept) {}

  // Opens a run as the next version of `name`; with `promote` it answers from then on. Returns its version. When it
  // cannot be opened the versions before go on answering, the status says why, and the error is thrown.
  std::int64_t load(const std::string& name, const std::string& run, bool promote = true);
  // Makes a loaded version answer all users of the name. Throws NotFound.
  void promote(const std::string& name, std::int64_t version);
  // Makes the version answer that did before. Throws NotFound when there is none. Returns it.
  std::int64_t roll_back(const std::string& name);
  // `share` of the users, chosen by a hash of their key, are answered by `version`, the others by the one that serves.
  // Throws NotFound, InvalidArgument for a share outside [0, 1].
  void split(const std::string& name, std::int64_t version, double share);
  // Gives a loaded version a label, which it takes from any other version of the name; version 0 takes the label away.
  // Versions with labels stay loaded. Throws NotFound, InvalidArgument for "stable" and "canary".
  void label(const std::string& name, const std::string& label, std::int64_t version);
  // Drops a version with its labels. Throws NotFound, InvalidArgument for the one that serves.
  void unload(const std::string& name, std::int64_t version);

  // The version for a user: the one that serves, or the other one of a split. `name` empty: the default, which was
  // loaded first. `version` 0: the registry decides. Throws NotFound.
  std::shared_ptr<const ServedModel> find(const std::string& name = {}, std::int64_t version = 0,
                                          std::string_view user = {}) const;
  // The version that has the label; 0 where none has.
  std::int64_t labelled(const std::string& name, const std::string& label) const;
  std::vector<ModelStatus> status() const;
  std::string default_name() const;
  // The runs that serve, by name, for a reload.
  std::map<std::string, std::string> serving_runs() const;

 private:
  struct Version {
    ModelStatus status;
    std::shared_ptr<const ServedModel> model;
  };
  struct Entry {
    std::map<std::int64_t, Version> versions;
    std::int64_t last = 0;
    std::vector<std::int64_t> served;  // that served, the present one last
    std::int64_t split = 0;            // 0: none
    double split_share = 0;
    std::map<std::string, std::int64_t, std::less<>> labels;  // those that were given
  };
  Entry& entry(const std::string& name);
  const Entry& entry(const std::string& name) const;
  static void serve(Entry& entry, std::int64_t version);
  static bool is_used(const Entry& entry, std::int64_t version);
  void drop_old(Entry& entry) const;

  Open open_;
  std::size_t versions_kept_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::string default_;
};

}  // namespace p5
