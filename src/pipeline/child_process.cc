#include "pipeline/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "p5/error.h"

namespace p5 {
namespace {

// In the child: nothing here may allocate, since other threads of the parent may have held a lock.
[[noreturn]] void become(const char* program, char* const* arguments, pid_t parent) {
  ::setpgid(0, 0);  // a terminal's Ctrl-C goes to the parent, which passes it on once
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);
  const int null = ::open("/dev/null", O_RDWR);
  if (null >= 0) {
    ::dup2(null, STDIN_FILENO);
    ::dup2(null, STDOUT_FILENO);
  }
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGTERM, SIG_DFL);
  ::signal(SIGPIPE, SIG_DFL);
  ::execv(program, arguments);
  ::_exit(127);
}

}  // namespace

ChildResult run_child(const std::vector<std::string>& arguments, const StopToken& stop) {
  constexpr std::chrono::milliseconds kPoll{20};
  const auto start = std::chrono::steady_clock::now();
  std::vector<char*> words;
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    throw system_error("cannot start a program", {.where = arguments.front(), .got = std::strerror(errno)});
  }
  if (child == 0) become(words.front(), words.data(), parent);
  bool asked = false;
  int status = 0;
  struct rusage usage {};
  while (true) {
    const pid_t ended = ::wait4(child, &status, WNOHANG, &usage);
    if (ended == child) break;
    if (ended < 0 && errno != EINTR) {
      throw system_error("cannot wait for a program", {.where = arguments.front(), .got = std::strerror(errno)});
    }
    if (!asked && stop.stop_requested()) {
      ::kill(child, SIGTERM);
      asked = true;
    }
    std::this_thread::sleep_for(kPoll);
  }
  return {.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
          .peak_memory = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024,
          .seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()};
}

std::filesystem::path this_program() {
  std::error_code failure;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (failure)
    throw system_error("cannot find the program itself", {.where = "/proc/self/exe", .got = failure.message()});
  return program;
}

}  // namespace p5
