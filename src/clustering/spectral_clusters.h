// Clusters of a graph by the eigenvectors of its normalised adjacency matrix D^-1/2 A D^-1/2 (Ng, Jordan and Weiss,
// NIPS 2001), read off by a pivoted QR factorisation (cluster_qr: Damle, Minden and Ying, "Simple, direct and efficient
// multi-way spectral clustering", Information and Inference 2019), as OpenP5 does. Thread-safe: a pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/thread_pool.h"
#include "retrieval/sparse_rows.h"

namespace p5 {

struct SpectralOptions {
  std::size_t clusters = 20;
  std::int64_t rounds = 40;   // of subspace iteration
  std::uint64_t seed = 2022;  // of the subspace that it begins with
};

// The cluster of each node, from 0; some clusters may be empty. `graph` [n, n] is symmetric, with weights above 0 and
// none on its diagonal. Nodes without an edge are in cluster 0. No more clusters than nodes.
std::vector<std::uint32_t> spectral_clusters(const SparseRows& graph, const SpectralOptions& options, ThreadPool& pool);

}  // namespace p5
