// The last line of a terminal, on stderr, which is drawn again and again: a progress bar. There is one per process.
// What else is written to the terminal meanwhile, to stderr or stdout, is written while a StatusLine::Aside lives.
// Thread-safe.
#pragma once

#include <string>

namespace p5 {

class StatusLine {
 public:
  // Replaces the line. `text` fits the terminal and has no line break.
  static void show(std::string text);
  // Takes the line away.
  static void clear();

  // While one lives, the line is erased and its thread alone writes; afterwards the line is there again, below what was
  // written. Must not be nested. Where no line is shown, it writes nothing.
  class Aside {
   public:
    Aside();
    ~Aside();
    Aside(const Aside&) = delete;
    Aside& operator=(const Aside&) = delete;
  };
};

}  // namespace p5
