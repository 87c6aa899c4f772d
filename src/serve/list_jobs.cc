#include "serve/list_jobs.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "serve/answered_lists.h"
#include "serve/live_request.h"

namespace p5 {
namespace {

class ListJobs {
 public:
  ListJobs(const ServeContext& context, ListsAsked asked) : context_(context), asked_(std::move(asked)) {
    for (std::size_t row = 0; row < asked_.rows.size(); ++row) {
      const ServedModel* model = asked_.rows[row].model.get();
      auto group = std::ranges::find_if(
          groups_, [&](const auto& rows) { return asked_.rows[rows.front()].model.get() == model; });
      if (group == groups_.end()) group = groups_.insert(groups_.end(), std::vector<std::size_t>());
      group->push_back(row);
    }
    left_ = groups_.size();
  }

  std::size_t groups() const { return groups_.size(); }
  const std::shared_ptr<const ServedModel>& model_of(std::size_t group) const {
    return asked_.rows[groups_[group].front()].model;
  }
  std::chrono::steady_clock::time_point deadline() const { return asked_.deadline; }

  void answer(std::size_t group, Recommender& recommender) {
    std::vector<std::size_t> rows;
    std::vector<RecommendRequest> requests;
    for (const std::size_t row : groups_[group]) {
      if (asked_.refuse && !can_be_asked(row, recommender)) continue;
      rows.push_back(row);
      requests.push_back(asked_.rows[row].request);
    }
    const auto lists = recommender.recommend(requests);
    const std::lock_guard lock(mutex_);
    if (failed_) return;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const ListRow& row = asked_.rows[rows[i]];
      note_list(context_, *row.model, {.id = list_id(asked_.request_id, rows[i]), .user = row.user}, row.request,
                recommender, lists[i]);
      asked_.answer(rows[i], row, recommender, lists[i]);
    }
    if (--left_ == 0) asked_.finish();
  }

  void fail(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(failed_, true)) asked_.fail(std::move(error));
  }
  // Somebody else says that it failed.
  void give_up() {
    const std::lock_guard lock(mutex_);
    failed_ = true;
  }

 private:
  bool can_be_asked(std::size_t row, const Recommender& recommender) {
    try {
      recommender.check(asked_.rows[row].request);
      return true;
    } catch (...) {
      const std::lock_guard lock(mutex_);
      asked_.refuse(row, std::current_exception());
      return false;
    }
  }

  const ServeContext& context_;
  ListsAsked asked_;
  std::vector<std::vector<std::size_t>> groups_;  // rows of one version each
  std::mutex mutex_;
  std::size_t left_ = 0;
  bool failed_ = false;
};

}  // namespace

std::string list_id(const std::string& request_id, std::size_t row) { return request_id + "/" + std::to_string(row); }

ListRow list_row(const ServeContext& context, RecommendRequest request, const std::string& name, std::int64_t version) {
  ListRow row{.request = std::move(request)};
  row.user = row.request.user;
  row.model = context.registry.find(name, version, row.user);
  add_live_history(row.request, *row.model, context.histories);
  return row;
}

bool ask_for_lists(const ServeContext& context, ListsAsked asked) {
  if (asked.rows.empty()) {
    asked.finish();
    return true;
  }
  for (std::size_t row = 0; row < asked.rows.size(); ++row) {
    asked.rows[row].request.draw = list_id(asked.request_id, row);
  }
  const auto jobs = std::make_shared<ListJobs>(context, std::move(asked));
  for (std::size_t group = 0; group < jobs->groups(); ++group) {
    ModelJob job{.model = jobs->model_of(group), .deadline = jobs->deadline()};
    job.answer = [jobs, group](Recommender& recommender, std::span<const Recommendation>) {
      jobs->answer(group, recommender);
    };
    job.fail = [jobs](std::exception_ptr error) { jobs->fail(std::move(error)); };
    if (context.queue.submit(std::move(job))) continue;
    jobs->give_up();
    return false;
  }
  return true;
}

}  // namespace p5
