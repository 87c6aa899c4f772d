// What answers need, in one folder: vocabulary, item index, prompts, options and the model (docs/formats.md). The
// weights are in model/, written last; everything else is fixed before training starts. A plain value.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "corpus/catalog_map.h"
#include "corpus/data_splits.h"
#include "corpus/rating_scale.h"
#include "indexing/item_index.h"
#include "model/device_options.h"
#include "model/sequence_model.h"
#include "prompt/prompt_library.h"
#include "recommend/rating_calibration.h"
#include "recommend/saved_options.h"
#include "task/user_features.h"
#include "text/vocabulary.h"

namespace p5 {

struct ModelBundle : SavedOptions {
  std::shared_ptr<const Vocabulary> vocabulary;
  std::shared_ptr<const ItemIndex> index;
  std::shared_ptr<const PromptLibrary> prompts;
  RatingCalibrations stars;    // fit when training ends
  std::string corpus;          // path of the corpus in training
  std::string catalog_sha256;  // over its item keys in the order of the index
  std::string data_sha256;     // of the corpus in training; empty in old bundles
  // Its items and users by number; null in old bundles, whose corpora must have exactly their items.
  std::shared_ptr<const KnownKeys> keys;
  std::shared_ptr<const UserFeatures> users;  // of task.user_prompt; null: none
  RatingScale scale;                          // of the stars that it was trained on; 1 to 5 in old bundles

  void save(const std::filesystem::path& folder) const;          // all except the weights; atomic
  static ModelBundle load(const std::filesystem::path& folder);  // Corrupted or NotFound (model)
  static std::filesystem::path folder_of(const std::filesystem::path& run) { return run / "bundle"; }
  static std::filesystem::path model_folder(const std::filesystem::path& folder) { return folder / "model"; }
  static std::filesystem::path vocabulary_folder(const std::filesystem::path& folder) { return folder / "vocabulary"; }
  static constexpr const char* kStarsFile = "stars.json";  // next to the weights
};

// The spec of the weights of the bundle in `folder`. Throws NotFound (model) before training is done, Corrupted
// (model) when they are of another vocabulary.
std::unique_ptr<ModelSpec> bundle_model_spec(const ModelBundle& bundle, const std::filesystem::path& folder);
// The weights themselves. Throws as bundle_model_spec() and load_sequence_model().
std::unique_ptr<SequenceModel> load_bundle_model(const ModelBundle& bundle, const std::filesystem::path& folder,
                                                 const DeviceOptions& device);

// The data of a bundle: `corpus` where given, else where the bundle says. Its items have the numbers of the bundle's
// index; items that it has gained since follow. Throws Corrupted (model), naming them, when items are gone. Whether its
// events differ from those of training is for the caller to check.
DataSplits open_bundle_data(const ModelBundle& bundle, const std::filesystem::path& corpus);

std::string catalog_sha256(const ItemCatalog& catalog);

}  // namespace p5
