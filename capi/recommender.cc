// A run that answers: lists as arrays, stars as an array, and questions as JSON.
#include "p5/recommender.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capi/guard.h"
#include "capi/texts.h"
#include "capi/work.h"
#include "p5/c_api.h"
#include "p5/error.h"
#include "p5/json_calls.h"

using p5::capi::copied;
using p5::capi::guarded;
using p5::capi::OwnTexts;
using p5::capi::require;
using p5::capi::view_of;

struct p5_recommender {
  p5::Recommender recommender;
  std::optional<OwnTexts> users = {}, items = {};  // keys, when they are first asked for
};

// Arrays alone: a million lists of titles and reasons would not fit. Those of a list are asked for again.
struct p5_lists {
  struct Asker {
    std::string user;
    std::vector<std::string> items;
  };

  p5_lists(p5::RecommendRequest request, std::vector<Asker> rows)
      : each(std::move(request)),
        askers(std::move(rows)),
        k(static_cast<std::size_t>(each.k)),
        numbers(askers.size() * k, -1),
        lengths(askers.size(), 0),
        scores(askers.size() * k, std::numeric_limits<double>::quiet_NaN()),
        shares(scores) {}
  void put(std::size_t row, const std::vector<p5::Recommendation>& items);

  const p5::RecommendRequest each;
  const std::vector<Asker> askers;
  const std::size_t k;
  std::vector<int32_t> numbers, lengths;
  std::vector<double> scores, shares;
};

void p5_lists::put(std::size_t row, const std::vector<p5::Recommendation>& items) {
  lengths[row] = static_cast<int32_t>(items.size());
  for (std::size_t rank = 0; rank < items.size(); ++rank) {
    const std::size_t at = row * k + rank;
    numbers[at] = static_cast<int32_t>(items[rank].number);
    scores[at] = items[rank].score;
    shares[at] = items[rank].share;
  }
}

namespace {

std::vector<std::string> texts_between(const p5::TextsView& texts, std::uint64_t begin, std::uint64_t end) {
  std::vector<std::string> found;
  for (std::uint64_t i = begin; i < end; ++i) found.emplace_back(texts[i]);
  return found;
}

// Fills in who asks: a history that goes on or, of users whom the corpus does not have, all that is known.
void fill_in(const p5::Recommender& recommender, const p5_lists::Asker& asker, p5::RecommendRequest& request) {
  request.user.clear();
  request.history.clear();
  request.later.clear();
  if (asker.user.empty() || (!asker.items.empty() && !recommender.has_user(asker.user))) {
    request.history = asker.items;
    return;
  }
  request.user = asker.user;
  for (const std::string& item : asker.items) {
    if (request.strict || recommender.has_item(item)) request.later.push_back(item);
  }
}

std::vector<p5_lists::Asker> askers_of(const p5_askers& askers) {
  const p5::TextsView users = view_of(askers.users, "users"), items = view_of(askers.items, "items");
  require(askers.begins, "begins");
  std::vector<p5_lists::Asker> rows;
  for (std::size_t row = 0; row < users.size(); ++row) {
    const std::uint64_t begin = askers.begins[row], end = askers.begins[row + 1];
    if (begin > end || end > items.size()) {
      throw p5::usage_error("bad begin", {.where = "begins[" + std::to_string(row + 1) + "]",
                                          .expected = "ascending, to " + std::to_string(items.size()),
                                          .got = std::to_string(end)});
    }
    rows.push_back({std::string(users[row]), texts_between(items, begin, end)});
  }
  return rows;
}

constexpr std::size_t kRowsPerBlock = 256;  // searched together

// Calls `put` with [begin, end) of every block, says how far it is, and heeds the stop between blocks.
template <typename Put>
void in_blocks(std::string_view label, std::size_t rows, p5::capi::Work& work, const Put& put) {
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t begin = 0; begin < rows; begin += kRowsPerBlock) {
    const std::size_t end = std::min(rows, begin + kRowsPerBlock);
    put(begin, end);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    work.report({.label = label,
                 .unit = "users",
                 .note = {},
                 .done = end,
                 .total = rows,
                 .seconds = seconds.count(),
                 .ended = end == rows});
  }
}

}  // namespace

