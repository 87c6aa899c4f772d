#include "p5/recommender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "p5/error.h"
#include "p5/json_calls.h"
#include "recommend/answer_world.h"
#include "recommend/candidate_sources.h"
#include "recommend/recommender_impl.h"
#include "support/fake_sequence_model.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

// A run of all families over a model of random answers, which counts the batches that it is asked.
class RecommenderTest : public testing::Test {
 protected:
  RecommenderTest() {
    world_.bundle.task.explanation_samples = 1;
    world_.bundle.decode.max_length = 4;
    reload();
  }
  // Opens the world as it is now.
  void reload() {
    auto model = std::make_unique<test::FakeSequenceModel>(test::FakeSequenceModel::random(world_.vocabulary_size()));
    model_ = model.get();
    recommender_ =
        std::make_unique<Recommender>(Recommender::Impl::of(world_.load(), std::move(model), folder_ / "sources"));
  }
  // Gives the world reviews that judge a tone and name the part of the review split that they are of.
  void write_reviews() {
    test::FakeData log = test::world_data();
    const auto marks = world_.data.reviews->marks();  // the split does not look at texts
    const std::vector<std::string> judgements{"warm", "great", "poor", "terrible", "clear"};
    for (UserId user = 0; user < log.histories.size(); ++user) {
      auto& reviews = log.reviews.emplace_back();
      const std::size_t begin = world_.data.corpus->range_of(user).begin;
      for (std::size_t i = 0; i < log.histories[user].size(); ++i) {
        reviews.push_back("The tone is " + judgements[(user + i) % judgements.size()] +
                          (marks[begin + i] == Part::kTrain ? " in the train part." : " in another part."));
      }
    }
    const TaskData data = test::make_data(std::move(log));
    world_.data = {data.ranking->shared_corpus(), data.ranking, data.reviews};
    reload();
  }
  static std::vector<RecommendRequest> mixed_requests() {
    return {{.user = "u1"},
            {.user = "u2", .k = 3},
            {.history = {"i3", "i14", "i15"}, .k = 10},
            {.user = "u3", .candidates = {"i5", "i1", "i7"}, .keep_seen = true},
            {.user = "u4", .prompt_id = "2-13"},
            {.user = "u5", .settings = {"decode.beams=2"}},
            {.user = "u6", .k = 3},
            {.user = "u7", .k = 2, .explain = true},
            {.history = {"i9"}, .exclude = {"i1", "i2"}, .keep_seen = true},
            {.user = "u6", .k = 3, .source = "item-knn"},
            {.history = {"i3", "i14"}, .candidates = {"i5", "i1", "i7"}, .source = "popularity"}};
  }
  static void expect_equal(const std::vector<Recommendation>& got, const std::vector<Recommendation>& wanted) {
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_EQ(got[i].item, wanted[i].item);
      EXPECT_EQ(got[i].title, wanted[i].title);
      EXPECT_EQ(got[i].score, wanted[i].score);
      EXPECT_EQ(got[i].source, wanted[i].source);
      EXPECT_EQ(got[i].explanation, wanted[i].explanation);
    }
  }
  std::string refusal(const RecommendRequest& request, ErrorCode code = ErrorCode::kInvalidArgument) {
    std::string text;
    for (const bool only_checked : {false, true}) {
      try {
        only_checked ? recommender_->check(request) : static_cast<void>(recommender_->recommend(request));
        ADD_FAILURE() << "was not refused";
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), code) << error.what();
        EXPECT_TRUE(!only_checked || error.what() == text) << error.what();
        text = error.what();
      }
    }
    EXPECT_EQ(model_->batches(), 0) << text;
    return text;
  }

  test::TemporaryFolder folder_;
  test::AnswerWorld world_;
  test::FakeSequenceModel* model_ = nullptr;
  std::unique_ptr<Recommender> recommender_;
};

