// What verbs that print lists of items share. Thread-safe: free functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "p5/recommender.h"

namespace p5::cli {

// Help for --source, with the names of all sources.
std::string source_help(const std::string& default_source);

// A text of the data for the terminal.
std::string shown(std::string_view text);
// The title, or the key where there is none.
std::string shown_name(const std::string& item, const std::string& title);

struct TableStyle {
  bool why = false;       // the shares of a hybrid's parts below each item
  std::size_t width = 0;  // columns that titles and sentences are cut to; 0: they are whole
};

// Rank, share, item and title, and below each item what explains it. Without titles where no item has one.
std::string answer_table(const std::vector<Recommendation>& items, const TableStyle& style = {});
// "U7 lately: Title; Title; Title": the last items of a history, the newest first. Empty for an empty history.
std::string history_line(const std::string& user, std::span<const ItemName> history, std::size_t width);
// A numbered list of items that answer a prompt, or of words.
std::string choice_table(std::span<const AnswerChoice> choices, std::size_t width);
// Who wrote a quoted sentence, in brackets; empty for others.
std::string origin_note(const ExplanationOrigin& origin);

// Of the terminal that standard output is; 0 where it is none.
std::size_t output_width();

}  // namespace p5::cli
