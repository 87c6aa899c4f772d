#include "simulate/simulated_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>

namespace p5 {
namespace {

using Words = std::initializer_list<std::string_view>;

constexpr std::array<Department, 8> kDepartments{{
    {"Musical Instruments",
     {{{"Guitar Strings", {"string set", "bass strings", "nylon strings"}},
       {"Guitar Effects", {"delay pedal", "overdrive pedal", "reverb pedal"}},
       {"Capos & Picks", {"capo", "pick set", "glass slide"}},
       {"Microphones", {"condenser microphone", "vocal microphone", "clip-on microphone"}},
       {"Cables", {"instrument cable", "patch cable", "microphone cable"}},
       {"Stands", {"guitar stand", "music stand", "keyboard stand"}}}},
     {"tone", "build", "tuning stability", "noise floor", "playability", "value"},
     {"at rehearsal", "on stage", "in my home studio", "for my first lessons"}},
    {"Beauty",
     {{{"Moisturizers", {"day cream", "night cream", "face oil"}},
       {"Shampoo", {"shampoo", "conditioner", "hair mask"}},
       {"Make-up", {"mascara", "lipstick", "foundation"}},
       {"Fragrance", {"eau de parfum", "body mist", "rollerball"}},
       {"Sun Care", {"sunscreen", "after-sun gel", "tinted sunscreen"}},
       {"Tools", {"hair dryer", "brush set", "curling iron"}}}},
     {"scent", "texture", "coverage", "gentleness", "packaging", "value"},
     {"every morning", "on dry days", "for sensitive skin", "before work"}},
    {"Kitchen",
     {{{"Cookware", {"frying pan", "saucepan", "dutch oven"}},
       {"Knives", {"chef's knife", "paring knife", "bread knife"}},
       {"Coffee", {"espresso maker", "burr grinder", "pour-over dripper"}},
       {"Baking", {"loaf pan", "stand mixer", "baking mat"}},
       {"Storage", {"glass container set", "spice rack", "bread box"}},
       {"Gadgets", {"garlic press", "peeler", "kitchen scale"}}}},
     {"heat control", "grip", "cleaning", "durability", "size", "value"},
     {"for weeknight dinners", "on Sundays", "in a small kitchen", "for the whole family"}},
    {"Toys & Games",
     {{{"Board Games", {"strategy game", "party game", "card game"}},
       {"Puzzles", {"jigsaw puzzle", "wooden puzzle", "brain teaser"}},
       {"Building Sets", {"building set", "marble run", "model kit"}},
       {"Plush", {"teddy bear", "plush fox", "hand puppet"}},
       {"Outdoor Play", {"kite", "flying disc", "sandbox set"}},
       {"Craft Kits", {"bead kit", "painting kit", "origami set"}}}},
     {"replay value", "artwork", "rulebook", "sturdiness", "difficulty", "value"},
     {"on rainy days", "with my kids", "at game night", "as a birthday gift"}},
    {"Sports & Outdoors",
     {{{"Running", {"running belt", "trail shoes", "running cap"}},
       {"Camping", {"tent", "sleeping bag", "camp stove"}},
       {"Cycling", {"bike light", "saddle", "frame bag"}},
       {"Yoga", {"yoga mat", "foam roller", "yoga block"}},
       {"Hydration", {"water bottle", "hydration pack", "shaker"}},
       {"Climbing", {"chalk bag", "climbing shoes", "harness"}}}},
     {"comfort", "weight", "weather resistance", "fit", "stitching", "value"},
     {"on long hikes", "at the gym", "during my commute", "on weekend trips"}},
    {"Electronics",
     {{{"Headphones", {"wireless earbuds", "over-ear headphones", "gaming headset"}},
       {"Chargers", {"wall charger", "power bank", "charging cable"}},
       {"Keyboards", {"mechanical keyboard", "compact keyboard", "wrist rest"}},
       {"Cameras", {"webcam", "tripod", "action camera"}},
       {"Speakers", {"bluetooth speaker", "soundbar", "radio"}},
       {"Smart Home", {"smart plug", "light strip", "motion sensor"}}}},
     {"sound quality", "battery life", "connection", "setup", "button layout", "value"},
     {"on calls", "while travelling", "at my desk", "in the living room"}},
    {"Books",
     {{{"Mystery", {"mystery novel", "detective story", "thriller"}},
       {"Fantasy", {"fantasy novel", "epic saga", "fairy tale"}},
       {"Cooking Books", {"cookbook", "baking book", "food memoir"}},
       {"History", {"history book", "biography", "travelogue"}},
       {"Science", {"popular science book", "field guide", "atlas"}},
       {"Poetry", {"poetry collection", "anthology", "haiku book"}}}},
     {"plot", "cast", "prose", "pacing", "artwork", "ending"},
     {"on the train", "before bed", "in one sitting", "with my book club"}},
    {"Pet Supplies",
     {{{"Dog Toys", {"chew toy", "fetch ball", "rope toy"}},
       {"Cat Care", {"scratching post", "litter scoop", "cat brush"}},
       {"Beds", {"dog bed", "cat cave", "cooling mat"}},
       {"Feeding", {"slow feeder", "water fountain", "treat jar"}},
       {"Leashes", {"leash", "harness", "reflective collar"}},
       {"Aquariums", {"filter", "heater", "gravel set"}}}},
     {"softness", "toughness", "safety", "smell", "size", "value"},
     {"on our walks", "for my old cat", "in a busy home", "for a strong chewer"}},
}};

std::string_view pick(Rng& rng, Words words) { return words.begin()[rng.below(words.size())]; }

std::string capital(std::string text) {
  if (!text.empty()) text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
}

std::string_view adjective(double feeling, Rng& rng) {
  if (feeling > 1) return pick(rng, {"outstanding", "superb", "excellent", "fantastic", "wonderful", "flawless"});
  if (feeling > 0.2) return pick(rng, {"good", "very good", "solid", "pleasing", "better than I expected", "reliable"});
  if (feeling > -0.5) return pick(rng, {"fine", "average", "acceptable", "nothing special", "okay", "so-so"});
  if (feeling > -1.2) return pick(rng, {"poor", "disappointing", "weak", "below par", "frustrating", "mediocre"});
  return pick(rng, {"terrible", "awful", "a mess", "unacceptable", "a real letdown", "useless"});
}

std::string opening(const ReviewSubject& subject, Rng& rng) {
  const std::string_view use = subject.department->uses[rng.below(subject.department->uses.size())];
  switch (rng.below(5)) {
    case 0:
      return fmt::format("I have been using this {} {} for {} now.", subject.noun, use,
                         pick(rng, {"a week", "two months", "half a year", "almost a year"}));
    case 1:
      return fmt::format("Bought this {} to use {}.", subject.noun, use);
    case 2:
      return fmt::format("This is my {} {} from {}.", pick(rng, {"first", "second", "third"}), subject.noun,
                         subject.brand.empty() ? "this maker" : subject.brand);
    case 3:
      return fmt::format("I {} this {} and use it {}.",
                         subject.stars >= 4 ? pick(rng, {"love", "really like", "enjoy"})
                                            : pick(rng, {"wanted to like", "gave up on", "had hopes for"}),
                         subject.noun, use);
    default:
      return fmt::format("{} recommended this {} to me.",
                         pick(rng, {"A friend", "My sister", "A colleague", "My teacher"}), subject.noun);
  }
}

std::string judgement(const ReviewSubject& subject, std::size_t aspect, double feeling, Rng& rng) {
  const std::string_view name = subject.department->aspects[aspect], how = adjective(feeling, rng);
  switch (rng.below(4)) {
    case 0:
      return fmt::format("The {} is {}.", name, how);
    case 1:
      return fmt::format("For me the {} matters most, and here it is {}.", name, how);
    case 2:
      return fmt::format("I would call the {} {}{}.", name, how,
                         feeling > 0.2 ? pick(rng, {"", " for the price", ", no complaints"})
                                       : pick(rng, {"", " at this price", ", to be honest"}));
    default:
      return fmt::format("{} {} is {}.", pick(rng, {"Its", "Overall its", "I think its"}), name, how);
  }
}

std::string_view closing(int stars, Rng& rng) {
  switch (stars) {
    case 5:
      return pick(rng, {"Would buy again in a heartbeat.", "Highly recommended!", "I could not be happier.",
                        "Worth every penny."});
    case 4:
      return pick(rng, {"A good buy.", "Recommended, with small reservations.", "Just short of perfect.",
                        "I am happy with it."});
    case 3:
      return pick(rng, {"It does the job.", "Not bad, not great.", "I might look elsewhere next time."});
    case 2:
      return pick(rng, {"I expected more.", "I would not buy it again.", "There are better ones."});
    default:
      return pick(rng, {"I sent it back.", "Save your money.", "Avoid this one."});
  }
}

}  // namespace

std::span<const Department> all_departments() { return kDepartments; }

std::string random_brand(Rng& rng) {
  std::string name(pick(rng, {"Kor", "Bel", "Tam", "Ly", "Nor", "Va", "Zan", "Mer", "Sol", "Hal", "Pri", "Ost", "Gar",
                              "Quin", "Du", "Fen", "Al", "Ros"}));
  name += pick(rng, {"va", "lo", "mi", "ren", "da", "ti", "so", "ka", "be", "lin", "ro", "gu"});
  if (rng.coin()) name += pick(rng, {"ne", "x", "ra", "ton", "way", "li", "mark", "do", "s", "field"});
  return name;
}

std::string random_line_name(Rng& rng) {
  std::string name(
      pick(rng, {"Drift",  "Summit", "Ember", "Harbor", "Cedar",  "Nova",  "Willow", "Comet", "Meadow",  "Pulse",
                 "Raven",  "Aurora", "Slate", "Breeze", "Canyon", "Lumen", "Maple",  "Orbit", "Prairie", "Tide",
                 "Velvet", "Zephyr", "Atlas", "Birch",  "Coral",  "Dune",  "Echo",   "Flint", "Grove",   "Heron"}));
  if (rng.below(3) == 0) name += pick(rng, {" Pro", " Classic", " Mini", " Select", " Plus", " Studio"});
  return name;
}

std::string random_user_name(Rng& rng) {
  std::string name(
      pick(rng, {"Anna", "Ben",    "Carla", "David",  "Elena", "Felix", "Grace",   "Hugo",  "Ines",  "Jack",
                 "Kira", "Liam",   "Maria", "Noah",   "Olga",  "Paul",  "Quentin", "Rosa",  "Sam",   "Tara",
                 "Uma",  "Victor", "Wendy", "Xavier", "Yara",  "Zoë",   "Jürgen",  "Chloé", "Mateo", "Aiko"}));
  return name + " " + static_cast<char>('A' + rng.below(26)) + ".";
}

std::string_view random_colour(Rng& rng) {
  return pick(rng, {"black", "white", "red", "blue", "green", "silver", "amber", "natural"});
}

std::string random_review(const ReviewSubject& subject, Rng& rng) {
  std::string text = opening(subject, rng);
  text += ' ' + judgement(subject, subject.main, subject.main_feeling, rng);
  if (rng.below(3) != 0 && subject.other != subject.main) {
    const bool turn = (subject.main_feeling > 0) != (subject.other_feeling > 0);
    std::string second = judgement(subject, subject.other, subject.other_feeling, rng);
    if (turn && second.starts_with("The ")) second = "On the other hand, t" + second.substr(1);
    text += ' ' + second;
  }
  if (rng.below(4) != 0) text += ' ' + std::string(closing(subject.stars, rng));
  return text;
}

std::string random_headline(const ReviewSubject& subject, Rng& rng) {
  const std::string_view aspect = subject.department->aspects[subject.main];
  switch (rng.below(4)) {
    case 0: {
      constexpr std::array<std::string_view, 5> kStars{"One star", "Two stars", "Three stars", "Four stars",
                                                       "Five stars"};
      return std::string(kStars[static_cast<std::size_t>(subject.stars - 1)]);
    }
    case 1:
      return capital(fmt::format("{} is {}", aspect, adjective(subject.main_feeling, rng)));
    case 2:
      return capital(fmt::format("{} {}",
                                 subject.stars >= 4   ? pick(rng, {"great", "lovely", "my favorite"})
                                 : subject.stars == 3 ? pick(rng, {"decent", "average", "okay"})
                                                      : pick(rng, {"disappointing", "bad", "not my"}),
                                 subject.noun));
    default: {
      std::string text(closing(subject.stars, rng));
      while (!text.empty() && (text.back() == '.' || text.back() == '!')) text.pop_back();
      return text;
    }
  }
}

std::string random_description(const ReviewSubject& subject, Rng& rng) {
  const Department& department = *subject.department;
  return fmt::format(
      "A {} made for use {}. {} with {} in mind{}.", subject.noun, department.uses[rng.below(department.uses.size())],
      pick(rng, {"Designed", "Built", "Crafted"}), department.aspects[subject.main],
      subject.other == subject.main ? "" : fmt::format(" and an eye on {}", department.aspects[subject.other]));
}

}  // namespace p5