TEST_F(RecommenderTest, ListsAreRerankedAsTheRequestSays) {
  const auto plain = recommender_->recommend({.user = "u1", .k = 8, .source = "popularity"});
  const auto diverse = recommender_->recommend({.user = "u1",
                                                .k = 8,
                                                .source = "popularity",
                                                .rerank = "mmr",
                                                .settings = {"rerank.strength=0.9", "rerank.pool=40"}});
  const auto items = [](const std::vector<Recommendation>& list) {
    std::vector<std::string> keys;
    for (const auto& each : list) keys.push_back(each.item);
    return keys;
  };
  ASSERT_THAT(diverse, SizeIs(8));
  EXPECT_EQ(diverse[0].item, plain[0].item);
  EXPECT_NE(items(diverse), items(plain));
  EXPECT_EQ(diverse[7].source, "popularity");
  EXPECT_EQ(diverse[7].propensity, 1);

  const RecommendRequest drawn{.user = "u1",
                               .k = 8,
                               .source = "popularity",
                               .rerank = "shuffle",
                               .settings = {"rerank.fixed=2", "rerank.strength=1"}};
  const auto shuffled = recommender_->recommend(drawn);
  EXPECT_EQ(items(recommender_->worker().recommend(drawn)), items(shuffled));
  for (std::size_t place = 0; place < shuffled.size(); ++place) {
    EXPECT_EQ(shuffled[place].propensity == 1, place < 2) << place;
    EXPECT_GT(shuffled[place].propensity, 0);
  }
  // Requests that are answered together are each reranked as they say.
  const std::vector<RecommendRequest> both{{.user = "u1", .k = 8, .source = "popularity"}, drawn};
  const auto lists = recommender_->recommend(both);
  EXPECT_EQ(items(lists[0]), items(plain));
  EXPECT_EQ(items(lists[1]), items(shuffled));
  EXPECT_THAT(refusal({.user = "u1", .rerank = "dpb"}), HasSubstr("dpb"));
}

// What an answer says of its places is what the recommender says of the same list, however it is ordered.
TEST_F(RecommenderTest, PropensitiesOfAnyList) {
  std::vector<RecommendRequest> requests;
  for (const char* order : {"none", "mmr", "shuffle", "epsilon", "softmax", "squarecb"}) {
    requests.push_back({.user = "u1",
                        .k = 6,
                        .source = "popularity",
                        .rerank = order,
                        .settings = {"rerank.fixed=1", "rerank.strength=0.5"}});
  }
  std::vector<std::vector<std::string>> lists;
  std::vector<std::vector<double>> expected;
  for (const RecommendRequest& request : requests) {
    lists.emplace_back();
    expected.emplace_back();
    for (const Recommendation& item : recommender_->recommend(request)) {
      lists.back().push_back(item.item);
      expected.back().push_back(item.propensity);
    }
  }
  const auto got = recommender_->propensities(requests, lists);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    ASSERT_EQ(got[i].size(), expected[i].size());
    for (std::size_t place = 0; place < got[i].size(); ++place) {
      EXPECT_NEAR(got[i][place], expected[i][place], 1e-12) << requests[i].rerank << " " << place;
    }
  }
  // Another list: certain where nothing is drawn, and 0 for what nobody has.
  std::vector<std::string> swapped = lists[0];
  std::swap(swapped[0], swapped[1]);
  swapped[3] = "no such item";
  const auto of_swapped =
      recommender_->propensities(std::span(requests).first(1), std::vector<std::vector<std::string>>{swapped});
  EXPECT_EQ(of_swapped[0], (std::vector<double>{0, 0, 1, 0, 1, 1}));
}

TEST_F(RecommenderTest, ManyRequestsAreAnsweredAsOneByOneInFewerBatches) {
  const auto requests = mixed_requests();
  std::vector<std::vector<Recommendation>> alone;
  for (const RecommendRequest& request : requests) alone.push_back(recommender_->recommend(request));
  const int batches_alone = model_->batches();
  const auto together = recommender_->recommend(requests);
  EXPECT_LT(model_->batches() - batches_alone, batches_alone);
  ASSERT_THAT(together, SizeIs(requests.size()));
  for (std::size_t i = 0; i < requests.size(); ++i) expect_equal(together[i], alone[i]);
  EXPECT_THAT(together[1], SizeIs(3));
  EXPECT_FALSE(together[7][0].explanation.empty());
  EXPECT_TRUE(recommender_->recommend(std::vector<RecommendRequest>{}).empty());
}

