#include "base/request_fields.h"

#include <gtest/gtest.h>

#include "serve/recommend_request.h"

namespace p5 {
namespace {

using Json = nlohmann::json;

std::string complaint(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.what();
  }
  return "none";
}

std::string complaint_of_recommend(const std::string& body) {
  return complaint([&] { parse_recommend(parse_request(body), ServeOptions()); });
}

TEST(RequestFields, NameTheFieldTheExpectedAndTheFound) {
  EXPECT_EQ(complaint_of_recommend(R"({"user": "u", "k": "ten"})"),
            R"(k: bad value: expected a whole number, 1 to 1000, got 'ten')");
  EXPECT_EQ(complaint_of_recommend(R"({"user": "u", "k": 0})"),
            "k: bad value: expected a whole number, 1 to 1000, got 0");
  EXPECT_EQ(complaint_of_recommend(R"({"usr": "u"})"), "usr: unknown field: expected perhaps 'user'");
  EXPECT_EQ(complaint_of_recommend(R"({"history": ["a", ""]})"),
            R"(history[1]: bad value: expected a text that is not empty, got '')");
  EXPECT_EQ(complaint_of_recommend(R"({"user": "u", "explain": 1})"),
            "explain: bad value: expected true or false, got 1");
  EXPECT_EQ(complaint_of_recommend(R"({"user": "u", "filters": {"price": {"max": "ten"}}})"),
            R"(filters.price.max: bad value: expected a number, got 'ten')");
  EXPECT_EQ(complaint_of_recommend("  "), "the body is empty: expected a JSON object");
  EXPECT_EQ(complaint_of_recommend("[1]"), "bad body: expected a JSON object, got an array of 1");
  EXPECT_NE(complaint_of_recommend("{\"user\":").find("the body is no JSON"), std::string::npos);
  EXPECT_NE(complaint_of_recommend(std::string(100000, '[')).find("the body is no JSON"), std::string::npos);
}

TEST(RequestFields, ReadAllOfARecommendation) {
  const auto parsed =
      parse_recommend(parse_request(R"({"history": ["a", {"item": "b", "ts": 3}, 7], "k": 3, "exclude": ["c"],
    "filters": {"category": ["Guitars", "Say \"x\""], "price": {"min": 1, "max": 9.5}}, "where": "brand=F", "explore": true,
    "model": "films", "version": 2})"),
                      ServeOptions());
  EXPECT_EQ(parsed.request.history, (std::vector<std::string>{"a", "b", "7"}));
  EXPECT_EQ(parsed.request.where, R"(brand=F (category="Guitars" or category='Say "x"') price>=1 price<=9.5)");
  EXPECT_EQ(parsed.request.rerank, "shuffle");
  EXPECT_EQ(parsed.request.k, 3);
  EXPECT_EQ(parsed.model.name, "films");
  EXPECT_EQ(parsed.model.version, 2);
}

TEST(RequestFields, ExploringIsTrueOrTheNameOfAPolicy) {
  const auto order = [](const char* explore) {
    const Json body{{"user", "u"}, {"explore", Json::parse(explore)}};
    return parse_recommend(body, ServeOptions()).request.rerank;
  };
  EXPECT_EQ(order("true"), "shuffle");
  EXPECT_EQ(order("false"), "");
  EXPECT_EQ(order("null"), "");
  EXPECT_EQ(order(R"("squarecb")"), "squarecb");
  for (const char* bad : {"3", R"("best")", R"("mmr")", "{}"}) {
    EXPECT_NE(complaint([&] { order(bad); }).find("explore"), std::string::npos) << bad;
  }
  EXPECT_NE(complaint([&] {
              parse_recommend(Json{{"user", "u"}, {"explore", true}, {"rerank", "mmr"}}, ServeOptions());
            }).find("rerank"),
            std::string::npos);
}

TEST(RequestFields, LimitWhatARequestMayCost) {
  ServeOptions options;
  options.max_history = 2;
  options.max_k = 5;
  EXPECT_NE(complaint([&] {
              parse_recommend(Json{{"history", {"a", "b", "c"}}}, options);
            }).find("at most 2"),
            std::string::npos);
  EXPECT_NE(complaint([&] {
              parse_recommend(Json{{"user", "u"}, {"k", 6}}, options);
            }).find("1 to 5"),
            std::string::npos);
  EXPECT_NE(complaint([&] {
              parse_recommend(Json{{"user", "u"}, {"k", 18446744073709551615U}}, options);
            }).find("1 to 5"),
            std::string::npos);
}

}  // namespace
}  // namespace p5
