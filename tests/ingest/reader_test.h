// The fixture of reader tests: a folder for the files that a test writes and reads.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "ingest/dataset_reader.h"
#include "support/recording_sink.h"
#include "support/temporary_folder.h"

namespace p5::test {

// Reads inputs with the reader that make_dataset_reader picks.
inline RecordingSink read_all(const std::vector<std::filesystem::path>& inputs, const ReaderOptions& options = {}) {
  RecordingSink sink;
  make_dataset_reader(options, inputs)->read(inputs, sink);
  return sink;
}

class ReaderTest : public testing::Test {
 protected:
  // Writes a file in the folder, replacing an earlier one.
  std::filesystem::path file(const std::string& name, std::string_view text) const {
    write_file_atomically(folder_ / name, text);
    return folder_ / name;
  }
  // What the reader that make_dataset_reader picks reads from one such file, or from all of them.
  RecordingSink read_input(const std::string& name, std::string_view text, const ReaderOptions& options = {}) const {
    return read_all({file(name, text)}, options);
  }
  RecordingSink read_folder() const { return read_all({folder_.path()}); }

  TemporaryFolder folder_;
};

}  // namespace p5::test
