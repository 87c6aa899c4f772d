#include "pipeline/bundle_weights.h"

#include "base/file.h"
#include "base/folder_checksums.h"
#include "recommend/model_bundle.h"

namespace p5 {

void replace_weights(const std::filesystem::path& bundle, const std::filesystem::path& stars_of,
                     const std::function<void(const std::filesystem::path& folder)>& write) {
  AtomicDirectory folder(ModelBundle::model_folder(bundle), AtomicDirectory::Existing::kReplace);
  write(folder.path());
  const std::filesystem::path stars = ModelBundle::model_folder(stars_of) / ModelBundle::kStarsFile;
  if (file_exists(stars)) write_file_atomically(folder.path() / ModelBundle::kStarsFile, read_file(stars));
  FolderChecksums::write(folder.path());
  folder.commit();
}

}  // namespace p5