TEST_F(RecommenderTest, WorkersAnswerInParallelAsOneWould) {
  const auto requests = mixed_requests();
  const auto wanted = recommender_->recommend(requests);
  const TryRequest why{.prompt_id = "3-1", .user = "u1", .item = "i1"};
  const PromptAnswer sentence = recommender_->try_prompt(why);
  std::vector<Recommender> workers;
  for (int i = 0; i < 2; ++i) workers.push_back(recommender_->worker());
  recommender_.reset();  // workers may outlive it
  std::vector<std::thread> threads;
  for (Recommender& worker : workers) {
    threads.emplace_back([&] {
      for (int round = 0; round < 2; ++round) {
        const auto got = worker.recommend(requests);
        for (std::size_t i = 0; i < wanted.size(); ++i) expect_equal(got[i], wanted[i]);
        EXPECT_EQ(worker.try_prompt(why).text, sentence.text);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(RecommenderTest, RefusesContradictionsByTheNameOfTheField) {
  EXPECT_THAT(refusal({}), HasSubstr("request.user or request.history"));
  EXPECT_THAT(refusal({.user = "u1", .history = {"i1"}}), HasSubstr("request.user and request.history: not both"));
  for (const std::int64_t k : {std::int64_t{-1}, std::int64_t{0}, kMaxRecommendations + 1}) {
    EXPECT_THAT(refusal({.user = "u1", .k = k}), HasSubstr("request.k: bad list length: expected 1 to 10000"));
  }
  EXPECT_THAT(refusal({.user = "nobody", .strict = true}, ErrorCode::kNotFound), HasSubstr("or request.history"));
  EXPECT_THAT(refusal({.user = "u1", .candidates = {"none"}}, ErrorCode::kNotFound), HasSubstr("none"));
  EXPECT_THAT(refusal({.user = "u1", .exclude = {"none"}}, ErrorCode::kNotFound), HasSubstr("none"));
  EXPECT_THAT(refusal({.user = "u1", .prompt_id = "1-1"}), HasSubstr("prompt 1-1"));
  EXPECT_THAT(refusal({.user = "u1", .settings = {"decode.stars=mode"}}), HasSubstr("decode.stars"));
}

TEST_F(RecommenderTest, PromptsKnowWhatCameLater) {
  const auto shown = [&](const TryRequest& request) {
    std::vector<std::string> items;
    for (const ItemName& item : recommender_->try_prompt(request).mentioned) items.push_back(item.item);
    return items;
  };
  using Items = std::vector<std::string>;
  const Items corpus = shown({.prompt_id = "2-1", .user = "u1"});
  ASSERT_FALSE(corpus.empty());
  const auto with = [&](Items more) {
    Items all = corpus;
    all.insert(all.end(), more.begin(), more.end());
    return Items(all.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(all.size(), 20)), all.end());
  };
  EXPECT_EQ(shown({.prompt_id = "2-1", .user = "u1", .later = {"i3", "i7"}}), with({"i3", "i7"}));
  // Up to the item that is asked for, which is the true answer.
  ASSERT_EQ(std::ranges::count(corpus, "i58"), 0);
  EXPECT_EQ(shown({.prompt_id = "2-1", .user = "u1", .item = "i58", .later = {"i3", "i58", "i7"}}), with({"i3"}));
  // What the corpus has of user and item comes first.
  const Items until = shown({.prompt_id = "2-1", .user = "u1", .item = corpus.back()});
  EXPECT_EQ(shown({.prompt_id = "2-1", .user = "u1", .item = corpus.back(), .later = {"i3"}}), until);
  EXPECT_EQ(shown({.prompt_id = "2-1", .history = {"i3", "none", "i4"}}), (Items{"i3", "i4"}));
  EXPECT_EQ(recommender_->try_prompt({.prompt_id = "2-1", .history = {"i3", "none"}}).skipped, Items{"none"});
  EXPECT_THROW(recommender_->try_prompt({.prompt_id = "2-1", .user = "u1", .history = {"i3"}}), Error);
  EXPECT_THROW(recommender_->try_prompt({.prompt_id = "2-1", .later = {"i3"}}), Error);
}

TEST_F(RecommenderTest, StarsKnowWhatCameLater) {
  world_.bundle.task.profile_ratings = 3;
  world_.bundle.answer.rating_prompt = "1-7";  // shows past stars
  reload();
  const auto levels = [&](std::vector<RatedItem> later) {
    return recommender_->predict_rating({.item = "i3", .user = "u1", .later = std::move(later)}).probability;
  };
  const auto before = levels({});
  EXPECT_NE(levels({{"i7", 1}, {"i8", 1}, {"i9", 1}}), before);
  EXPECT_NE(levels({{"i7", 1}, {"i8", 1}, {"i9", 1}}), levels({{"i7", 5}, {"i8", 5}, {"i9", 5}}));
  EXPECT_EQ(levels({{"i7", std::nullopt}}), before) << "no stars";
  EXPECT_EQ(levels({{"i3", 1}}), before) << "the answer itself";
  EXPECT_THROW(levels({{"i7", 9}}), Error);
  EXPECT_THROW(recommender_->predict_rating({.item = "i3", .history = {{"i7", 1}}, .later = {{"i8", 1}}}), Error);
}

TEST_F(RecommenderTest, ReasonsKnowWhatCameLater) {
  world_.bundle.task.explanation_samples = 0;  // so that items of the history explain
  reload();
  const auto reasons = [&](std::vector<std::string> later) {
    std::set<std::string> items;
    for (std::size_t i = 0; i < world_.items(); ++i) {
      try {
        items.insert(
            recommender_->explain({.user = "u1", .item = "i" + std::to_string(i), .later = later}).origin.item);
      } catch (const Error&) {  // nothing explains it
      }
    }
    return items;
  };
  const auto of_corpus = recommender_->history_of({.user = "u1"});
  std::string other;  // which the corpus does not have of the user
  for (std::size_t i = 0; i < world_.items() && other.empty(); ++i) {
    const std::string item = "i" + std::to_string(i);
    if (std::ranges::none_of(of_corpus, [&](const ItemName& own) { return own.item == item; })) other = item;
  }
  EXPECT_FALSE(reasons({}).contains(other));
  EXPECT_TRUE(reasons({other, other, other}).contains(other)) << other;
  EXPECT_THROW(recommender_->explain({.item = "i3", .history = {"i4"}, .later = {"i5"}}), Error);
}

TEST_F(RecommenderTest, OneBadRequestStopsAllBeforeAnyIsAsked) {
  const std::vector<RecommendRequest> requests{{.user = "u1"}, {.user = "nobody", .strict = true}};
  EXPECT_THROW(recommender_->recommend(requests), Error);
  EXPECT_EQ(model_->batches(), 0);
}

TEST_F(RecommenderTest, ExcludedItemsDoNotComeBackBesideThoseOfTheHistory) {
  const auto keys = [&](const RecommendRequest& request) {
    std::set<std::string> found;
    for (const Recommendation& item : recommender_->recommend(request)) found.insert(item.item);
    return found;
  };
  const std::int64_t all = static_cast<std::int64_t>(world_.items());
  const auto seen_kept = keys({.history = {"i3", "i4"}, .exclude = {"i5"}, .k = all, .keep_seen = true});
  EXPECT_EQ(seen_kept.size(), world_.items() - 1);
  EXPECT_FALSE(seen_kept.contains("i5"));
  const auto seen_dropped = keys({.history = {"i3", "i4"}, .exclude = {"i5"}, .k = all});
  EXPECT_EQ(seen_dropped.size(), world_.items() - 3);
  for (const char* key : {"i3", "i4", "i5"}) EXPECT_FALSE(seen_dropped.contains(key)) << key;
}

TEST_F(RecommenderTest, SettingsOfARequestAreOfThatRequestAlone) {
  const RecommendRequest plain{.user = "u5"}, other{.user = "u5", .settings = {"decode.length_penalty=1"}};
  const auto before = recommender_->recommend(plain);
  const auto with = recommender_->recommend(other);
  expect_equal(recommender_->recommend(plain), before);
  EXPECT_GT(with[0].score, before[0].score);  // divided by a length above 1
}

// Users, histories and candidates mean the same to every source, and each item says who proposed it.
TEST_F(RecommenderTest, AnySourceAnswersLikeTheModelDoes) {
  for (const auto& row : candidate_sources()) {
    const std::string source(row.name);
    const auto of_user = recommender_->recommend({.user = "u1", .k = 5, .source = source});
    const auto of_history = recommender_->recommend({.history = {"i3", "i14"}, .k = 5, .source = source});
    const auto chosen =
        recommender_->recommend({.history = {"i3", "i14"}, .candidates = {"i5", "i3", "i7"}, .source = source});
    EXPECT_THAT(of_user, SizeIs(5)) << source;
    EXPECT_THAT(of_history, SizeIs(5)) << source;
    std::set<std::string> items;
    for (const Recommendation& item : chosen) items.insert(item.item);
    EXPECT_EQ(items, (std::set<std::string>{"i5", "i7"})) << source;  // i3 has been seen
    for (const auto& list : {of_user, of_history, chosen}) {
      for (const Recommendation& item : list) EXPECT_EQ(item.source, source);
    }
  }
}

// A narrow filter becomes candidates and a wide one excluded items; both leave the order of what fits as it is.
TEST_F(RecommenderTest, FiltersLeaveWhatFitsForEverySource) {
  const auto all = static_cast<std::int64_t>(world_.items());
  for (const auto& row : candidate_sources()) {
    const std::string source(row.name);
    for (const bool narrow : {true, false}) {
      const std::string where = narrow ? "item~1" : "item!~1";
      std::multiset<std::string> wanted;
      for (const auto& item : recommender_->recommend({.user = "u1", .k = all, .source = source})) {
        if ((item.item.find('1') != std::string::npos) == narrow) wanted.insert(item.item);
      }
      const auto filtered = recommender_->recommend({.user = "u1", .where = where, .k = all, .source = source});
      std::multiset<std::string> got;
      for (const auto& item : filtered) got.insert(item.item);
      EXPECT_EQ(got, wanted) << source << " " << where;
    }
  }
}

TEST_F(RecommenderTest, FiltersJoinWithOtherLists) {
  const auto keys = [&](const RecommendRequest& request) {
    std::set<std::string> found;
    for (const Recommendation& item : recommender_->recommend(request)) found.insert(item.item);
    return found;
  };
  RecommendRequest request{.history = {"i3"}, .k = 100, .source = "popularity"};
  request.available = {"i3", "i4", "i5", "i14", "of another shop"};
  EXPECT_EQ(keys(request), (std::set<std::string>{"i4", "i5", "i14"}));
  request.exclude = {"i5"};
  EXPECT_EQ(keys(request), (std::set<std::string>{"i4", "i14"}));
  request.where = "item~1";
  EXPECT_EQ(keys(request), (std::set<std::string>{"i14"}));
  request.candidates = {"i4", "i5", "i14", "i15"};
  EXPECT_EQ(keys(request), (std::set<std::string>{"i14"}));
  request.candidates = {"i4"};
  EXPECT_EQ(keys(request), (std::set<std::string>{}));
  request.candidates = {};
  request.exclude = {"i14"};
  EXPECT_EQ(keys(request), (std::set<std::string>{}));
}

TEST_F(RecommenderTest, FiltersThatNothingFitsAreRefused) {
  EXPECT_THAT(refusal({.user = "u1", .where = "item~none"}), HasSubstr("request.where: no item fits"));
  EXPECT_THAT(refusal({.user = "u1", .where = "price<"}), HasSubstr("request.where, column 7"));
  EXPECT_THAT(refusal({.user = "u1", .available = {"x"}}), HasSubstr("request.available"));
}

TEST_F(RecommenderTest, SimilarItemsAreThoseOfAHistoryOfOneItem) {
  for (const auto& row : candidate_sources()) {
    const std::string source(row.name);
    const auto similar = recommender_->similar({.item = "i14", .k = 5, .source = source});
    EXPECT_THAT(similar, SizeIs(5)) << source;
    for (const Recommendation& item : similar) EXPECT_NE(item.item, "i14") << source;
    expect_equal(similar, recommender_->recommend({.history = {"i14"}, .k = 5, .source = source}));
  }
  const auto filtered = recommender_->similar({.item = "i14", .k = 50, .exclude = {"i13"}, .where = "item~1"});
  for (const Recommendation& item : filtered) {
    EXPECT_THAT(item.item, HasSubstr("1"));
    EXPECT_NE(item.item, "i13");
  }
}

TEST_F(RecommenderTest, UnknownItemsAreToldTheKeysThatAreSpelledAlike) {
  EXPECT_THAT(refusal({.history = {"j14"}, .strict = true}, ErrorCode::kNotFound), HasSubstr("did you mean 'i14'"));
}

TEST_F(RecommenderTest, OtherSourcesDoNotAskTheModelAndAreKept) {
  EXPECT_FALSE(recommender_->recommend({.user = "u1", .source = "item-knn"}).empty());
  EXPECT_EQ(model_->batches(), 0);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "sources" / "item-knn.fit"));
  Recommender worker = recommender_->worker();
  expect_equal(worker.recommend({.user = "u1", .source = "item-knn"}),
               recommender_->recommend({.user = "u1", .source = "item-knn"}));
}

// Of the same run, as another program opens it.
TEST_F(RecommenderTest, AFittedHybridAnswersAndSaysWhy) {
  EXPECT_EQ(recommender_->recommend({.user = "u1"}).front().source, "p5");
  const auto asked_for = recommender_->recommend({.user = "u1", .source = "hybrid"});
  auto model = std::make_unique<test::FakeSequenceModel>(test::FakeSequenceModel::random(world_.vocabulary_size()));
  Recommender again(Recommender::Impl::of(world_.load(), std::move(model), folder_ / "sources"));
  const auto items = again.recommend({.user = "u1"});
  expect_equal(items, asked_for);
  for (const Recommendation& item : items) {
    EXPECT_EQ(item.source, "hybrid");
    ASSERT_THAT(item.why, SizeIs(4));
    EXPECT_GE(item.why[0].share, item.why[1].share);
    EXPECT_NEAR(item.why[0].share + item.why[1].share + item.why[2].share + item.why[3].share, 1, 1e-5);
  }
  EXPECT_EQ(again.recommend({.user = "u1", .source = "p5"}).front().source, "p5");
  EXPECT_EQ(again.recommend({.user = "u1", .prompt_id = "2-13"}).front().source, "p5");
  expect_equal(again.worker().recommend({.user = "u1"}), items);
}

TEST_F(RecommenderTest, SourcesThatThereAreNotAreRefused) {
  EXPECT_THAT(refusal({.user = "u1", .source = "knn"}, ErrorCode::kNotFound), HasSubstr("popularity, item-knn"));
  EXPECT_THAT(refusal({.user = "u1", .source = "item-knn", .prompt_id = "2-3"}),
              HasSubstr("only the source p5 takes a prompt"));
}

TEST_F(RecommenderTest, UnknownItemsOfAHistoryAreSkippedUnlessTheRequestIsStrict) {
  const RecommendRequest request{.history = {"i3", "new", "i14"}, .k = 3};
  EXPECT_THAT(recommender_->notes(request).skipped, testing::ElementsAre("new"));
  EXPECT_EQ(recommender_->notes(request).fallback, "");
  expect_equal(recommender_->recommend(request), recommender_->recommend({.history = {"i3", "i14"}, .k = 3}));
  RecommendRequest strict = request;
  strict.strict = true;
  EXPECT_THROW(recommender_->recommend(strict), Error);
  EXPECT_THROW(recommender_->similar({.item = "new"}), Error) << "there is nothing else to go by";
}

TEST_F(RecommenderTest, UsersOfWhomNothingIsKnownGetWhatIsPopular) {
  for (const RecommendRequest& request :
       {RecommendRequest{.user = "nobody", .k = 3}, RecommendRequest{.history = {"new", "newer"}, .k = 3}}) {
    EXPECT_EQ(recommender_->notes(request).fallback, "popularity");
    const auto items = recommender_->recommend(request);
    ASSERT_THAT(items, SizeIs(3));
    EXPECT_EQ(items[0].source, "popularity");
    EXPECT_GE(items[0].score, items[2].score);
    RecommendRequest strict = request;
    strict.strict = true;
    EXPECT_THROW(recommender_->notes(strict), Error);
  }
  EXPECT_EQ(model_->batches(), 0);
}

TEST_F(RecommenderTest, AnItemsMeanIsThePredictionForNobodyInParticular) {
  const PredictedRating prediction = recommender_->predict_rating({.item = "i3", .user = "nobody"});
  EXPECT_EQ(prediction.fallback, "item-mean");
  double sum = 0, mean = 0;
  for (int star = 1; star <= 5; ++star) {
    sum += prediction.probability[star - 1];
    mean += star * prediction.probability[star - 1];
  }
  EXPECT_NEAR(sum, 1, 1e-9);
  EXPECT_NEAR(mean, prediction.stars, 1e-9);
  EXPECT_EQ(model_->batches(), 0);
  EXPECT_THROW(recommender_->predict_rating({.item = "i3", .user = "nobody", .strict = true}), Error);
  EXPECT_THROW(recommender_->predict_rating({.item = "i3"}), Error);
}

TEST_F(RecommenderTest, SharesSumToOneAndTitlesThatThereAreNotAreEmpty) {
  for (const auto& row : candidate_sources()) {
    double sum = 0;
    for (const Recommendation& item :
         recommender_->recommend({.user = "u1", .k = 7, .source = std::string(row.name)})) {
      EXPECT_EQ(item.score_kind, row.score_kind);
      const std::size_t number = std::stoul(item.item.substr(1));
      EXPECT_EQ(item.title.empty(), number % 4 == 0) << item.item;
      sum += item.share;
    }
    EXPECT_NEAR(sum, 1, 1e-9) << row.name;
  }
}

TEST_F(RecommenderTest, TheItemOfTheHistoryThatCountsMostIsNamed) {
  const RecommendRequest request{.user = "u1", .k = 20, .source = "item-knn"};
  std::set<std::string> history;
  for (const ItemName& item : recommender_->history_of(request)) history.insert(item.item);
  std::size_t named = 0;
  for (const Recommendation& item : recommender_->recommend(request)) {
    if (!item.because) continue;
    ++named;
    EXPECT_TRUE(history.contains(item.because->item));
    EXPECT_GT(item.because->share, 1.0 / static_cast<double>(history.size()) - 1e-9);
    EXPECT_LE(item.because->share, 1.0 + 1e-9);
  }
  EXPECT_GT(named, 0u);
  // The only item of a history is all of the reason; popularity has none.
  for (const Recommendation& item : recommender_->recommend({.history = {"i3"}, .k = 3, .source = "item-knn"})) {
    if (item.because) {
      EXPECT_EQ(item.because->item, "i3");
      EXPECT_NEAR(item.because->share, 1, 1e-6);
    }
  }
  for (const Recommendation& item : recommender_->recommend({.user = "u1", .source = "popularity"})) {
    EXPECT_FALSE(item.because.has_value());
  }
}

TEST_F(RecommenderTest, WhereNobodyWroteTheModelExplains) {
  for (const Recommendation& item : recommender_->recommend({.user = "u7", .k = 2, .explain = true})) {
    EXPECT_EQ(item.origin.kind, "generated");
  }
  EXPECT_EQ(recommender_->explain({.user = "u7", .item = "i3"}).origin.kind, "generated");
  try {
    recommender_->explain({.user = "u7", .item = "i3", .feature = "tone"});
    ADD_FAILURE() << "was not refused";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("request.feature"), HasSubstr("--generate")));
  }
}

