#include "base/plugin.h"

#include <dlfcn.h>

#include <filesystem>

#include "p5/error.h"

namespace p5 {
namespace {

// Where this very code was loaded from: libp5.so, or a program that holds it statically.
std::filesystem::path own_folder() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<void*>(&torch_symbol), &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code ignored;
  return std::filesystem::absolute(info.dli_fname, ignored).parent_path();
}

// Symbols stay local: libsentencepiece brings a protobuf of its own, and in one scope with LibTorch's either would call
// into the other's.
void* open_library(const std::string& file, const std::string& what, const std::string& mend) {
  const std::filesystem::path beside = own_folder() / file;
  // A library that stands beside us but does not load (LibTorch is missing, say) is the error that a person can mend.
  std::error_code ignored;
  const std::string name = std::filesystem::exists(beside, ignored) ? beside.string() : file;
  if (void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
  const char* reason = ::dlerror();
  throw system_error("this needs " + what + ", and " + file + " could not be loaded",
                     {.expected = mend, .got = reason != nullptr ? reason : "no reason"});
}

void* symbol_in(void* library, const std::string& file, const std::string& symbol) {
  if (void* found = ::dlsym(library, symbol.c_str())) return found;
  throw Error(ErrorCode::kInternal, ErrorSubject::kSystem, file + " lacks a symbol; it is of another build",
              {.expected = symbol, .got = "nothing"});
}

}  // namespace

void* torch_symbol(const std::string& symbol) {
  // A program that links the wall itself (the tests behind it) already holds the symbols.
  if (void* linked = ::dlsym(RTLD_DEFAULT, symbol.c_str())) return linked;
  static void* const library = open_library("libp5_torch.so", "LibTorch", "a build with -DP5_TORCH=ON");
  return symbol_in(library, "libp5_torch.so", symbol);
}

void* sentencepiece_symbol(const std::string& symbol) {
  static void* const library =
      open_library("libp5_sentencepiece.so", "SentencePiece", "the library as built and installed beside libp5.so");
  return symbol_in(library, "libp5_sentencepiece.so", symbol);
}

}  // namespace p5
