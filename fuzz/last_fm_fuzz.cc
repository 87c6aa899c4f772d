// The files of Last.fm: the first line says which, except for profiles.
#include "reader_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const char* kNames[] = {"user_artists.dat", "userid-profile.tsv"};
  const std::size_t kind = p5::fuzz::choose(bytes, 2);
  p5::fuzz::read_as(kNames[kind], bytes, {.format = "lastfm"});
  return 0;
}
