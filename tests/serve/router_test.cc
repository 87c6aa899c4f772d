#include "serve/router.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

Router some_routes() {
  Router router;
  const auto nothing = [](ApiCall) {};
  router.add("GET", "/", nothing);
  router.add("GET", "/api/users/{user}", nothing);
  router.add("POST", "/api/recommend:batch", nothing);
  router.add("DELETE", "/api/models/{name}/versions/{version}", nothing);
  return router;
}

TEST(Router, FindsPatternsAndDecodesTheirArguments) {
  const Router router = some_routes();
  EXPECT_EQ(router.find("GET", "/").pattern, "/");
  const auto user = router.find("GET", "/api/users/a%2Fb%20c");
  ASSERT_NE(user.handler, nullptr);
  EXPECT_EQ(user.arguments, std::vector<std::string>{"a/b c"});
  EXPECT_EQ(router.find("DELETE", "/api/models/m/versions/3").arguments, (std::vector<std::string>{"m", "3"}));
  EXPECT_NE(router.find("POST", "/api/recommend:batch").handler, nullptr);
  EXPECT_NE(router.find("HEAD", "/").handler, nullptr);
}

TEST(Router, RefusesWhatFitsNoPattern) {
  const Router router = some_routes();
  for (const char* path : {"", "/api", "/api/users", "/api/users/", "/api/users/a/b", "/api/users/%", "/api/users/%zz",
                           "/api/users/%00", "//", "/API/users/a"}) {
    EXPECT_EQ(router.find("GET", path).handler, nullptr) << path;
  }
  EXPECT_EQ(router.find("GET", std::string_view("/api/users/a\0b", 14)).handler, nullptr) << "a NUL as it is";
}

TEST(Router, NamesTheMethodsThatAPathHas) {
  const auto match = some_routes().find("PUT", "/api/recommend:batch");
  EXPECT_EQ(match.handler, nullptr);
  EXPECT_EQ(match.allowed, std::vector<std::string>{"POST"});
}

}  // namespace
}  // namespace p5
