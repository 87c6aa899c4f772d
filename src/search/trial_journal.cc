#include "search/trial_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/json_field.h"
#include "p5/error.h"

namespace p5 {
namespace {

using nlohmann::json;

constexpr std::uint64_t kVersion = 1;

std::string line_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"; }

json to_json(const Trial& trial) {
  json settings = json::object();
  for (const auto& [key, value] : trial.settings) settings[key] = value;
  json line{{"trial", trial.number}, {"rung", trial.rung}, {"budget", trial.budget},  {"point", trial.point},
            {"settings", settings},  {"score", nullptr},   {"seconds", trial.seconds}};
  if (trial.score) line["score"] = *trial.score;
  if (!trial.problem.empty()) line["problem"] = trial.problem;
  return line;
}

Trial trial_of(const json& line, const std::string& where) {
  const JsonFields fields(line, where, ErrorSubject::kData);
  Trial trial{.number = fields.number("trial"), .rung = fields.number("rung")};
  try {
    trial.budget = fields.at("budget").get<double>();
    trial.point = fields.list("point").get<SearchPoint>();
    for (const auto& [key, value] : fields.at("settings").items()) {
      trial.settings.emplace_back(key, value.get<std::string>());
    }
    if (!fields.at("score").is_null()) trial.score = fields.at("score").get<double>();
    trial.seconds = fields.at("seconds").get<double>();
    trial.problem = line.value("problem", "");
  } catch (const json::exception& error) {
    throw data_error("a trial cannot be read", {.where = where, .got = error.what()});
  }
  return trial;
}

}  // namespace

TrialJournal::TrialJournal(std::filesystem::path file, const std::string& search) : file_(std::move(file)) {
  lock_ = FileLock::acquire(file_, FileLock::Open::kEither);
  if (!lock_) {
    throw usage_error("another program writes this journal", {.where = file_.string(), .expected = "another folder"});
  }
  std::string content = read_file(file_);
  const std::size_t whole = content.rfind('\n') == std::string::npos ? 0 : content.rfind('\n') + 1;
  if (whole < content.size()) {
    content.resize(whole);
    std::filesystem::resize_file(file_, whole);
  }
  if (content.empty()) {
    append(line_of({{"version", kVersion}, {"search", search}}));
  } else {
    read(content, search);
  }
}

void TrialJournal::read(const std::string& content, const std::string& search) {
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = content.find('\n', begin);
    const std::string where = fmt::format("{}, line {}", file_.string(), ++number);
    std::string why;
    const json line = parse_json(std::string_view(content).substr(begin, end - begin), kJsonDepth, &why);
    if (line.is_discarded()) throw data_error("not valid JSON", {.where = where, .got = why});
    begin = end + 1;
    if (number > 1) {
      trials_.push_back(trial_of(line, where));
      continue;
    }
    const JsonFields fields(line, where, ErrorSubject::kData);
    fields.require_version(kVersion, "choose another folder to begin anew");
    if (fields.text("search") != search) {
      throw usage_error("the journal is of another search",
                        {.where = file_.string(), .expected = search, .got = fields.text("search")});
    }
  }
}

const Trial* TrialJournal::find(std::size_t number, std::size_t rung) const {
  const auto found = std::find_if(trials_.begin(), trials_.end(),
                                  [&](const Trial& trial) { return trial.number == number && trial.rung == rung; });
  return found == trials_.end() ? nullptr : &*found;
}

void TrialJournal::add(Trial trial) {
  append(line_of(to_json(trial)));
  trials_.push_back(std::move(trial));
}

void TrialJournal::append(const std::string& line) {
  const int descriptor = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  bool written = descriptor >= 0;
  for (std::size_t at = 0; written && at < line.size();) {
    const ssize_t count = ::write(descriptor, line.data() + at, line.size() - at);
    if (count < 0 && errno != EINTR) written = false;
    if (count > 0) at += static_cast<std::size_t>(count);
  }
  written = written && ::fsync(descriptor) == 0;
  const std::string reason = std::strerror(errno);
  if (descriptor >= 0) ::close(descriptor);
  if (!written) throw system_error("cannot write the journal", {.where = file_.string(), .got = reason});
}

}  // namespace p5
