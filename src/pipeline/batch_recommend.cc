#include "pipeline/batch_recommend.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <unordered_set>

#include "base/digest.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "p5/error.h"
#include "pipeline/resumable_file.h"
#include "pipeline/run_directory.h"
#include "recommend/answer_json.h"
#include "recommend/model_bundle.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

constexpr std::string_view kStopped = "interrupted";
constexpr std::string_view kCsvHeader = "user,rank,item,score,source,title\n";

std::string lines_of(const RecommendRequest& request, const std::vector<Recommendation>& items, AnswerFormat format) {
  if (format == AnswerFormat::kJsonLines) {
    return to_json(request, items).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  std::string lines;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Recommendation& item = items[i];
    lines += fmt::format("{},{},{},{},{},{}\n", csv_field(request.user), i + 1, csv_field(item.item),
                         static_cast<float>(item.score), item.source, csv_field(item.title));
  }
  return lines;
}

std::string digest_of(const std::vector<std::string>& keys) {
  Sha256 digest;
  for (const std::string& key : keys) digest.update(key).update("\n");
  return digest.hex().substr(0, 16);
}

// Of the files that decide the answers of a run: options, index and weights.
std::string digest_of_run(const fs::path& run) {
  std::set<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(ModelBundle::folder_of(run))) {
    if (entry.is_regular_file()) files.insert(entry.path());
  }
  Sha256 digest;
  for (const fs::path& file : files) {
    std::uint64_t size = 0;
    const std::uint64_t sum = checksum64_of_file(file, size);
    digest.update(fmt::format("{} {} {:x}\n", file.filename().string(), size, sum));
  }
  return digest.hex().substr(0, 16);
}

// What the answers depend on, short enough to be read in a message.
std::string describe(const BatchRequest& request, AnswerFormat format) {
  const RecommendRequest& each = request.each;
  std::string text = fmt::format("run {}, {} users {}, k {}, source {}, seen {}, {}", digest_of_run(request.run),
                                 request.users.size(), digest_of(request.users), each.k, each.source,
                                 each.keep_seen ? "kept" : "dropped", format == AnswerFormat::kCsv ? "csv" : "jsonl");
  if (!each.where.empty()) text += fmt::format(", where '{}'", each.where);
  const auto add = [&text](const char* name, const std::vector<std::string>& keys) {
    if (!keys.empty()) text += fmt::format(", {} {} {}", keys.size(), name, digest_of(keys));
  };
  add("available", each.available);
  add("excluded", each.exclude);
  add("candidates", each.candidates);
  if (!each.prompt_id.empty()) text += ", prompt " + each.prompt_id;
  if (each.explain) text += each.generate ? ", explained by the model" : ", explained";
  for (const std::string& setting : each.settings) text += ", " + setting;
  return text;
}

// Calls `visit(line number from 1, key)` for every line that is not blank.
template <typename Visit>
void for_each_key(const fs::path& file, const Visit& visit) {
  std::istringstream lines(read_file(file));
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    constexpr const char* kBlank = " \t\r";
    const std::size_t begin = line.find_first_not_of(kBlank);
    if (begin == std::string::npos) continue;
    visit(number, line.substr(begin, line.find_last_not_of(kBlank) - begin + 1));
  }
}

struct Answered {
  std::string lines;
  std::uint64_t items = 0;
};

Answered answer(Recommender& recommender, std::span<const RecommendRequest> requests, AnswerFormat format) {
  Answered answered;
  if (requests.empty()) return answered;
  const auto answers = recommender.recommend(requests);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    answered.lines += lines_of(requests[i], answers[i], format);
    answered.items += answers[i].size();
  }
  return answered;
}

// By all processes of the group, each a part.
Answered answer_together(Recommender& recommender, std::span<const RecommendRequest> requests, AnswerFormat format,
                         const BatchRequest& request) {
  const auto [begin, end] = part_of(request.group->world(), requests.size());
  const Answered own = answer(recommender, requests.subspan(begin, end - begin), format);
  Answered all;
  for (const std::string& part :
       gather_unless_stopped(*request.group, fmt::format("{} {}", own.items, own.lines), request.stop, kStopped)) {
    const std::size_t space = part.find(' ');
    all.items += std::stoull(part.substr(0, space));
    all.lines += std::string_view(part).substr(space + 1);
  }
  return all;
}

