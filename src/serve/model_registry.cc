#include "serve/model_registry.h"

#include <algorithm>
#include <utility>

#include "base/rng.h"
#include "p5/error.h"

namespace p5 {
namespace {

constexpr std::string_view kStable = "stable", kCanary = "canary";  // as TensorFlow Serving's documents call them

Error no_model(const std::string& name) {
  return not_found_error("no such model",
                         {.where = "'" + name + "'", .expected = "a name that GET /api/v1/models lists"});
}

Error no_version(const std::string& name, std::int64_t version) {
  return not_found_error("no such version", {.where = name + ", version " + std::to_string(version),
                                             .expected = "a loaded version that GET /api/v1/models lists"});
}

}  // namespace

std::string_view to_string(ModelStatus::State state) {
  switch (state) {
    case ModelStatus::State::kLoading:
      return "loading";
    case ModelStatus::State::kAvailable:
      return "available";
    case ModelStatus::State::kFailed:
      return "failed";
  }
  return "failed";
}

ModelRegistry::Entry& ModelRegistry::entry(const std::string& name) {
  const auto found = entries_.find(name.empty() ? default_ : name);
  if (found == entries_.end()) throw no_model(name);
  return found->second;
}

const ModelRegistry::Entry& ModelRegistry::entry(const std::string& name) const {
  const auto found = entries_.find(name.empty() ? default_ : name);
  if (found == entries_.end()) throw no_model(name);
  return found->second;
}

void ModelRegistry::serve(Entry& entry, std::int64_t version) {
  std::erase(entry.served, version);
  entry.served.push_back(version);
  if (entry.split == version) entry.split = 0;
}

// Whether requests ask for the version, or may.
bool ModelRegistry::is_used(const Entry& entry, std::int64_t version) {
  const auto named = [&](const auto& label) { return label.second == version; };
  return (!entry.served.empty() && entry.served.back() == version) || entry.split == version ||
         std::ranges::any_of(entry.labels, named);
}

// Failed loads and the oldest versions that no longer serve.
void ModelRegistry::drop_old(Entry& entry) const {
  std::size_t idle = 0;
  for (auto at = entry.versions.end(); at != entry.versions.begin();) {
    --at;
    const bool loading = at->second.status.state == ModelStatus::State::kLoading;
    if (loading || is_used(entry, at->first) || ++idle <= versions_kept_) continue;
    std::erase(entry.served, at->first);
    at = entry.versions.erase(at);
  }
}

std::int64_t ModelRegistry::load(const std::string& name, const std::string& run, bool promote) {
  std::int64_t version = 0;
  {
    const std::lock_guard lock(mutex_);
    Entry& models = entries_[name];
    version = ++models.last;
    models.versions[version].status = {.name = name, .version = version, .run = run};
  }
  try {
    auto model = open_(name, version, run);
    const std::lock_guard lock(mutex_);
    Entry& models = entries_[name];
    Version& added = models.versions[version];
    added.status.state = ModelStatus::State::kAvailable;
    added.status.load_seconds = model->load_seconds();
    added.model = std::move(model);
    if (default_.empty()) default_ = name;
    if (promote || models.served.empty()) serve(models, version);
    drop_old(models);
  } catch (const std::exception& error) {
    const std::lock_guard lock(mutex_);
    Entry& models = entries_[name];
    models.versions[version].status.state = ModelStatus::State::kFailed;
    models.versions[version].status.error = error.what();
    drop_old(models);
    throw;
  }
  return version;
}

void ModelRegistry::promote(const std::string& name, std::int64_t version) {
  const std::lock_guard lock(mutex_);
  Entry& models = entry(name);
  const auto found = models.versions.find(version);
  if (found == models.versions.end() || found->second.model == nullptr) throw no_version(name, version);
  serve(models, version);
}

std::int64_t ModelRegistry::roll_back(const std::string& name) {
  const std::lock_guard lock(mutex_);
  Entry& models = entry(name);
  if (models.served.size() < 2) {
    throw not_found_error("nothing to roll back to",
                          {.where = name, .expected = "a version that served before and is still loaded"});
  }
  models.served.pop_back();
  if (models.split == models.served.back()) models.split = 0;
  return models.served.back();
}

void ModelRegistry::split(const std::string& name, std::int64_t version, double share) {
  if (!(share >= 0 && share <= 1)) {
    throw usage_error("bad share of users", {.where = "share", .expected = "0 to 1", .got = std::to_string(share)});
  }
  const std::lock_guard lock(mutex_);
  Entry& models = entry(name);
  const auto found = models.versions.find(version);
  if (found == models.versions.end() || found->second.model == nullptr) throw no_version(name, version);
  models.split = share > 0 ? version : 0;
  models.split_share = share;
}

void ModelRegistry::label(const std::string& name, const std::string& label, std::int64_t version) {
  constexpr std::size_t kMostBytes = 64, kMostLabels = 100;
  if (label == kStable || label == kCanary || label.empty() || label.size() > kMostBytes) {
    throw usage_error("bad label", {.where = "label",
                                    .expected = "1 to 64 bytes, not stable or canary, which follow promote and split",
                                    .got = "'" + label.substr(0, kMostBytes) + "'"});
  }
  const std::lock_guard lock(mutex_);
  Entry& models = entry(name);
  if (version == 0) {
    models.labels.erase(label);
    return;
  }
  const auto found = models.versions.find(version);
  if (found == models.versions.end() || found->second.model == nullptr) throw no_version(name, version);
  if (models.labels.size() >= kMostLabels && !models.labels.contains(label))
    throw usage_error("too many labels", {.where = name, .expected = "at most " + std::to_string(kMostLabels)});
  models.labels[label] = version;
}

std::int64_t ModelRegistry::labelled(const std::string& name, const std::string& label) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return 0;
  const Entry& models = found->second;
  if (label == kStable) return models.served.empty() ? 0 : models.served.back();
  if (label == kCanary) return models.split;
  const auto version = models.labels.find(label);
  return version == models.labels.end() ? 0 : version->second;
}

