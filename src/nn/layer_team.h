// The threads that the layers of a training step, its loss and its optimizer work with: one team for the process, as
// the number of threads is one for the process in libtorch, too. It has one thread until set_layer_threads() says
// otherwise. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace p5 {

// REQUIRES threads > 0. Waits for the loop that is under way.
void set_layer_threads(std::size_t threads);
// As many as there are: fewer than were wanted where the system gave no more.
std::size_t layer_threads();

// Calls body(index) for every index of [0, count), begun in ascending order, on all threads; factors that it packs are
// as exact as the caller's. Runs in the caller alone when another loop has the team, this one's own body included.
// The first exception is rethrown.
void for_each_on_team(std::int64_t count, const std::function<void(std::int64_t)>& body);

}  // namespace p5
