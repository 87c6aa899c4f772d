// What the keys of users or items were where a corpus came from. A corpus keeps them as texts and remembers the kind,
// so that a binding can give them back as it got them. Includes nothing.
#pragma once

namespace p5 {

enum class KeyKind {
  kText,
  kInteger,  // of 64 bits, written in decimal digits
};

}  // namespace p5
