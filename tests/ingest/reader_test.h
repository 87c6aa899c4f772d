// The fixture of reader tests: a folder of their own for the files that they write and read.
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
  // Writes a file of the folder, or writes it anew.
  std::filesystem::path file(const std::string& name, std::string_view text) const {
    write_file_atomically(folder_ / name, text);
    return folder_ / name;
  }
  // What the reader that make_dataset_reader picks finds in one such file, or in all of them.
  RecordingSink read_input(const std::string& name, std::string_view text, const ReaderOptions& options = {}) const {
    return read_all({file(name, text)}, options);
  }
  RecordingSink read_folder() const { return read_all({folder_.path()}); }

  TemporaryFolder folder_;
};

}  // namespace p5::test
