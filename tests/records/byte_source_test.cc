#include "records/byte_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <thread>

#include "support/temporary_folder.h"

namespace p5 {
namespace {

std::filesystem::path make_pipe(const test::TemporaryFolder& folder) {
  EXPECT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  return folder / "pipe";
}

std::string read_all(ByteSource& source) {
  std::string text(100, '\0');
  std::size_t size = 0;
  while (const std::size_t got = source.read(text.data() + size, text.size() - size)) size += got;
  text.resize(size);
  return text;
}

// Opening and reading would wait for ever, and a signal that asks to stop would not be noticed.
TEST(ByteSource, APipeWithoutAWriterCanBeLeft) {
  const test::TemporaryFolder folder;
  const auto pipe = make_pipe(folder);
  int moments = 0;
  const auto stop_soon = [&moments] {
    if (++moments == 2) throw std::runtime_error("stop");
  };
  EXPECT_THROW(ByteSource(pipe, stop_soon), std::runtime_error);
}

TEST(ByteSource, APipeIsReadToTheEndOfItsWriter) {
  const test::TemporaryFolder folder;
  const auto pipe = make_pipe(folder);
  std::thread writer([&pipe] {
    const int descriptor = ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC);
    EXPECT_EQ(::write(descriptor, "one ", 4), 4);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(::write(descriptor, "two", 3), 3);
    ::close(descriptor);
  });
  ByteSource source(pipe);
  EXPECT_EQ(read_all(source), "one two");
  writer.join();
}

}  // namespace
}  // namespace p5
