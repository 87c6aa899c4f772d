// What TensorBoard shows, written without its library: scalars, texts, histograms and the settings of a run, in one
// event file per process, with records of length, checksum, protobuf payload, checksum (docs/formats.md). Not
// thread-safe.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "train/run_description.h"
#include "train/value_histogram.h"

namespace p5 {

class TensorBoardWriter {
 public:
  // Makes `folder` and a new file events.out.tfevents.<time>.<host>.<pid>.<number> in it. A resumed run passes the step
  // that it continues from: TensorBoard then hides that step and later ones of earlier files. Throws Unavailable
  // (system) when the disk refuses.
  explicit TensorBoardWriter(const std::filesystem::path& folder, std::optional<std::int64_t> resumed_at = {});

  void scalar(std::string_view tag, double value, std::int64_t step);
  // Markdown, for the tab Text.
  void text(std::string_view tag, std::string_view markdown, std::int64_t step);
  // For the tabs Histograms and Distributions.
  void histogram(std::string_view tag, const ValueHistogram& histogram, std::int64_t step);
  // For the tab HParams: the settings of the run, and later that it ended. Run and folder are one session there.
  void begin_session(const std::vector<std::pair<std::string, SettingValue>>& settings);
  void end_session(bool success);
  void flush();
  const std::filesystem::path& path() const { return path_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void write_value(std::string_view value, std::int64_t step);
  void write_record(std::string_view payload);

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace p5
