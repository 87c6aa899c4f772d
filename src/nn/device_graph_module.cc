#include "nn/device_graph_module.h"

#include <cstdlib>
#include <string_view>

// CPU builds of LibTorch bring the first header but not what it includes.
#if __has_include(<ATen/cuda/CUDAGraph.h>) && __has_include(<cuda_runtime_api.h>)
#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#define P5_WITH_CUDA_GRAPHS 1
#endif

namespace p5 {

#ifdef P5_WITH_CUDA_GRAPHS

struct DeviceGraphs::Shared {
  explicit Shared(torch::Device device)
      : stream(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index())),
        pool(at::cuda::graph_pool_handle()) {}
  c10::cuda::CUDAStream stream;
  at::cuda::MempoolId_t pool;
};

struct DeviceGraphs::Scope::Guard {
  explicit Guard(const c10::cuda::CUDAStream& own)
      : stream(own), others(c10::cuda::getCurrentCUDAStream(own.device_index())) {
    at::cuda::CUDAEvent given;
    given.record(others);
    given.block(stream);
    here.emplace(stream);
  }
  ~Guard() {
    here.reset();
    at::cuda::CUDAEvent done;
    done.record(stream);
    done.block(others);
  }
  c10::cuda::CUDAStream stream, others;
  std::optional<c10::cuda::CUDAStreamGuard> here;
};

struct DeviceGraph::Recorded {
  at::cuda::CUDAGraph graph;
};

DeviceGraphs::DeviceGraphs(torch::Device device)
    : device_(device), shared_(device.is_cuda() ? std::make_unique<Shared>(device) : nullptr) {}

bool DeviceGraphs::can_record() const {
  static const char* const wish = std::getenv("P5_CUDA_GRAPHS");
  static const bool wanted = wish == nullptr || std::string_view(wish) != "0";
  return wanted && shared_ != nullptr;
}

DeviceGraphs::Scope::Scope(DeviceGraphs& graphs) {
  if (graphs.shared_ != nullptr) guard_ = std::make_unique<Guard>(graphs.shared_->stream);
}

DeviceGraph::DeviceGraph(DeviceGraphs& graphs, const std::function<void()>& work)
    : recorded_(std::make_unique<Recorded>()) {
  // Other threads, which prepare batches, may use CUDA meanwhile.
  recorded_->graph.capture_begin(graphs.shared_->pool, cudaStreamCaptureModeThreadLocal);
  work();
  recorded_->graph.capture_end();
}

void DeviceGraph::replay() { recorded_->graph.replay(); }

#else

struct DeviceGraphs::Shared {};
struct DeviceGraphs::Scope::Guard {};
struct DeviceGraph::Recorded {};

DeviceGraphs::DeviceGraphs(torch::Device device) : device_(device) {}
bool DeviceGraphs::can_record() const { return false; }
DeviceGraphs::Scope::Scope(DeviceGraphs&) {}
DeviceGraph::DeviceGraph(DeviceGraphs&, const std::function<void()>& work) { work(); }
void DeviceGraph::replay() {}

#endif

DeviceGraphs::~DeviceGraphs() = default;
DeviceGraphs::Scope::~Scope() = default;
DeviceGraph::~DeviceGraph() = default;

}  // namespace p5