// The users from `first` on, in batches.
template <typename Write>
void answer_users(Recommender& recommender, const BatchRequest& request, AnswerFormat format, std::size_t first,
                  const Write& write) {
  Progress progress("recommend", request.users.size(), "users", first);
  std::vector<RecommendRequest> requests;
  for (std::size_t begin = first; begin < request.users.size(); begin += requests.size()) {
    const std::size_t size = std::min(std::max<std::size_t>(request.batch, 1), request.users.size() - begin);
    requests.resize(size, request.each);  // the same requests again: their lists may be long
    for (std::size_t i = 0; i < size; ++i) requests[i].user = request.users[begin + i];
    const Answered answered = request.group == nullptr ? answer(recommender, requests, format)
                                                       : answer_together(recommender, requests, format, request);
    write(answered.lines, begin + size, answered.items);
    progress.advance(size);
  }
}

// Where rank 0 goes on.
std::size_t common_start(ProcessGroup* group, std::size_t own) {
  return group == nullptr ? own : std::stoull(group->gather(std::to_string(own)).front());
}

}  // namespace

AnswerFormat answer_format_of(const fs::path& file) {
  if (file.extension() == ".jsonl") return AnswerFormat::kJsonLines;
  if (file.extension() == ".csv") return AnswerFormat::kCsv;
  throw usage_error(
      "unknown form of answers",
      {.where = "request.out", .expected = "a file that ends in .jsonl or .csv", .got = "'" + file.string() + "'"});
}

BatchResult recommend_to_file(Recommender& recommender, const BatchRequest& request) {
  constexpr double kCheckpointSeconds = 2;
  const auto start = Clock::now();
  const AnswerFormat format = answer_format_of(request.out);
  const UnsavedWork unsaved;
  std::optional<ResumableFile> file;  // of the one who writes
  if (request.group == nullptr || request.group->world().leads()) {
    file.emplace(request.out, describe(request, format),
                 request.replace ? ResumableFile::Existing::kReplace : ResumableFile::Existing::kRefuse);
    if (file->done() == 0 && format == AnswerFormat::kCsv) file->write(kCsvHeader);
  }
  const std::size_t first = common_start(request.group, file ? file->done() : 0);
  BatchResult result{.users = request.users.size(), .resumed_from = first};
  std::size_t written = first;
  const auto interrupted = [&] {
    if (file) file->checkpoint(written);
    return Interrupted(fmt::format("interrupted; {} of {} users are in {}.partial, and the same command continues",
                                   written, request.users.size(), request.out.string()));
  };
  auto saved = Clock::now();
  try {
    answer_users(recommender, request, format, first,
                 [&](const std::string& lines, std::size_t done, std::size_t items) {
                   if (file) file->write(lines);
                   written = done;
                   result.items += items;
                   if (request.group == nullptr && request.stop.stop_requested()) throw Interrupted("");
                   if (!file || seconds_since(saved) < kCheckpointSeconds) return;
                   file->checkpoint(done);
                   saved = Clock::now();
                 });
  } catch (const Interrupted&) {
    throw interrupted();
  }
  if (file) file->commit(request.users.size());
  result.seconds = seconds_since(start);
  return result;
}

void recommend_in_batches(Recommender& recommender, const BatchRequest& request, AnswerFormat format,
                          const std::function<void(std::string_view lines, std::size_t users)>& write) {
  if (format == AnswerFormat::kCsv) write(kCsvHeader, 0);
  answer_users(recommender, request, format, 0, [&](const std::string& lines, std::size_t done, std::size_t) {
    write(lines, done);
    stop_if_requested(request.stop, kStopped);
  });
}

UserList read_users(const fs::path& file, const Recommender& recommender) {
  UserList list;
  std::unordered_set<std::string> taken;
  for_each_key(file, [&](std::size_t line, const std::string& key) {
    const auto problem = [&](const char* what) {
      list.problems.push_back(fmt::format("{}, line {}: {} '{}'", file.string(), line, what, key));
    };
    if (!recommender.has_user(key)) return problem("no such user");
    if (!taken.insert(key).second) return problem("repeated user");
    list.users.push_back(key);
  });
  if (list.users.empty()) {
    throw usage_error("no user to answer", {.where = file.string(),
                                            .expected = "a user of the corpus in each line",
                                            .got = list.problems.empty() ? "an empty file" : list.problems.front()});
  }
  return list;
}

ItemList read_items(const fs::path& file, const Recommender& recommender) {
  ItemList list;
  for_each_key(file, [&](std::size_t line, const std::string& key) {
    if (recommender.has_item(key)) {
      list.items.push_back(key);
    } else if (list.unknown++ == 0) {
      list.first_problem = fmt::format("{}, line {}: no such item '{}'", file.string(), line, key);
    }
  });
  return list;
}

}  // namespace p5
