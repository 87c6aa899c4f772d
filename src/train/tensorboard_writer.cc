#include "train/tensorboard_writer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "p5/error.h"
#include "train/crc32c.h"

namespace p5 {
namespace {

// The needed part of protobuf's wire format. Field numbers are those of tensorflow's event.proto and summary.proto.
enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

template <typename Integer>
void append_little_endian(std::string& out, Integer value) {
  for (std::size_t byte = 0; byte < sizeof(value); ++byte) out.push_back(static_cast<char>(value >> (8 * byte)));
}

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>((value & 0x7F) | 0x80));
  out.push_back(static_cast<char>(value));
}

void append_tag(std::string& out, std::uint32_t field, WireType type) { append_varint(out, (field << 3) | type); }

void append_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  append_tag(out, field, kBytes);
  append_varint(out, bytes.size());
  out.append(bytes);
}

// Event { wall_time = 1, step = 2 }; the caller appends what happened.
std::string event_head(std::int64_t step) {
  const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  std::string event;
  append_tag(event, 1, kFixed64);
  append_little_endian(event, std::bit_cast<std::uint64_t>(now));
  append_tag(event, 2, kVarint);
  append_varint(event, static_cast<std::uint64_t>(step));
  return event;
}

std::filesystem::path fresh_path(const std::filesystem::path& folder) {
  static std::atomic<int> number{0};
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) std::strcpy(host.data(), "host");
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  return folder / fmt::format("events.out.tfevents.{:010}.{}.{}.{}", now.count(), host.data(), ::getpid(), number++);
}

Error disk_error(std::string_view what, const std::filesystem::path& path) {
  return system_error(what, {.where = path.string(), .got = std::strerror(errno)});
}

}  // namespace

TensorBoardWriter::TensorBoardWriter(const std::filesystem::path& folder, std::optional<std::int64_t> resumed_at) {
  std::error_code ignored;  // fopen reports faults of the folder
  std::filesystem::create_directories(folder, ignored);
  path_ = fresh_path(folder);
  file_.reset(std::fopen(path_.c_str(), "wb"));
  if (!file_) throw disk_error("cannot create the TensorBoard file", path_);
  std::string version = event_head(0);
  append_bytes(version, 3, "brain.Event:2");
  write_record(version);
  if (resumed_at) {
    std::string restart = event_head(*resumed_at);
    append_bytes(restart, 7, "\x08\x01");  // session_log { status = START }
    write_record(restart);
  }
  flush();
}

void TensorBoardWriter::scalar(std::string_view tag, double value, std::int64_t step) {
  std::string entry;  // Summary.Value { tag = 1, simple_value = 2 }
  append_bytes(entry, 1, tag);
  append_tag(entry, 2, kFixed32);
  append_little_endian(entry, std::bit_cast<std::uint32_t>(static_cast<float>(value)));
  std::string summary;
  append_bytes(summary, 1, entry);
  std::string event = event_head(step);
  append_bytes(event, 5, summary);
  write_record(event);
}

void TensorBoardWriter::flush() {
  if (std::fflush(file_.get()) != 0) throw disk_error("cannot write the TensorBoard file", path_);
}

void TensorBoardWriter::write_record(std::string_view payload) {
  std::string record;
  append_little_endian(record, static_cast<std::uint64_t>(payload.size()));
  append_little_endian(record, masked_crc32c(record));
  record.append(payload);
  append_little_endian(record, masked_crc32c(payload));
  if (std::fwrite(record.data(), 1, record.size(), file_.get()) != record.size()) {
    throw disk_error("cannot write the TensorBoard file", path_);
  }
}

}  // namespace p5
