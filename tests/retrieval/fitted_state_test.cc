#include "retrieval/fitted_state.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "support/temporary_folder.h"

namespace p5 {
namespace {

const FittedOrigin kOrigin{"item-knn", "0123", "[knn]\nwindow = 20\n"};

FittedState example() {
  FittedState state;
  state.put("items", std::vector<std::uint32_t>{1, 2, 0xffffffffu});
  state.put("begins", std::vector<std::uint64_t>{0, 1ULL << 40});
  state.put("weights", std::vector<float>{0.5f, -1.25f});
  state.put("known", std::vector<std::uint8_t>{1, 0, 255});
  state.put("biases", std::vector<double>{1e-300});
  state.put("none", std::vector<float>{});
  return state;
}

void expect_example(const FittedState& state) {
  EXPECT_EQ(state.get<std::uint32_t>("items", 3), (std::vector<std::uint32_t>{1, 2, 0xffffffffu}));
  EXPECT_EQ(state.get<std::uint64_t>("begins", 2), (std::vector<std::uint64_t>{0, 1ULL << 40}));
  EXPECT_EQ(state.get<float>("weights", 2), (std::vector<float>{0.5f, -1.25f}));
  EXPECT_EQ(state.get<std::uint8_t>("known"), (std::vector<std::uint8_t>{1, 0, 255}));
  EXPECT_EQ(state.get<double>("biases", 1), std::vector<double>{1e-300});
  EXPECT_TRUE(state.get<float>("none", 0).empty());
}

TEST(FittedState, ComesBackAsItWasSaved) {
  const test::TemporaryFolder folder;
  expect_example(example());
  example().save(folder / "sources" / "item-knn.fit", kOrigin);  // makes the folder
  const auto state = FittedState::load(folder / "sources" / "item-knn.fit", kOrigin);
  ASSERT_TRUE(state.has_value());
  expect_example(*state);
}

TEST(FittedState, IsNotUsedForAnythingElse) {
  const test::TemporaryFolder folder;
  example().save(folder / "a.fit", kOrigin);
  FittedOrigin other = kOrigin;
  other.data_sha256 = "4567";
  EXPECT_FALSE(FittedState::load(folder / "a.fit", other).has_value());
  other = kOrigin;
  other.options = "[knn]\nwindow = 5\n";
  EXPECT_FALSE(FittedState::load(folder / "a.fit", other).has_value());
  other = kOrigin;
  other.source = "popularity";
  EXPECT_FALSE(FittedState::load(folder / "a.fit", other).has_value());
  EXPECT_FALSE(FittedState::load(folder / "b.fit", kOrigin).has_value());
}

TEST(FittedState, RefusesArraysOfAnotherShape) {
  const FittedState state = example();
  EXPECT_THROW(state.get<float>("items", 3), Error);
  EXPECT_THROW(state.get<std::uint32_t>("items", 2), Error);
  EXPECT_THROW(state.get<std::uint32_t>("users", 3), Error);
}

// Whatever byte is lost or changed, the file is refused with an error that names it.
TEST(FittedState, NoticesDamage) {
  const test::TemporaryFolder folder;
  const auto file = folder / "a.fit";
  example().save(file, kOrigin);
  const std::string whole = read_file(file);
  const auto expect_refused = [&](std::string bytes, const std::string& what) {
    write_file_atomically(file, bytes);
    try {
      FittedState::load(file, kOrigin);
      ADD_FAILURE() << what;
    } catch (const Error& error) {
      EXPECT_EQ(error.subject(), ErrorSubject::kModel) << what;
      EXPECT_NE(std::string(error.what()).find("a.fit"), std::string::npos) << what;
    }
  };
  for (std::size_t i = 0; i < whole.size(); i += i < 16 ? 1 : 7) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    expect_refused(changed, "byte " + std::to_string(i) + " changed");
    expect_refused(whole.substr(0, i), "cut to " + std::to_string(i));
  }
  expect_refused(whole + "x", "longer");
  write_file_atomically(file, whole);
  EXPECT_TRUE(FittedState::load(file, kOrigin).has_value());
}

}  // namespace
}  // namespace p5
