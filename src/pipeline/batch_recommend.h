// Answers for many users into one file, in batches, resumable. Not thread-safe: it uses one Recommender.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "p5/recommender.h"
#include "p5/stop_token.h"
#include "train/process_group.h"

namespace p5 {

// JSON lines: one object per user, as `p5 recommend --json` prints it. CSV: "user,rank,item,score,source,title", one
// line per item, quoted as RFC 4180 says.
enum class AnswerFormat { kJsonLines, kCsv };

// By the ending of the file's name, ".jsonl" or ".csv". Throws InvalidArgument (request) for others.
AnswerFormat answer_format_of(const std::filesystem::path& file);

struct BatchRequest {
  RecommendRequest each;           // for every user; its user is ignored
  std::vector<std::string> users;  // keys, each once, in the order of the answers
  std::filesystem::path run;       // that answers: other weights or data make another request
  std::filesystem::path out;
  bool replace = false;  // a finished file
  std::size_t batch = 1024;
  // The processes that answer together, borrowed: all make the same call, each answers its part of every batch, and
  // rank 0 writes. Null: this one alone.
  ProcessGroup* group = nullptr;
  StopToken stop = {};
};

struct BatchResult {
  std::uint64_t users = 0, resumed_from = 0, items = 0;  // items: of this call, known to the one who writes
  double seconds = 0;                                    // of this call
};

// Writes request.out, which is whole or absent (pipeline/resumable_file.h). Throws Interrupted when it is stopped: the
// same request then continues.
BatchResult recommend_to_file(Recommender& recommender, const BatchRequest& request);

// The same without a file: `write` gets the lines of each batch.
void recommend_in_batches(Recommender& recommender, const BatchRequest& request, AnswerFormat format,
                          const std::function<void(std::string_view lines, std::size_t users)>& write);

struct UserList {
  std::vector<std::string> users;     // each once, in the order of the file
  std::vector<std::string> problems;  // "users.txt, line 3: no such user 'x'"
};
// One key per line; blank lines are passed over. Unknown and repeated users become problems. Throws InvalidArgument
// (request) where no user is left, Unavailable or NotFound for the file.
UserList read_users(const std::filesystem::path& file, const Recommender& recommender);
// The same for items, without a check of repeats.
struct ItemList {
  std::vector<std::string> items;
  std::size_t unknown = 0;
  std::string first_problem = {};
};
ItemList read_items(const std::filesystem::path& file, const Recommender& recommender);

}  // namespace p5
