#include "recommend/model_bundle.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "architectures/architecture_list.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/folder_checksums.h"
#include "base/json_field.h"
#include "base/replaced_folder.h"
#include "p5/error.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr int kBundleVersion = 1;
constexpr const char* kIndexFile = "items.index";
constexpr const char* kPromptsFile = "prompts.toml";
constexpr const char* kOptionsFile = "options.toml";
constexpr const char* kManifestFile = "bundle.json";
constexpr const char* kVocabularyFolder = "vocabulary";

// Files that are each intact but not of one run: an index of other items, or of tokens that the vocabulary lacks.
void require_one_run(const ModelBundle& bundle, std::uint64_t items, const fs::path& file) {
  const ItemIndex& index = *bundle.index;
  if (items != index.size()) {
    throw model_error("the index is of another catalogue",
                      {.where = file.string(),
                       .expected = std::to_string(items) + " items, as in bundle.json",
                       .got = std::to_string(index.size())});
  }
  for (ItemId item = 0; item < index.size(); ++item) {
    for (const TokenId token : index.path(item)) {
      if (token >= 0 && static_cast<std::size_t>(token) < bundle.vocabulary->size()) continue;
      throw model_error("the index is of another vocabulary",
                        {.where = file.string() + ", " + index.name(item),
                         .expected = "tokens below " + std::to_string(bundle.vocabulary->size()),
                         .got = std::to_string(token)});
    }
  }
}

// A damaged file of the bundle is reported as the model's fault, whatever its own reader says.
template <typename Read>
auto as_model_error(const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.subject() == ErrorSubject::kSystem) throw;
    throw Error(error.code() == ErrorCode::kUnsupported ? error.code() : ErrorCode::kCorrupted, ErrorSubject::kModel,
                error.what());
  }
}

RatingCalibrations load_stars(const fs::path& model) {
  const auto sums = FolderChecksums::open(model);
  const std::string name = ModelBundle::kStarsFile;
  // A run whose end was interrupted has no stars.
  if (sums && (sums->lists(name) || file_exists(model / name))) sums->verify(name);
  return RatingCalibrations::load(model / name);
}

ModelBundle load_once(const fs::path& folder) {
  const fs::path file = folder / kManifestFile;
  if (!file_exists(file)) {
    throw Error(ErrorCode::kNotFound, ErrorSubject::kModel, "no model bundle here",
                {.where = folder.string(), .expected = "a folder with bundle.json, as p5 train writes it"});
  }
  FolderChecksums::verify_all(folder);
  const nlohmann::json manifest = read_json(file, 1 << 20, ErrorSubject::kModel);
  const JsonFields fields(manifest, file.string(), ErrorSubject::kModel);
  fields.require_version(kBundleVersion);
  ModelBundle bundle;
  bundle.corpus = fields.text("corpus");
  bundle.catalog_sha256 = fields.text("catalog_sha256");
  if (manifest.contains("data_sha256")) bundle.data_sha256 = fields.text("data_sha256");
  as_model_error([&] {
    bundle.vocabulary = std::make_shared<const Vocabulary>(Vocabulary::load(folder / kVocabularyFolder));
    bundle.index = std::make_shared<const ItemIndex>(ItemIndex::load(folder / kIndexFile));
    const std::vector<fs::path> prompts{folder / kPromptsFile};
    bundle.prompts = std::make_shared<const PromptLibrary>(PromptLibrary::load(prompts));
    OptionTable table;
    bundle.bind(table);
    table.load_toml_file(folder / kOptionsFile);
    return 0;
  });
  const fs::path model = ModelBundle::model_folder(folder);
  bundle.stars = read_replaceable(model / FolderChecksums::kFile, [&model] { return load_stars(model); });
  require_one_run(bundle, fields.number("items"), folder / kIndexFile);
  return bundle;
}

}  // namespace

void ModelBundle::save(const fs::path& folder) const {
  AtomicDirectory target(folder, AtomicDirectory::Existing::kReplace);
  fs::create_directory(target.path() / kVocabularyFolder);
  vocabulary->save(target.path() / kVocabularyFolder);
  index->save(target.path() / kIndexFile);
  write_file_atomically(target.path() / kPromptsFile, prompts->to_toml());
  OptionTable table;
  SavedOptions options = *this;
  options.bind(table);
  write_file_atomically(target.path() / kOptionsFile, table.to_toml());
  const nlohmann::json manifest{{"version", kBundleVersion},
                                {"corpus", corpus},
                                {"catalog_sha256", catalog_sha256},
                                {"data_sha256", data_sha256},
                                {"items", index->size()}};
  write_file_atomically(target.path() / kManifestFile, pretty_json(manifest) + "\n");
  FolderChecksums::write(target.path());
  target.commit();
}

ModelBundle ModelBundle::load(const fs::path& folder) {
  return read_replaceable(folder / kManifestFile, [&folder] { return load_once(folder); });
}

std::unique_ptr<ModelSpec> bundle_model_spec(const ModelBundle& bundle, const fs::path& folder) {
  const fs::path weights = ModelBundle::model_folder(folder);
  if (!file_exists(weights)) {
    throw Error(ErrorCode::kNotFound, ErrorSubject::kModel, "the run has no weights yet",
                {.where = weights.string(), .expected = "a finished training; p5 train --resume goes on with one"});
  }
  std::unique_ptr<ModelSpec> spec = read_model_spec(weights);
  if (static_cast<std::size_t>(spec->vocab_size) != bundle.vocabulary->size()) {
    throw model_error("the weights are of another vocabulary",
                      {.where = weights.string(),
                       .expected = std::to_string(bundle.vocabulary->size()) + " tokens",
                       .got = std::to_string(spec->vocab_size)});
  }
  return spec;
}

std::unique_ptr<SequenceModel> load_bundle_model(const ModelBundle& bundle, const fs::path& folder,
                                                 const DeviceOptions& device) {
  bundle_model_spec(bundle, folder);
  return load_sequence_model(ModelBundle::model_folder(folder), device);
}

DataSplits open_bundle_data(const ModelBundle& bundle, const fs::path& corpus) {
  const fs::path folder = corpus.empty() ? fs::path(bundle.corpus) : corpus;
  DataSplits data = open_data(folder, bundle.split);
  const std::string got = catalog_sha256(data.corpus->catalog());
  if (got != bundle.catalog_sha256) {
    throw model_error(
        "the corpus has another catalogue than the one the model was trained on",
        {.where = folder.string(), .expected = "items with SHA-256 " + bundle.catalog_sha256, .got = got});
  }
  return data;
}

std::string catalog_sha256(const ItemCatalog& catalog) {
  Sha256 digest;
  for (ItemId item = 0; item < catalog.size(); ++item) digest.update(catalog.key(item)).update("\n");
  return digest.hex();
}

}  // namespace p5
