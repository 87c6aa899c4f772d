#include "train/metrics_log.h"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "p5/error.h"

namespace p5 {
namespace {

using Json = nlohmann::ordered_json;

Error disk_error(std::string_view what, const std::filesystem::path& path) {
  return system_error(what, {.where = path.string(), .got = std::strerror(errno)});
}

// Whether the line is a whole record of a step that the resumed run will not repeat.
bool is_kept(std::string_view line, std::int64_t keep_through) {
  const auto record = nlohmann::json::parse(line, nullptr, false);
  if (!record.is_object()) return false;
  const auto step = record.find("step");
  return step != record.end() && step->is_number_integer() && step->get<std::int64_t>() <= keep_through;
}

std::string kept_lines(const std::filesystem::path& path, std::int64_t keep_through) {
  if (keep_through < 0 || !file_exists(path)) return {};
  const MappedFile file(path);
  std::string kept;
  std::string_view rest = file.text();
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    const std::string_view line = rest.substr(0, end + 1);
    if (is_kept(line, keep_through)) kept += line;
    rest.remove_prefix(end + 1);
  }
  return kept;
}

}  // namespace

MetricsLog::MetricsLog(std::filesystem::path path, std::int64_t keep_through) : path_(std::move(path)) {
  write_file_atomically(path_, kept_lines(path_, keep_through));
  file_.reset(std::fopen(path_.c_str(), "ab"));
  if (!file_) throw disk_error("cannot open the metrics file", path_);
}

void MetricsLog::append(const StepRecord& record) {
  Json line = {{"step", record.step}, {"epoch", record.epoch}, {"loss", record.loss}};
  if (!record.family_loss.empty()) line["family_loss"] = record.family_loss;
  if (!record.family_weight.empty()) line["family_weight"] = record.family_weight;
  line["lr"] = record.lr;
  line["grad_norm"] = record.grad_norm;
  line["padding"] = record.padding;
  line["waiting"] = record.waiting;
  line["tokens_per_second"] = record.tokens_per_second;
  line["seconds"] = record.seconds;
  append_line(line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void MetricsLog::append(const ValidationRecord& record, const std::string& metric) {
  append_line(Json{{"step", record.step},
                   {"epoch", record.epoch},
                   {"validation", record.value},
                   {"metric", metric},
                   {"best", record.best},
                   {"seconds", record.seconds}}
                  .dump());
}

void MetricsLog::append_line(const std::string& line) {
  const std::string text = line + '\n';
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() || std::fflush(file_.get()) != 0) {
    throw disk_error("cannot write the metrics file", path_);
  }
}

}  // namespace p5
