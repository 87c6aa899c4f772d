// Represents a copy from another version: a program that calls it exits with 42.
#include <cstdlib>

extern "C" {
// std::filesystem::directory_iterator(path, directory_options, error_code*), both names of the constructor, and ++.
[[gnu::weak]] void
_ZNSt10filesystem7__cxx1118directory_iteratorC1ERKNS0_4pathENS_17directory_optionsEPSt10error_code() {
  std::_Exit(42);
}
[[gnu::weak]] void
_ZNSt10filesystem7__cxx1118directory_iteratorC2ERKNS0_4pathENS_17directory_optionsEPSt10error_code() {
  std::_Exit(42);
}
[[gnu::weak]] void _ZNSt10filesystem7__cxx1118directory_iteratorppEv() { std::_Exit(42); }
}

int of_the_library() { return 1; }