extern "C" {

int p5_recommender_open(const char* run, const char* options, const p5_work* work, p5_recommender** recommender) {
  return guarded([&] {
    require(run, "run");
    require(options, "options");
    require(recommender, "recommender");
    const p5::capi::Work scope(work);
    *recommender = new p5_recommender{p5::Recommender::open(run, p5::recommender_options_of(options))};
  });
}

int p5_recommender_worker(const p5_recommender* recommender, p5_recommender** worker) {
  return guarded([&] {
    require(recommender, "recommender");
    require(worker, "worker");
    *worker = new p5_recommender{recommender->recommender.worker()};
  });
}

int p5_recommender_keys(p5_recommender* recommender, p5_texts* users, p5_texts* items) {
  return guarded([&] {
    require(recommender, "recommender");
    require(users, "users");
    require(items, "items");
    if (!recommender->users) recommender->users.emplace(recommender->recommender.user_keys());
    if (!recommender->items) recommender->items.emplace(recommender->recommender.item_keys());
    *users = recommender->users->view();
    *items = recommender->items->view();
  });
}

int32_t p5_recommender_integer_users(const p5_recommender* recommender) {
  return recommender->recommender.user_key_kind() == p5::KeyKind::kInteger ? 1 : 0;
}

int32_t p5_recommender_integer_items(const p5_recommender* recommender) {
  return recommender->recommender.item_key_kind() == p5::KeyKind::kInteger ? 1 : 0;
}

int p5_recommender_ask(p5_recommender* recommender, const char* question, const char* request, const p5_work* work,
                       char** answer) {
  return guarded([&] {
    require(recommender, "recommender");
    require(question, "question");
    require(request, "request");
    require(answer, "answer");
    const p5::capi::Work scope(work);
    *answer = copied(p5::ask_json(recommender->recommender, question, request));
  });
}

void p5_recommender_free(p5_recommender* recommender) { delete recommender; }

int p5_recommend(p5_recommender* recommender, const char* request, const p5_askers* askers, const p5_work* work,
                 p5_lists** lists) {
  return guarded([&] {
    require(recommender, "recommender");
    require(request, "request");
    require(askers, "askers");
    require(lists, "lists");
    p5::capi::Work scope(work);
    auto made = std::make_unique<p5_lists>(p5::recommend_request_of(request), askers_of(*askers));
    std::vector<p5::RecommendRequest> requests;
    in_blocks("recommend", made->askers.size(), scope, [&](std::size_t begin, std::size_t end) {
      requests.resize(end - begin, made->each);  // the same requests again: their lists may be long
      for (std::size_t row = begin; row < end; ++row) {
        p5::RecommendRequest& own = requests[row - begin];
        own.explain = own.because = false;
        fill_in(recommender->recommender, made->askers[row], own);
      }
      const auto block = recommender->recommender.recommend(requests);
      for (std::size_t row = begin; row < end; ++row) made->put(row, block[row - begin]);
    });
    *lists = made.release();
  });
}

void p5_lists_arrays(const p5_lists* lists, p5_list_arrays* arrays) {
  *arrays = {lists->askers.size(), lists->k, lists->numbers.data(), lists->scores.data(), lists->shares.data(),
             lists->lengths.data()};
}

int p5_lists_json(const p5_lists* lists, uint64_t row, p5_recommender* recommender, const p5_work* work, char** json) {
  return guarded([&] {
    require(lists, "lists");
    require(recommender, "recommender");
    require(json, "json");
    const p5::capi::Work scope(work);
    if (row >= lists->askers.size()) {
      throw p5::not_found_error(
          "no such list",
          {.where = "row", .expected = "below " + std::to_string(lists->askers.size()), .got = std::to_string(row)});
    }
    p5::RecommendRequest request = lists->each;
    fill_in(recommender->recommender, lists->askers[row], request);
    const auto items = recommender->recommender.recommend(request);
    *json = copied(p5::list_json(recommender->recommender, request, items));
  });
}

void p5_lists_free(p5_lists* lists) { delete lists; }

int p5_predict(p5_recommender* recommender, const p5_texts* users, const p5_texts* items, const p5_work* work,
               double* stars) {
  return guarded([&] {
    require(recommender, "recommender");
    require(users, "users");
    require(items, "items");
    require(stars, "stars");
    p5::capi::Work scope(work);
    const p5::TextsView who = view_of(*users, "users"), what = view_of(*items, "items");
    if (who.size() != what.size()) {
      throw p5::usage_error("of another length", {.where = "items",
                                                  .expected = std::to_string(who.size()) + ", as many as users",
                                                  .got = std::to_string(what.size())});
    }
    p5::Recommender& run = recommender->recommender;
    in_blocks("predict", who.size(), scope, [&](std::size_t begin, std::size_t end) {
      for (std::size_t row = begin; row < end; ++row) {
        stars[row] = run.predict_rating({.item = std::string(what[row]), .user = std::string(who[row])}).stars;
      }
    });
  });
}

}  // extern "C"
