// A corpus folder as memory maps. Verified once when opened, so that an access is only a load.
// Thread-safe: all const.
#pragma once

#include <filesystem>
#include <memory>

#include "corpus/corpus.h"

namespace p5 {

std::shared_ptr<const Corpus> open_mapped_corpus(const std::filesystem::path& folder);

}  // namespace p5