// The corpus of this test has reviews: of each, one sentence may be quoted.
TEST_F(RecommenderTest, QuotesAreOfTrainingReviewsByOthers) {
  write_reviews();
  std::size_t quoted = 0;
  for (const Recommendation& item : recommender_->recommend({.user = "u1", .k = 20, .explain = true})) {
    if (item.origin.kind != "quoted") continue;
    ++quoted;
    EXPECT_EQ(item.origin.item, item.item);
    EXPECT_NE(item.origin.user, "u1");
    EXPECT_THAT(item.explanation, HasSubstr(item.origin.feature));
    EXPECT_THAT(item.explanation, HasSubstr("in the train part"));
  }
  EXPECT_GT(quoted, 5u);
  for (const Recommendation& item :
       recommender_->recommend({.user = "u1", .k = 3, .explain = true, .generate = true})) {
    EXPECT_EQ(item.origin.kind, "generated");
  }
}

TEST_F(RecommenderTest, ARunThatNeverLearntWhatComesNextAnswersByItsCounts) {
  world_.bundle.task.sequential_samples = 0;
  world_.bundle.task.direct_samples = 1;
  reload();
  EXPECT_EQ(recommender_->recommend({.user = "u1"}).front().source, "item-knn");
  EXPECT_EQ(recommender_->recommend({.user = "u1", .candidates = {"i1", "i2"}, .keep_seen = true}).front().source,
            "p5");
  for (const RecommendRequest& request :
       std::vector<RecommendRequest>{{.user = "u1", .source = "p5"}, {.user = "u1", .prompt_id = "2-3"}}) {
    try {
      recommender_->check(request);
      ADD_FAILURE() << "was not refused";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    }
  }
}

