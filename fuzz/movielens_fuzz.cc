// Every file of the MovieLens editions.
#include "reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static constexpr const char* kNames[] = {"u.data",     "u.item",    "u.user",      "ratings.dat",
                                           "movies.dat", "users.dat", "ratings.csv", "movies.csv"};
  const std::size_t kind = p5::fuzz::choose(bytes, 8);
  p5::fuzz::read_as(kNames[kind], bytes, {.format = "movielens"});
  return 0;
}
