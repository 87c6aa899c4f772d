#include "serve/gzip_body.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "p5/error.h"

namespace p5 {
namespace {

std::string zipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string bytes(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

TEST(GzipBody, InflatesUpToTheLimit) {
  for (const std::size_t size : {0, 1, 65535, 65536, 65537, 1000000}) {
    const std::string text(size, 'x');
    EXPECT_EQ(inflate_gzip(zipped(text), size), text) << size;
    if (size > 0) EXPECT_EQ(inflate_gzip(zipped(text), size - 1), std::nullopt) << size;
  }
}

TEST(GzipBody, RefusesWhatIsNoWholeMember) {
  const std::string good = zipped("some text that is long enough to be cut");
  EXPECT_THROW(inflate_gzip("", 100), Error);
  EXPECT_THROW(inflate_gzip("no gzip at all", 100), Error);
  EXPECT_THROW(inflate_gzip(good + "x", 100), Error);
  for (std::size_t cut = 1; cut < good.size(); ++cut)
    EXPECT_THROW(inflate_gzip(good.substr(0, cut), 100), Error) << cut;
  std::string damaged = good;
  damaged[damaged.size() - 5] ^= 1;  // the checksum
  EXPECT_THROW(inflate_gzip(damaged, 100), Error);
}

}  // namespace
}  // namespace p5