TEST_F(RecommenderTest, FreePromptsAreAnsweredWithItemsThatTheyDoNotName) {
  const PromptAnswer answer = recommender_->answer("What comes after i3 and 'Thing number 14 of many'?");
  ASSERT_THAT(answer.mentioned, SizeIs(2));
  EXPECT_EQ(answer.mentioned[1].item, "i14");
  for (const AnswerChoice& choice : answer.choices) {
    EXPECT_FALSE(choice.item.empty());
    EXPECT_NE(choice.item, "i3");
    EXPECT_NE(choice.item, "i14");
  }
  EXPECT_THROW(recommender_->answer("What comes after item_777?"), Error);
}

std::vector<std::string> keys_of(const std::vector<Recommendation>& items) {
  std::vector<std::string> keys;
  for (const Recommendation& item : items) keys.push_back(item.item);
  return keys;
}

// What the catalogue says of an item, for a new one that reads like it.
ItemChange twin_of(const ItemCatalog& catalog, const std::string& item, const std::string& key) {
  const ItemId id = *catalog.find(item);
  return {.item = key, .title = std::string(catalog.title(id)), .brand = std::string(catalog.brand(id))};
}

TEST_F(RecommenderTest, ItemsThatWereAddedAreRecommendedByEverySource) {
  const std::size_t items = world_.items();
  recommender_->change_catalog(
      {.items = {twin_of(world_.data.corpus->catalog(), "i3", "new"), {.item = "bare", .title = "zzz"}}});
  EXPECT_TRUE(recommender_->has_item("new"));
  for (const char* source : {"p5", "item-knn", "popularity", "content"}) {
    const auto list = recommender_->recommend({.user = "u1",
                                               .k = static_cast<std::int64_t>(items) + 2,
                                               .keep_seen = true,
                                               .source = source,
                                               .settings = {"decode.beams=60"}});
    EXPECT_THAT(keys_of(list), testing::Contains("new")) << source;
    EXPECT_THAT(keys_of(list), testing::Not(testing::Contains("bare"))) << source << ": nothing reads like it";
    const auto among = recommender_->recommend({.user = "u1", .candidates = {"new", "i5"}, .source = source});
    EXPECT_THAT(keys_of(among), testing::UnorderedElementsAre("new", "i5")) << source;
  }
  EXPECT_THAT(keys_of(recommender_->recommend({.user = "u1", .where = "title=zzz"})), testing::ElementsAre("bare"));
}

