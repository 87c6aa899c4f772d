// Memory of mapped files (base/mapped_file.h) that has been read. Thread-safe.
#pragma once

#include <cstddef>
#include <span>

namespace p5 {

// The process no longer holds the pages of these bytes; whoever reads them again gets them from the file. For large
// files that are read once. REQUIRES bytes of a MappedFile: other memory would be lost.
void release_pages(std::span<const std::byte> bytes);

}  // namespace p5
