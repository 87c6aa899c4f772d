// Accuracy by group of users, and for users and items of whom little is known. Thread-safe: a free function.
#pragma once

#include <span>
#include <vector>

#include "evaluate/beyond_accuracy.h"

namespace p5 {

// Adds findings of NDCG@10, with `n` users each:
// - "users" / "history" / "3 to 5": quarters of the users by the length of their history (equal lengths stay together);
// - "users" / an attribute of users / its value: the twelve most frequent values and "others", quarters of numbers.
//   Attributes whose twelve most frequent values hold less than half of the users, such as zip codes, are left out;
// - "cold_start" / "history of 0", "history of 1", "history of 2": users with so few events, also where there are none;
// - "cold_start" / "never trained items": targets without a train event, and "hidden items" among them;
// - "targets" / "with training events", "without training events" / "hr@10", "ndcg@10": users by what they took next.
void add_user_groups(std::span<const AnsweredQuestion> questions, const Split& split, const TrainFacts& facts,
                     std::vector<Finding>& findings);

}  // namespace p5