TEST_F(RecommenderTest, ItemsThatWereAddedStandInHistoriesForWhatReadsLikeThem) {
  recommender_->change_catalog({.items = {twin_of(world_.data.corpus->catalog(), "i3", "new")}});
  const RecommendRequest request{.history = {"new"}, .k = 60};
  EXPECT_TRUE(recommender_->notes(request).fallback.empty());
  EXPECT_EQ(recommender_->history_of(request).at(0).item, "new");
  EXPECT_THAT(keys_of(recommender_->recommend(request)), testing::Not(testing::Contains("new")));
  const auto prediction = recommender_->predict_rating({.item = "new", .user = "u1"});
  EXPECT_EQ(prediction.fallback, "similar-items");
  try {
    recommender_->explain({.user = "u1", .item = "new", .generate = true});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
}

TEST_F(RecommenderTest, WithdrawnItemsDoNotComeBackWhateverIsAsked) {
  for (const char* source : {"p5", "item-knn", "popularity"}) {
    recommender_->change_catalog({});
    const auto best = keys_of(recommender_->recommend({.user = "u1", .source = source})).at(0);
    recommender_->change_catalog({.items = {{.item = best, .available = false}}});
    for (const RecommendRequest& request :
         {RecommendRequest{.user = "u1", .k = 60, .source = source},
          RecommendRequest{.user = "u1", .candidates = {best, "i5"}, .source = source},
          RecommendRequest{.user = "u1", .available = {best, "i5"}, .source = source},
          RecommendRequest{.user = "u1", .candidates = {best}, .source = source}}) {
      EXPECT_THAT(keys_of(recommender_->recommend(request)), testing::Not(testing::Contains(best))) << source;
    }
    recommender_->change_catalog({.items = {{.item = best}}});
    EXPECT_EQ(keys_of(recommender_->recommend({.user = "u1", .source = source})).at(0), best) << "it is back";
  }
}

TEST_F(RecommenderTest, ChangesReachWorkersAndForgottenUsersAreUnknown) {
  Recommender worker = recommender_->worker();
  recommender_->change_catalog({.items = {{.item = "i3", .title = "Another name"}}, .forgotten_users = {"u1"}});
  EXPECT_EQ(worker.item_named("i3").title, "Another name");
  EXPECT_FALSE(worker.has_user("u1"));
  EXPECT_EQ(worker.notes({.user = "u1"}).fallback, "popularity");
  EXPECT_THROW(worker.recommend({.user = "u1", .strict = true}), Error);
  EXPECT_THAT(worker.user_keys(), testing::Not(testing::Contains("u1")));
}

TEST_F(RecommenderTest, AnswersQuestionsAsJson) {
  const std::string user = recommender_->user_keys().front();
  const auto list = nlohmann::json::parse(
      ask_json(*recommender_, "recommend", R"({"user": ")" + user + R"(", "k": 3, "source": "item-knn"})"));
  const auto items = recommender_->recommend({.user = user, .k = 3, .source = "item-knn"});
  ASSERT_EQ(list["items"].size(), items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(list["items"][i]["item"], items[i].item);
    EXPECT_EQ(recommender_->item_keys()[items[i].number], items[i].item);
  }
  const std::string item = recommender_->item_keys().front();
  EXPECT_EQ(nlohmann::json::parse(ask_json(*recommender_, "similar", R"({"item": ")" + item + "\"}"))["item"], item);
  EXPECT_THROW(ask_json(*recommender_, "advise", "{}"), Error);
  EXPECT_THROW(ask_json(*recommender_, "similar", R"({"itme": "x"})"), Error);
}

}  // namespace
}  // namespace p5
