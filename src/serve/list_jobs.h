// Lists for the rows of one request, each by the version of the model that answers its user: one piece of work per
// version. What is answered is noted (serve/answered_lists.h). Thread-safe: a free function.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "p5/recommender.h"
#include "serve/serve_context.h"
#include "serve/served_model.h"

namespace p5 {

// The id of the list of a row, for feedback and for its draw: "ID/0".
std::string list_id(const std::string& request_id, std::size_t row);

struct ListRow {
  RecommendRequest request = {};
  std::string user = {};  // as the client named it
  std::shared_ptr<const ServedModel> model = {};
};

// The row of a request for `name` and `version` (0: whichever answers the user), with what its user did since. Throws
// as ModelRegistry::find().
ListRow list_row(const ServeContext& context, RecommendRequest request, const std::string& name, std::int64_t version);

struct ListsAsked {
  std::string request_id = {};
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::vector<ListRow> rows = {};
  // On a worker's thread, once per row, in any order, no two at once.
  std::function<void(std::size_t row, const ListRow& asked, Recommender&, std::span<const Recommendation>)> answer = {};
  // A row that cannot be asked for; where it is not set, such a row fails all.
  std::function<void(std::size_t row, std::exception_ptr)> refuse = {};
  // One of the two, once.
  std::function<void()> finish = {};
  std::function<void(std::exception_ptr)> fail = {};
};

// Returns false where the queue is full: then neither finish nor fail is called.
bool ask_for_lists(const ServeContext& context, ListsAsked asked);

}  // namespace p5
