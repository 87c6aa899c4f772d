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

void append_double(std::string& out, std::uint32_t field, double value) {
  append_tag(out, field, kFixed64);
  append_little_endian(out, std::bit_cast<std::uint64_t>(value));
}

void append_number(std::string& out, std::uint32_t field, std::uint64_t value) {
  append_tag(out, field, kVarint);
  append_varint(out, value);
}

void append_doubles(std::string& out, std::uint32_t field, const std::vector<double>& values) {
  std::string packed;
  for (const double value : values) append_little_endian(packed, std::bit_cast<std::uint64_t>(value));
  append_bytes(out, field, packed);
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Summary.Value { tag = 1, metadata = 9 { plugin_data = 1 { plugin_name = 1, content = 2 } } }
std::string plugin_value(std::string_view tag, std::string_view plugin, std::string_view content) {
  std::string data, metadata, value;
  append_bytes(data, 1, plugin);
  if (!content.empty()) append_bytes(data, 2, content);
  append_bytes(metadata, 1, data);
  append_bytes(value, 1, tag);
  append_bytes(value, 9, metadata);
  return value;
}

// TensorProto { dtype = 1, tensor_shape = 2 { dim = 2 { size = 1 } } } of one element; the caller appends it.
std::string tensor_head(std::uint64_t dtype) {
  std::string dimension, shape, tensor;
  append_number(dimension, 1, 1);
  append_bytes(shape, 2, dimension);
  append_number(tensor, 1, dtype);
  append_bytes(tensor, 2, shape);
  return tensor;
}

// The tab HParams reads only the metadata; the tensor has to be there, as tensorboard.plugins.hparams writes it.
std::string settings_value(std::string_view tag, std::string_view content) {
  constexpr std::uint64_t kFloat = 1;
  std::string tensor = tensor_head(kFloat);
  append_bytes(tensor, 5, std::string(4, '\0'));  // float_val
  std::string value = plugin_value(tag, "hparams", content);
  append_bytes(value, 8, tensor);
  return value;
}

// google.protobuf.Value { number_value = 2, string_value = 3, bool_value = 4 }
std::string protobuf_value(const SettingValue& setting) {
  std::string value;
  if (const bool* flag = std::get_if<bool>(&setting)) {
    append_number(value, 4, *flag ? 1 : 0);
  } else if (const double* number = std::get_if<double>(&setting)) {
    append_double(value, 2, *number);
  } else {
    append_bytes(value, 3, std::get<std::string>(setting));
  }
  return value;
}

// Event { wall_time = 1, step = 2 }; the caller appends what happened.
std::string event_head(std::int64_t step) {
  std::string event;
  append_double(event, 1, seconds_now());
  append_number(event, 2, static_cast<std::uint64_t>(step));
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
  write_value(entry, step);
}

void TensorBoardWriter::text(std::string_view tag, std::string_view markdown, std::int64_t step) {
  constexpr std::uint64_t kString = 7;
  std::string tensor = tensor_head(kString);
  append_bytes(tensor, 8, markdown);  // string_val
  std::string value = plugin_value(tag, "text", "");
  append_bytes(value, 8, tensor);
  write_value(value, step);
}

void TensorBoardWriter::histogram(std::string_view tag, const ValueHistogram& histogram, std::int64_t step) {
  if (histogram.count == 0) return;
  std::string numbers;  // HistogramProto
  append_double(numbers, 1, histogram.minimum);
  append_double(numbers, 2, histogram.maximum);
  append_double(numbers, 3, static_cast<double>(histogram.count));
  append_double(numbers, 4, histogram.sum);
  append_double(numbers, 5, histogram.sum_of_squares);
  append_doubles(numbers, 6, histogram.limits);
  append_doubles(numbers, 7, histogram.counts);
  std::string value;
  append_bytes(value, 1, tag);
  append_bytes(value, 5, numbers);
  write_value(value, step);
}

void TensorBoardWriter::begin_session(const std::vector<std::pair<std::string, SettingValue>>& settings) {
  std::string start, content;  // HParamsPluginData { session_start_info = 3 { hparams = 1, start_time_secs = 5 } }
  for (const auto& [name, setting] : settings) {
    std::string entry;
    append_bytes(entry, 1, name);
    append_bytes(entry, 2, protobuf_value(setting));
    append_bytes(start, 1, entry);
  }
  append_double(start, 5, seconds_now());
  append_bytes(content, 3, start);
  write_value(settings_value("_hparams_/session_start_info", content), 0);
}

void TensorBoardWriter::end_session(bool success) {
  constexpr std::uint64_t kSuccess = 1, kFailure = 2;
  std::string end, content;  // HParamsPluginData { session_end_info = 4 { status = 1, end_time_secs = 2 } }
  append_number(end, 1, success ? kSuccess : kFailure);
  append_double(end, 2, seconds_now());
  append_bytes(content, 4, end);
  write_value(settings_value("_hparams_/session_end_info", content), 0);
}

// Event { summary = 5 { value = 1 } }
void TensorBoardWriter::write_value(std::string_view value, std::int64_t step) {
  std::string summary;
  append_bytes(summary, 1, value);
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
