#include "serve/gzip_body.h"

#include <zlib.h>

#include <algorithm>
#include <new>

#include "p5/error.h"

namespace p5 {
namespace {

class Inflater {
 public:
  Inflater() {
    if (::inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { ::inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
};

Error bad_body(const char* what) {
  return usage_error(what, {.where = "body, Content-Encoding: gzip", .expected = "one whole gzip member"});
}

}  // namespace

std::optional<std::string> inflate_gzip(std::string_view bytes, std::size_t limit) {
  constexpr std::size_t kBlock = 1 << 16;
  Inflater inflater;
  z_stream& stream = inflater.stream();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write there
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  int code = Z_OK;
  while (code != Z_STREAM_END) {
    const std::size_t done = text.size();
    if (done > limit) return std::nullopt;
    text.resize(done + std::min(kBlock, limit + 1 - done));
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + done);
    stream.avail_out = static_cast<uInt>(text.size() - done);
    code = ::inflate(&stream, Z_NO_FLUSH);
    text.resize(text.size() - stream.avail_out);
    if (code == Z_BUF_ERROR || (code == Z_OK && stream.avail_in == 0 && text.size() == done))
      throw bad_body("the compressed body ends early");
    if (code != Z_OK && code != Z_STREAM_END) throw bad_body("the compressed body is damaged");
  }
  if (stream.avail_in > 0) throw bad_body("bytes follow the compressed body");
  if (text.size() > limit) return std::nullopt;
  return text;
}

}  // namespace p5
