// Which of the processes that train one model together this one is. A plain value; thread-safe: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace p5 {

struct TrainingWorld {
  std::int64_t rank = 0, size = 1;
  std::string address = "127.0.0.1";  // of rank 0
  std::int64_t port = 29500;          // where rank 0 listens while the processes find each other

  bool alone() const { return size == 1; }
  // Whether this process keeps what comes of the training.
  bool leads() const { return rank == 0; }
  // "rank 1 of 2 has evaluated with the others": what the others say of work that rank 0 reports.
  std::string remark(std::string_view done) const;
  // By the variables that torchrun sets: RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT. With MASTER_ADDR also those of
  // Slurm (SLURM_PROCID, SLURM_NTASKS) and Open MPI (OMPI_COMM_WORLD_RANK, OMPI_COMM_WORLD_SIZE). Alone where there are
  // none. Throws InvalidArgument (request), naming the variable, for half of them or numbers out of range.
  static TrainingWorld from_environment();
};

}  // namespace p5
