// Scalars for TensorBoard, written without its library: one event file per process, with records of length, checksum,
// protobuf payload, checksum (docs/formats.md). Not thread-safe.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace p5 {

class TensorBoardWriter {
 public:
  // Makes `folder` and a new file events.out.tfevents.<time>.<host>.<pid>.<number> in it. A resumed run passes the step
  // that it continues from: TensorBoard then hides that step and later ones of earlier files. Throws Unavailable
  // (system) when the disk refuses.
  explicit TensorBoardWriter(const std::filesystem::path& folder, std::optional<std::int64_t> resumed_at = {});

  void scalar(std::string_view tag, double value, std::int64_t step);
  void flush();
  const std::filesystem::path& path() const { return path_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void write_record(std::string_view payload);

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace p5
