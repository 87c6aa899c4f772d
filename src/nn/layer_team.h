// The threads that compute the layers of a training step, its loss and its optimizer: one team per process, because
// libtorch also has one number of threads per process. It has one thread until set_layer_threads() changes that.
// Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace p5 {

// REQUIRES threads > 0. Waits for the running loop.
void set_layer_threads(std::size_t threads);
// The number of threads: fewer than requested where the system gave no more.
std::size_t layer_threads();

// Calls body(index) for every index of [0, count), begun in ascending order, on all threads; factors that it packs are
// as exact as the caller's. Runs in the caller alone when another loop uses the team, also when called from within a
// body. The first exception is rethrown.
void for_each_on_team(std::int64_t count, const std::function<void(std::int64_t)>& body);

}  // namespace p5
