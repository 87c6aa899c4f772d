#include "recommend/model_bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

#include "architectures/architecture_list.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/folder_checksums.h"
#include "base/json_field.h"
#include "base/replaced_folder.h"
#include "corpus/folder_kind.h"
#include "p5/error.h"
#include "retrieval/fitted_state.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

constexpr int kBundleVersion = 1;
constexpr const char* kIndexFile = "items.index";
constexpr const char* kPromptsFile = "prompts.toml";
constexpr const char* kOptionsFile = "options.toml";
constexpr const char* kKeysFile = "keys.fit";
constexpr const char* kUsersFile = "user_features.json";
constexpr const char* kManifestFile = "bundle.json";

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

FittedOrigin origin_of_keys(const ModelBundle& bundle) {
  return {.source = "keys", .data_sha256 = bundle.data_sha256, .options = {}};
}

void put(const std::string& name, const KeyList& keys, FittedState& state) {
  const std::string_view text = keys.text();
  state.put(name + ".text", std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  state.put(name + ".begins", keys.begins());
}

KeyList get(const std::string& name, const FittedState& state) {
  const auto text = state.get<std::uint8_t>(name + ".text");
  auto begins = state.get<std::uint64_t>(name + ".begins");
  if (begins.empty() || begins.front() != 0 || begins.back() != text.size() ||
      !std::is_sorted(begins.begin(), begins.end())) {
    throw state.damage("ascending begins of keys", "others");
  }
  return {std::string(text.begin(), text.end()), std::move(begins)};
}

void save_keys(const ModelBundle& bundle, const fs::path& folder) {
  if (bundle.keys == nullptr) return;
  FittedState state;
  put("items", bundle.keys->items, state);
  put("users", bundle.keys->users, state);
  if (!bundle.user_groups.empty()) state.put("user_groups", bundle.user_groups);
  state.save(folder / kKeysFile, origin_of_keys(bundle));
}

std::shared_ptr<const KnownKeys> load_keys(ModelBundle& bundle, const fs::path& folder) {
  const auto state = FittedState::load(folder / kKeysFile, origin_of_keys(bundle));
  if (!state) return nullptr;
  if (state->has("user_groups")) {
    bundle.user_groups = state->get<std::uint32_t>("user_groups");
    for (const std::uint32_t group : bundle.user_groups) {
      if (group < bundle.vocabulary->users().size()) continue;
      throw state->damage(fmt::format("groups of users below {}", bundle.vocabulary->users().size()),
                          fmt::format("{}", group));
    }
  }
  const auto keys = std::make_shared<const KnownKeys>(KnownKeys{get("items", *state), get("users", *state)});
  if (keys->items.size() == bundle.index->size()) return keys;
  throw model_error("the keys are of another catalogue", {.where = (folder / kKeysFile).string(),
                                                          .expected = std::to_string(bundle.index->size()) + " items",
                                                          .got = std::to_string(keys->items.size())});
}

Error no_bundle(const fs::path& folder) {
  const fs::path run = folder.parent_path();
  const FolderKind kind = kind_of_folder(run);
  if (kind == FolderKind::kCorpus || kind == FolderKind::kMissing) {
    return wrong_folder(run, FolderKind::kRun, ErrorSubject::kModel);
  }
  return Error(ErrorCode::kNotFound, ErrorSubject::kModel, "no model bundle here",
               {.where = folder.string(), .expected = "a folder with bundle.json, as p5 train writes it"});
}

Error other_catalog(const fs::path& folder, const std::string& got) {
  return model_error("the corpus has not all items that the run knows",
                     {.where = folder.string(),
                      .expected = "the items of training, and any number of new ones; p5 train --init RUN begins a new "
                                  "run from this one's weights",
                      .got = got});
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
  if (!file_exists(file)) throw no_bundle(folder);
  FolderChecksums::verify_all(folder);
  const nlohmann::json manifest = read_json(file, 1 << 20, ErrorSubject::kModel);
  const JsonFields fields(manifest, file.string(), ErrorSubject::kModel);
  fields.require_version(kBundleVersion);
  ModelBundle bundle;
  bundle.corpus = fields.text("corpus");
  bundle.catalog_sha256 = fields.text("catalog_sha256");
  if (manifest.contains("data_sha256")) bundle.data_sha256 = fields.text("data_sha256");
  as_model_error([&] {
    if (manifest.contains("rating_scale")) {
      bundle.scale = RatingScale::parse(fields.text("rating_scale"), file.string() + ", field rating_scale");
    }
    bundle.vocabulary = std::make_shared<const Vocabulary>(Vocabulary::load(ModelBundle::vocabulary_folder(folder)));
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
  bundle.keys = load_keys(bundle, folder);
  if (!bundle.task.user_prompt.empty()) {
    const fs::path users = folder / kUsersFile;
    if (!file_exists(users)) {
      throw model_error("the bundle lacks what its prompts say of users", {.where = users.string()});
    }
    bundle.users =
        std::make_shared<const UserFeatures>(UserFeatures::from_json(read_file(users, 1 << 28), users.string()));
  }
  return bundle;
}

}  // namespace

void ModelBundle::save(const fs::path& folder) const {
  AtomicDirectory target(folder, AtomicDirectory::Existing::kReplace);
  fs::create_directory(vocabulary_folder(target.path()));
  vocabulary->save(vocabulary_folder(target.path()));
  index->save(target.path() / kIndexFile);
  write_file_atomically(target.path() / kPromptsFile, prompts->to_toml());
  OptionTable table;
  SavedOptions options = *this;
  options.bind(table);
  write_file_atomically(target.path() / kOptionsFile, table.to_toml());
  const nlohmann::json manifest{{"version", kBundleVersion},        {"corpus", corpus},
                                {"catalog_sha256", catalog_sha256}, {"data_sha256", data_sha256},
                                {"items", index->size()},           {"rating_scale", scale.to_string()}};
  write_file_atomically(target.path() / kManifestFile, pretty_json(manifest) + "\n");
  save_keys(*this, target.path());
  if (users != nullptr) write_file_atomically(target.path() / kUsersFile, users->to_json());
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
  std::shared_ptr<const Corpus> data = Corpus::open(folder);
  const std::string sha256 = catalog_sha256(data->catalog());
  if (sha256 != bundle.catalog_sha256) {
    if (bundle.keys == nullptr) throw other_catalog(folder, "items with SHA-256 " + sha256);
    const CatalogMap map(*bundle.keys, *data);
    if (!map.missing_items().empty()) throw other_catalog(folder, map.summary());
    data = map.arrange(std::move(data));
  }
  return make_splits(std::move(data), bundle.split);
}

std::string catalog_sha256(const ItemCatalog& catalog) {
  Sha256 digest;
  for (ItemId item = 0; item < catalog.size(); ++item) digest.update(catalog.key(item)).update("\n");
  return digest.hex();
}

}  // namespace p5
