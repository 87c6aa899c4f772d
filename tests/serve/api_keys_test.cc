#include "serve/api_keys.h"

#include <gtest/gtest.h>

namespace p5 {
namespace {

HttpRequest with(const std::string& name, const std::string& value) {
  HttpRequest request;
  request.headers.emplace_back(name, value);
  return request;
}

TEST(ApiKeys, AreNotNeededWithoutAny) {
  EXPECT_FALSE(ApiKeys().needed());
  EXPECT_TRUE(ApiKeys().allow({}));
}

TEST(ApiKeys, AreTakenFromEitherHeader) {
  const ApiKeys keys({"first", "second"});
  EXPECT_TRUE(keys.allow(with("x-api-key", "first")));
  EXPECT_TRUE(keys.allow(with("authorization", "Bearer second")));
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"x-api-key", ""},
                                                                                    {"x-api-key", "firs"},
                                                                                    {"x-api-key", "first2"},
                                                                                    {"authorization", "Basic first"},
                                                                                    {"authorization", "second"},
                                                                                    {"cookie", "first"}}) {
    EXPECT_FALSE(keys.allow(with(name, value))) << name << " " << value;
  }
  EXPECT_FALSE(keys.allow({}));
}

TEST(ApiKeys, OfAFileThatCannotBeReadAreAnError) { EXPECT_ANY_THROW(ApiKeys::read("/no/such/file")); }

}  // namespace
}  // namespace p5
