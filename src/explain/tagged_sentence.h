// A sentence prepared for the search for features: plain words, their roles, and the punctuation between them. Plain
// values; thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "explain/lexicon.h"

namespace p5 {

struct TaggedWord {
  std::string text;
  Lexicon::Roles roles = 0;
  bool apart = false;  // a punctuation mark precedes it

  bool is(Lexicon::Roles any) const { return (roles & any) != 0; }
};

using TaggedSentence = std::vector<TaggedWord>;

TaggedSentence tag_sentence(std::string_view sentence, const Lexicon& lexicon);

// Words [begin, begin + count) of a sentence.
struct Phrase {
  std::size_t begin = 0, count = 1;
  std::size_t end() const { return begin + count; }
};

// Whether the words could name something: none of them is a function word, a judgement or a number, and no punctuation
// mark separates them.
bool can_be_feature(const TaggedSentence& sentence, Phrase phrase);

// What the words around an occurrence show about it.
struct Surroundings {
  bool noun = false;     // after a determiner or a judgement: "the sound", "great sound"
  bool verb = false;     // after a word that verbs follow: "to sound"
  bool product = false;  // after a word that points to the product itself: "this pedal", "a really nice pedal"
  bool head = false;     // the last word of its phrase: a function word, a punctuation mark or the end follows
};
Surroundings look_around(const TaggedSentence& sentence, Phrase phrase);

// How closely a judgement belongs to the phrase, from 1 to 3.
struct Judgement {
  double strength = 0;
  std::size_t word = 0;  // the word that judges
};
// The closest one: "great sound" and "the sound is really great" (3), "love the sound" (2.5), "great bass sound" (2),
// "the strings last long" (1.5), a judgement at most four words away without punctuation in between (1).
std::optional<Judgement> find_judgement(const TaggedSentence& sentence, Phrase phrase);

}  // namespace p5