void ModelRegistry::unload(const std::string& name, std::int64_t version) {
  const std::lock_guard lock(mutex_);
  Entry& models = entry(name);
  if (!models.versions.contains(version)) throw no_version(name, version);
  if (!models.served.empty() && models.served.back() == version) {
    throw usage_error("the version serves", {.where = name + ", version " + std::to_string(version),
                                             .expected = "another version to be promoted first"});
  }
  if (models.split == version) models.split = 0;
  std::erase_if(models.labels, [&](const auto& label) { return label.second == version; });
  std::erase(models.served, version);
  models.versions.erase(version);
}

std::shared_ptr<const ServedModel> ModelRegistry::find(const std::string& name, std::int64_t version,
                                                       std::string_view user) const {
  const std::lock_guard lock(mutex_);
  const Entry& models = entry(name);
  if (version == 0) {
    if (models.served.empty())
      throw Error(ErrorCode::kUnavailable, ErrorSubject::kModel, "no version of the model is loaded");
    version = models.served.back();
    if (models.split != 0 && !user.empty()) {
      const double place = static_cast<double>(stable_hash(user, 0x5350) >> 11) * 0x1p-53;  // uniform in [0, 1)
      if (place < models.split_share) version = models.split;
    }
  }
  const auto found = models.versions.find(version);
  if (found == models.versions.end() || found->second.model == nullptr) throw no_version(name, version);
  return found->second.model;
}

std::vector<ModelStatus> ModelRegistry::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<ModelStatus> all;
  for (const auto& [name, models] : entries_) {
    for (const auto& [version, loaded] : models.versions) {
      ModelStatus& status = all.emplace_back(loaded.status);
      status.serving = !models.served.empty() && models.served.back() == version;
      const double other = models.split == 0 ? 0 : models.split_share;
      status.share = status.serving ? 1 - other : (models.split == version ? other : 0);
      if (status.serving) status.labels.emplace_back(kStable);
      if (models.split == version) status.labels.emplace_back(kCanary);
      for (const auto& [label, labelled] : models.labels) {
        if (labelled == version) status.labels.push_back(label);
      }
    }
  }
  return all;
}

std::string ModelRegistry::default_name() const {
  const std::lock_guard lock(mutex_);
  return default_;
}

std::map<std::string, std::string> ModelRegistry::serving_runs() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> runs;
  for (const auto& [name, models] : entries_) {
    if (!models.served.empty()) runs[name] = models.versions.at(models.served.back()).status.run;
  }
  return runs;
}

}  // namespace p5
