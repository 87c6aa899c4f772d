// What the processes of one training say to each other, over LibTorch's c10d: Gloo between CPUs. Throws Unavailable
// (system) where another process is lost or does not answer in time. Not thread-safe.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "train/process_group.h"

namespace p5 {

class Collective final : public ProcessGroup {
 public:
  // Waits until all processes of the world are there. `seconds`: how long the others may take to answer.
  Collective(const TrainingWorld& world, double seconds);
  ~Collective() override;
  Collective(const Collective&) = delete;
  Collective& operator=(const Collective&) = delete;

  const TrainingWorld& world() const override;
  std::vector<std::string> gather(const std::string& own) override;
  // `tensor`, contiguous, becomes the sum over all processes: the same bits in each.
  void sum(torch::Tensor& tensor);
  // The same while this process goes on: the tensor is the sum once the returned function has been called. Begun in the
  // same order by all processes, beside whatever else they say to each other.
  std::function<void()> begin_sum(const torch::Tensor& tensor);
  // All to all: of `rows` [sum of counts, ...] the first counts[0] go to rank 0, the next to rank 1, and so on. Returns
  // what comes from all, in the order of ranks: got[r] rows from rank r.
  torch::Tensor exchange(const torch::Tensor& rows, const std::vector<std::int64_t>& counts,
                         const std::vector<std::int64_t>& got);
  // counts[r] is for rank r; returns what all ranks have for this one.
  std::vector<std::int64_t> exchange_counts(const std::vector<std::int64_t>& counts);
  // `tensor` becomes that of rank 0.
  void from_first(torch::Tensor& tensor);
  // After work whose time differs between processes: waits for all, an hour at most.
  void meet();
  void require_equal(std::string_view what, std::uint64_t number) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace p5
