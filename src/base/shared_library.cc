#include "base/shared_library.h"

#include <dlfcn.h>
#include <cstdlib>

#include <filesystem>

#include "p5/error.h"

namespace p5 {
namespace {

// Where this code was loaded from: libp5.so, or a program that links it statically.
std::filesystem::path own_folder() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<void*>(&own_folder), &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code ignored;
  return std::filesystem::absolute(info.dli_fname, ignored).parent_path();
}

}  // namespace

void* SharedLibrary::open() const {
  const std::filesystem::path beside = own_folder() / description_.file;
  // A library that is next to us but does not load (because LibTorch is missing, say) is the error that a person can
  // fix.
  std::error_code ignored;
  const std::string name = std::filesystem::exists(beside, ignored) ? beside.string() : description_.file;
  if (void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
  const char* reason = ::dlerror();
  throw system_error("this needs " + description_.provides + ", and " + description_.file + " could not be loaded",
                     {.expected = description_.remedy, .got = reason != nullptr ? reason : "no reason"});
}

void* SharedLibrary::symbol(const std::string& name) const {
  // Tests of the library's own code are linked with it.
  if (void* linked = ::dlsym(RTLD_DEFAULT, name.c_str())) return linked;
  std::call_once(opened_, [&] { handle_ = open(); });
  if (void* found = ::dlsym(handle_, name.c_str())) return found;
  throw Error(ErrorCode::kInternal, ErrorSubject::kSystem, description_.file + " lacks a symbol; it is another build's",
              {.expected = name, .got = "nothing"});
}

void let_openmp_sleep() { ::setenv("OMP_WAIT_POLICY", "passive", 0); }

}  // namespace p5
