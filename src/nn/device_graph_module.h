// Work of a GPU that is recorded once and replayed by one launch (a CUDA graph). Without CUDA nothing can be recorded,
// and the scopes below do nothing. Not thread-safe.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>

namespace p5 {

// The stream and the memory that recorded work shares: graphs are replayed one after the other, so that what one needed
// may serve the next.
class DeviceGraphs {
 public:
  explicit DeviceGraphs(torch::Device device);
  ~DeviceGraphs();
  DeviceGraphs(const DeviceGraphs&) = delete;
  DeviceGraphs& operator=(const DeviceGraphs&) = delete;

  // On a GPU with a LibTorch built for it, unless P5_CUDA_GRAPHS=0 is in the environment.
  bool can_record() const;

  // While it lives, this thread's work goes to the stream, after all work that was given before; later work waits for
  // it. Work to be recorded must have been done once in such a scope, which sets up what LibTorch makes at first use.
  class Scope {
   public:
    explicit Scope(DeviceGraphs& graphs);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    struct Guard;
    std::unique_ptr<Guard> guard_;
  };

 private:
  friend class DeviceGraph;
  struct Shared;
  torch::Device device_;
  std::unique_ptr<Shared> shared_;
};

class DeviceGraph {
 public:
  // Records `work` without doing it. REQUIRES can_record(), and a Scope. Tensors that the work makes and its caller
  // keeps are those that replay() writes; `work` must not wait for the device, and its shapes must not depend on
  // values.
  DeviceGraph(DeviceGraphs& graphs, const std::function<void()>& work);
  ~DeviceGraph();
  DeviceGraph(const DeviceGraph&) = delete;
  DeviceGraph& operator=(const DeviceGraph&) = delete;

  // Does the recorded work, in the present Scope.
  void replay();

 private:
  struct Recorded;
  std::unique_ptr<Recorded> recorded_;
};

}  // namespace p5
