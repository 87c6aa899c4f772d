// Gloo's headers come with a package of their own; without them p5 trains in one process.
#if __has_include(<gloo/algorithm.h>)
#ifndef USE_C10D_GLOO
#define USE_C10D_GLOO
#endif
#define P5_HAS_GLOO
#endif

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <string>
#include <string_view>
#ifdef P5_HAS_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif
#include <utility>
#include <vector>

#include "p5/error.h"
#include "train/collective_module.h"

namespace p5 {

#ifdef P5_HAS_GLOO
namespace {

using std::chrono::milliseconds;
constexpr auto kPatience = std::chrono::hours(1);

// What c10d and Gloo throw are exceptions of several kinds; the first line says what happened.
template <typename Work>
auto reaching_others(const TrainingWorld& world, const Work& work) {
  try {
    return work();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& failure) {
    const std::string text = failure.what();
    throw Error(
        ErrorCode::kUnavailable, ErrorSubject::kSystem, "one of the processes that work together is lost",
        {.where = fmt::format("rank {} of {}, rank 0 at {}:{}", world.rank, world.size, world.address, world.port),
         .expected = "all processes, with the same command; a training that lost one can go on with --resume",
         .got = text.substr(0, text.find('\n'))});
  }
}

c10::intrusive_ptr<c10d::ProcessGroupGloo> make_group(const c10::intrusive_ptr<c10d::Store>& store,
                                                      const TrainingWorld& world, milliseconds timeout) {
  auto options = c10d::ProcessGroupGloo::Options::create(timeout);
  const char* const interface = std::getenv("GLOO_SOCKET_IFNAME");  // as PyTorch reads it
  options->devices.push_back(interface != nullptr ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                                                  : c10d::ProcessGroupGloo::createDefaultDevice());
  options->threads = 1;
  return c10::make_intrusive<c10d::ProcessGroupGloo>(store, static_cast<int>(world.rank), static_cast<int>(world.size),
                                                     options);
}

}  // namespace

struct Collective::Impl {
  TrainingWorld world;
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> quick, patient;  // by how long they wait
  c10::intrusive_ptr<c10d::ProcessGroupGloo> background;      // of what goes on beside them
};

Collective::Collective(const TrainingWorld& world, double seconds) : impl_(std::make_unique<Impl>()) {
  impl_->world = world;
  const milliseconds timeout(static_cast<std::int64_t>(seconds * 1000));
  reaching_others(world, [&] {
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(world.port);
    // Under torchrun its agent may be the server of rank 0 already.
    const char* const agent = std::getenv("TORCHELASTIC_USE_AGENT_STORE");
    options.isServer = world.leads() && (agent == nullptr || std::string_view(agent) != "True");
    options.numWorkers = static_cast<std::size_t>(world.size);
    options.timeout = timeout;
    impl_->store = c10::make_intrusive<c10d::TCPStore>(world.address, options);
    impl_->quick = make_group(c10::make_intrusive<c10d::PrefixStore>("quick", impl_->store), world, timeout);
    impl_->patient = make_group(c10::make_intrusive<c10d::PrefixStore>("patient", impl_->store), world, kPatience);
    impl_->background = make_group(c10::make_intrusive<c10d::PrefixStore>("background", impl_->store), world, timeout);
  });
}

void Collective::sum(torch::Tensor& tensor) {
  reaching_others(impl_->world, [&] {
    const torch::NoGradGuard no_gradient;
    std::vector<at::Tensor> tensors = {tensor};
    impl_->quick->allreduce(tensors)->wait();
  });
}

std::function<void()> Collective::begin_sum(const torch::Tensor& tensor) {
  return reaching_others(impl_->world, [&]() -> std::function<void()> {
    std::vector<at::Tensor> tensors = {tensor};
    auto work = impl_->background->allreduce(tensors);
    return [work, world = impl_->world] { reaching_others(world, [&] { work->wait(); }); };
  });
}

torch::Tensor Collective::exchange(const torch::Tensor& rows, const std::vector<std::int64_t>& counts,
                                   const std::vector<std::int64_t>& got) {
  return reaching_others(impl_->world, [&] {
    const torch::NoGradGuard no_gradient;
    std::vector<std::int64_t> shape = rows.sizes().vec(), out = got, in = counts;
    shape.front() = std::accumulate(got.begin(), got.end(), std::int64_t{0});
    at::Tensor received = torch::empty(shape, rows.options().requires_grad(false)), sent = rows.detach().contiguous();
    impl_->quick->alltoall_base(received, sent, out, in)->wait();
    return received;
  });
}

std::vector<std::int64_t> Collective::exchange_counts(const std::vector<std::int64_t>& counts) {
  const std::vector<std::int64_t> one(counts.size(), 1);
  const torch::Tensor got = exchange(torch::tensor(counts), one, one);
  return {got.data_ptr<std::int64_t>(), got.data_ptr<std::int64_t>() + got.numel()};
}

void Collective::from_first(torch::Tensor& tensor) {
  reaching_others(impl_->world, [&] {
    const torch::NoGradGuard no_gradient;
    std::vector<at::Tensor> tensors = {tensor};
    impl_->quick->broadcast(tensors)->wait();
  });
}

void Collective::meet() {
  reaching_others(impl_->world, [&] {
    torch::Tensor nothing = torch::zeros({1});
    std::vector<at::Tensor> tensors = {nothing};
    impl_->patient->allreduce(tensors)->wait();
  });
}

std::vector<std::string> Collective::gather(const std::string& own) {
  const TrainingWorld& world = impl_->world;
  torch::Tensor sizes = torch::zeros({world.size}, torch::kLong);
  sizes[world.rank] = static_cast<std::int64_t>(own.size());
  std::vector<std::vector<at::Tensor>> all(1);
  reaching_others(world, [&] {
    std::vector<at::Tensor> tensors = {sizes};
    impl_->patient->allreduce(tensors)->wait();
    const std::int64_t longest = std::max<std::int64_t>(1, sizes.max().item<std::int64_t>());
    torch::Tensor mine = torch::zeros({longest}, torch::kUInt8);
    std::memcpy(mine.data_ptr(), own.data(), own.size());
    for (std::int64_t rank = 0; rank < world.size; ++rank) all.front().push_back(torch::zeros_like(mine));
    std::vector<at::Tensor> inputs = {mine};
    impl_->patient->allgather(all, inputs)->wait();
  });
  std::vector<std::string> texts;
  for (const at::Tensor& text : all.front()) {
    const auto size = static_cast<std::size_t>(sizes[static_cast<std::int64_t>(texts.size())].item<std::int64_t>());
    texts.emplace_back(static_cast<const char*>(text.data_ptr()), size);
  }
  return texts;
}

#else

struct Collective::Impl {
  TrainingWorld world;
};

Collective::Collective(const TrainingWorld&, double) {
  throw Error(ErrorCode::kUnsupported, ErrorSubject::kSystem,
              "this p5 was built without Gloo and trains in one process",
              {.where = "WORLD_SIZE", .expected = "a build with libgloo-dev, or one process", .got = "several"});
}
void Collective::sum(torch::Tensor&) {}
std::function<void()> Collective::begin_sum(const torch::Tensor&) { return {}; }
torch::Tensor Collective::exchange(const torch::Tensor& rows, const std::vector<std::int64_t>&,
                                   const std::vector<std::int64_t>&) {
  return rows;
}
std::vector<std::int64_t> Collective::exchange_counts(const std::vector<std::int64_t>& counts) { return counts; }
void Collective::from_first(torch::Tensor&) {}
void Collective::meet() {}
std::vector<std::string> Collective::gather(const std::string& own) { return {own}; }

#endif

Collective::~Collective() = default;

const TrainingWorld& Collective::world() const { return impl_->world; }

void Collective::require_equal(std::string_view what, std::uint64_t number) {
  torch::Tensor all = torch::zeros({impl_->world.size}, torch::kLong);
  all[impl_->world.rank] = static_cast<std::int64_t>(number);
  sum(all);
  const auto* numbers = all.data_ptr<std::int64_t>();
  for (std::int64_t rank = 0; rank < impl_->world.size; ++rank) {
    if (numbers[rank] == numbers[0]) continue;
    throw usage_error(fmt::format("the processes that work together differ in their {}", what),
                      {.where = fmt::format("ranks 0 and {}", rank),
                       .expected = fmt::format("{:016x}", static_cast<std::uint64_t>(numbers[0])),
                       .got = fmt::format("{:016x}", static_cast<std::uint64_t>(numbers[rank]))});
  }
}

extern "C" void p5_torch_join(const TrainingWorld& world, double seconds, std::unique_ptr<ProcessGroup>& group) {
  group = std::make_unique<Collective>(world, seconds);
}

}  // namespace p5
