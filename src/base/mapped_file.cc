#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <utility>

#include "base/terminal_text.h"
#include "p5/error.h"

namespace p5 {
namespace fs = std::filesystem;
namespace {

// Which file is where, for the signal handler, which must neither lock nor allocate. When all slots are taken, the
// message has no name.
struct Slot {
  std::atomic<bool> taken{false};
  std::atomic<const std::byte*> begin{nullptr};
  std::size_t size = 0;
  std::array<char, 240> name{};
};
std::array<Slot, 256> g_slots;
static_assert(std::atomic<const std::byte*>::is_always_lock_free, "the signal handler must not lock");

constexpr int kLostFileCode = 3;  // exit_code_of() a data error

void remember(const std::byte* begin, std::size_t size, const fs::path& path) {
  for (Slot& slot : g_slots) {
    if (slot.taken.exchange(true)) continue;
    const std::string name = terminal_text(path.string());
    const std::size_t length = std::min(name.size(), slot.name.size() - 1);
    std::memcpy(slot.name.data(), name.data() + name.size() - length, length);  // the end of a long path tells more
    slot.name[length] = '\0';
    slot.size = size;
    slot.begin.store(begin);
    return;
  }
}

void forget(const std::byte* begin) {
  for (Slot& slot : g_slots) {
    if (slot.begin.load() != begin) continue;
    slot.begin.store(nullptr);
    slot.taken.store(false);
    return;
  }
}

void print(const char* text) { [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text)); }

extern "C" void on_lost_file(int signal, siginfo_t* info, void*) {
  const auto* address = static_cast<const std::byte*>(info->si_addr);
  for (const Slot& slot : g_slots) {
    const std::byte* begin = slot.begin.load();
    if (begin == nullptr || address < begin || address >= begin + slot.size) continue;
    print("error: ");
    print(slot.name.data());
    print(": the file was cut short or its disk failed while it was in use\n");
    ::_exit(kLostFileCode);
  }
  std::signal(signal, SIG_DFL);  // the fault comes again when this returns, and ends the process
}

}  // namespace

MappedFile::MappedFile(const fs::path& path) {
  const auto fail = [&path](std::string_view what) {
    return system_error(what, {.where = path.string(), .got = std::strerror(errno)});
  };
  // Without O_NONBLOCK, opening a pipe would wait for a writer.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    if (errno == ENOENT)
      throw Error(ErrorCode::kNotFound, ErrorSubject::kData, "no such file", {.where = path.string()});
    throw fail("cannot open");
  }
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    throw data_error("not a regular file", {.where = path.string()});
  }
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ > 0) {
    void* address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (address == MAP_FAILED) {
      const Error error = fail("cannot map");
      ::close(descriptor);
      throw error;
    }
    data_ = static_cast<const std::byte*>(address);
    remember(data_, size_, path);
  }
  ::close(descriptor);
}

MappedFile::~MappedFile() {
  if (data_ == nullptr) return;
  forget(data_);
  ::munmap(const_cast<std::byte*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

void install_lost_file_handler() {
  struct sigaction action {};
  action.sa_sigaction = on_lost_file;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace p5
