// A shared library that is opened at the first use of one of its symbols. Symbols of the library stay invisible to the
// rest of the process, so that two libraries may each bring their own copy of a third. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <utility>

namespace p5 {

class SharedLibrary {
 public:
  struct Description {
    std::string file;      // "libp5_torch.so": looked for next to libp5.so, and then on the library path
    std::string provides;  // for messages: "LibTorch"
    std::string remedy;    // for messages: what makes it available
  };
  explicit SharedLibrary(Description description) : description_(std::move(description)) {}

  // The address of `name`, from the process itself where the program was linked with it. Throws Unavailable (system)
  // with the reason and the remedy when the library cannot be opened, and Internal when it lacks the symbol.
  void* symbol(const std::string& name) const;
  // The same as a pointer to a function: function<decltype(&p5_torch_fit)>("p5_torch_fit").
  template <typename Function>
  Function function(const std::string& name) const {
    return reinterpret_cast<Function>(symbol(name));
  }

 private:
  void* open() const;

  Description description_;
  mutable std::once_flag opened_;
  mutable void* handle_ = nullptr;
};

// OpenMP's threads, of libraries that are opened from now on, sleep while they wait: spinning gains little on an idle
// machine, and on a busy one it made a training step ten times slower and the codes of an index twenty times. A value
// of OMP_WAIT_POLICY that the user has set stays.
void let_openmp_sleep();

}  // namespace p5
