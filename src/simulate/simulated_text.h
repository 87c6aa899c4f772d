// The words of the simulated log: departments, names, titles, and a small grammar of reviews. Thread-safe: all
// functions are pure, except for the generator that the caller passes.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/rng.h"

namespace p5 {

inline constexpr std::size_t kAspects = 6;

struct Shelf {
  std::string_view name;                  // "Guitar Effects"
  std::array<std::string_view, 3> nouns;  // "delay pedal"
};

struct Department {
  std::string_view name;
  std::array<Shelf, 6> shelves;
  std::array<std::string_view, kAspects> aspects;  // "tone"
  std::array<std::string_view, 4> uses;            // "at rehearsal"
};

std::span<const Department> all_departments();

std::string random_brand(Rng& rng);
std::string random_line_name(Rng& rng);
std::string random_user_name(Rng& rng);
std::string_view random_colour(Rng& rng);

// What a review is about. `main` and `other` are aspects and how good the writer found them; 0 is neutral.
struct ReviewSubject {
  const Department* department = nullptr;
  std::string_view noun, brand;
  std::size_t main = 0, other = 0;
  double main_feeling = 0, other_feeling = 0;
  int stars = 5;
};

std::string random_review(const ReviewSubject& subject, Rng& rng);
std::string random_headline(const ReviewSubject& subject, Rng& rng);
std::string random_description(const ReviewSubject& subject, Rng& rng);

}  // namespace p5
