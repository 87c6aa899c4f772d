#include "doctor/machine_checks.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <thread>
#include <utility>

#include "base/memory.h"
#include "base/resource.h"
#include "base/text_layout.h"
#include "base/thread_limit.h"
#include "bench/matrix_peak.h"
#include "bench/torch_facts.h"
#include "doctor/optional_library.h"
#include "doctor/processor.h"
#include "nn/matrix_product.h"
#include "p5/error.h"
#include "p5/version.h"

namespace p5 {
namespace {

namespace fs = std::filesystem;
using Status = CheckStatus;

constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;
constexpr double kReferenceGflops = 6;

std::string in_gib(std::uint64_t bytes) { return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / kGiB); }

MachineCheck check_versions() {
  struct utsname system {};
  ::uname(&system);
  return {
    .name = "p5",
    .found = fmt::format("{}, built by {} {}; {} {} on {}", kVersion,
#if defined(__clang__)
                         "Clang", __clang_version__,
#else
                         "GCC", __VERSION__,
#endif
                         system.sysname, system.release, system.machine),
    .facts = {
      {"version", kVersion},
      {"system", system.sysname},
      {"release", system.release}
    }
  };
}

MachineCheck check_processor() {
  const Processor processor = this_processor();
  MachineCheck check{.name = "processor",
                     .found = fmt::format("{}, {}", processor.name.empty() ? "unknown" : processor.name,
                                          counted(processor.cores, "core")),
                     .facts = {{"model", processor.name}, {"cores", processor.cores}}};
  if (processor.quota > 0) {
    check.found += fmt::format("; the container may use the time of {:g}", processor.quota);
    check.facts["quota"] = processor.quota;
    if (processor.quota + 0.5 < static_cast<double>(processor.cores)) {
      check.status = Status::kWarning;
      check.fix = fmt::format("--threads {}, so that threads do not wait for each other",
                              std::max(1, static_cast<int>(processor.quota)));
    }
  }
  return check;
}

MachineCheck check_matrix_units() {
  const Processor processor = this_processor();
  const bool tiles = matrix_kernel() == MatrixKernel::kTiles;
  MachineCheck check{
      .name = "matrix units",
      .found = processor.units.empty() ? "none that p5 knows" : fmt::format("{}", fmt::join(processor.units, ", ")),
      .facts = {{"units", processor.units}, {"kernel", matrix_kernel_name()}}};
  check.found += tiles ? "; products run on AMX tiles" : "; products run on vectors";
  if (matrix_kernel() == MatrixKernel::kBfloat16) check.found += ", those of --matmul medium on bfloat16 ones";
  const bool has_amx = std::find(processor.units.begin(), processor.units.end(), "AMX bf16") != processor.units.end();
  if (has_amx && !tiles) {
    check.status = Status::kWarning;
    check.fix =
        "AMX is there and not used: unset P5_MATRIX_KERNEL, or use a system (Linux 5.16 or newer) that allows it";
  } else if (processor.units.empty()) {
    check.status = Status::kWarning;
    check.fix = "training is many times faster on a processor with AVX2 or better";
  }
  return check;
}

MachineCheck check_threads() {
  const std::size_t wanted = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t startable = startable_threads(wanted);
  MachineCheck check{.name = "threads",
                     .found = fmt::format("{} of {} can be started", startable, wanted),
                     .facts = {{"startable", startable}, {"wanted", wanted}}};
  if (startable < wanted) {
    check.status = Status::kWarning;
    check.fix = "raise ulimit -u, or the limit of processes of the container";
  }
  return check;
}

std::uint64_t available_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    std::uint64_t kib = 0;
    if (std::sscanf(line.c_str(), "MemAvailable: %lu kB", &kib) == 1) return kib * 1024;
  }
  return memory_limit();
}

MachineCheck check_memory() {
  constexpr double kLittle = 2 * kGiB;
  const std::uint64_t limit = memory_limit(), free = std::min(limit, available_memory());
  MachineCheck check{.name = "memory",
                     .found = fmt::format("{} that p5 may use, {} of it free", in_gib(limit), in_gib(free)),
                     .facts = {{"limit", limit}, {"free", free}}};
  if (static_cast<double>(free) < kLittle) {
    check.status = Status::kWarning;
    check.fix = "training a small model takes about 1 GiB; end other programs, or raise the limit of the container";
  }
  return check;
}

MachineCheck check_disk(const fs::path& folder) {
  constexpr double kLittle = 2 * kGiB;
  std::error_code failure;
  const fs::space_info space = fs::space(folder, failure);
  MachineCheck check{
      .name = "disk", .found = {}, .facts = {{"folder", fs::weakly_canonical(folder, failure).string()}}};
  if (failure || space.available == static_cast<std::uintmax_t>(-1)) {
    check.status = Status::kMend;
    check.found = "cannot be looked at: " + folder.string();
    check.fix = "name a folder that exists by --folder";
    return check;
  }
  const bool writable = ::access(folder.c_str(), W_OK) == 0;
  check.found = fmt::format("{} free in {}{}", in_gib(space.available), check.facts["folder"].get<std::string>(),
                            writable ? "" : ", where you may not write");
  check.facts["free"] = space.available;
  check.facts["writable"] = writable;
  if (!writable || static_cast<double>(space.available) < kLittle) {
    check.status = Status::kWarning;
    check.fix = writable ? "corpora, runs and checkpoints need room" : "work in a folder of your own";
  }
  return check;
}

MachineCheck check_files() {
  MachineCheck check{.name = "files of p5", .facts = {}};
  try {
    for (const char* name : {"prompts", "configs", "data"}) check.found = resource_path(name).parent_path().string();
    check.facts["folder"] = check.found;
    check.found = "prompts, configs and data in " + check.found;
  } catch (const Error& error) {
    check.status = Status::kMend;
    check.found = error.what();
    check.fix = "install p5 whole (cmake --install), or set P5_RESOURCES to the folder that holds prompts/";
  }
  return check;
}

void check_blas(std::vector<MachineCheck>& checks) {
  constexpr std::int64_t kSide = 512, kRounds = 5;
  const std::vector<double> seconds = time_product({.rows = kSide,
                                                    .inner = kSide,
                                                    .columns = kSide,
                                                    .block = kSide,
                                                    .rounds = kRounds,
                                                    .device = {.device = "cpu", .threads = 1}});
  const double best = *std::min_element(seconds.begin(), seconds.end());
  const double gflops = 2.0 * kSide * kSide * kSide / best * 1e-9;
  const std::string kind = blas_class_of(gflops);
  MachineCheck check{
      .name = "BLAS of LibTorch",
      .found = fmt::format("{}: {:.0f} GFLOP/s on one thread (float32, {} x {})", kind, gflops, kSide, kSide),
      .facts = {{"class", kind}, {"gflops", gflops}}};
  if (kind == "reference") {
    check.status = Status::kMend;
    check.fix = "apt-get install libopenblas0-pthread; LibTorch then multiplies 10 to 100 times faster";
  }
  checks.push_back(std::move(check));
}

void check_gpu(const TorchFacts& torch, std::vector<MachineCheck>& checks) {
  MachineCheck check{.name = "GPU", .facts = {{"gpus", nlohmann::ordered_json::array()}}};
  for (const TorchGpu& gpu : torch.gpus) {
    check.found += fmt::format("{}{}{}", check.found.empty() ? "" : "; ", gpu.name,
                               gpu.memory > 0 ? ", " + in_gib(gpu.memory) : "");
    check.facts["gpus"].push_back({{"name", gpu.name}, {"memory", gpu.memory}});
  }
  std::error_code ignored;
  const bool has_driver = fs::exists("/dev/nvidia0", ignored);
  if (torch.gpus.empty()) {
    check.found = has_driver ? "there is one that this LibTorch cannot use" : "none; everything runs on the processor";
    if (has_driver) {
      check.status = Status::kWarning;
      check.fix = torch.built_for_gpu ? "update the driver of the GPU (nvidia-smi says its version)"
                                      : "build p5 against a LibTorch with CUDA: P5_LIBTORCH=FOLDER";
    }
  }
  checks.push_back(std::move(check));
}

void check_torch(std::vector<MachineCheck>& checks) {
  MachineCheck check{.name = "LibTorch", .facts = {}};
  try {
    const TorchFacts torch = torch_facts();
    check.found = torch.version + (torch.built_for_gpu ? ", with CUDA" : ", without CUDA");
    check.facts = {{"version", torch.version}, {"cuda", torch.built_for_gpu}};
    checks.push_back(std::move(check));
    check_blas(checks);
    check_gpu(torch, checks);
  } catch (const Error& error) {
    check.status = Status::kMend;
    check.found = error.what();
    check.fix = "training needs it: apt-get install libtorch1.13, or build p5 against your own by P5_LIBTORCH";
    checks.push_back(std::move(check));
  }
}

MachineCheck check_library(const OptionalLibrary& library) {
  MachineCheck check{.name = library.name,
                     .found = fmt::format("{}, for {}", library.file, library.needed_for),
                     .facts = {{"file", library.file}}};
  const std::string complaint = complaint_about(library);
  if (complaint.empty()) return check;
  check.status = library.required ? Status::kMend : Status::kWarning;
  check.found = fmt::format("does not load; needed for {}: {}", library.needed_for, complaint);
  check.fix = fmt::format("apt-get install {}", library.package);
  return check;
}

// A word in single quotes for a shell.
std::string quoted(const std::string& word) {
  std::string safe = "'";
  for (const char letter : word) safe += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return safe + "'";
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string text;
  std::array<char, 256> part{};
  while (pipe != nullptr && std::fgets(part.data(), static_cast<int>(part.size()), pipe.get()) != nullptr) {
    text += part.data();
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

MachineCheck check_python(const std::string& python) {
  // Not from the working folder: what lies there is not installed.
  constexpr const char* kAsk =
      " -c 'import sys; sys.path = [p for p in sys.path if p]; print(sys.version.split()[0]); import p5; "
      "print(p5.__version__)' 2>/dev/null </dev/null";
  const std::string answer = output_of(quoted(python) + kAsk);
  const auto line_end = answer.find('\n');
  const std::string version = answer.substr(0, line_end);
  const std::string package = line_end == std::string::npos ? "" : answer.substr(line_end + 1);
  MachineCheck check{.name = "Python package", .facts = {{"python", version}, {"package", package}}};
  if (package == kVersion) {
    check.found = fmt::format("p5 {} in Python {}", package, version);
  } else if (!package.empty()) {
    check.status = Status::kWarning;
    check.found = fmt::format("p5 {} in Python {}, next to this program's {}", package, version, kVersion);
    check.fix = "scripts/wheel, and pip install of what it prints";
  } else {
    check.status = Status::kWarning;
    check.found = version.empty() ? "no Python found" : fmt::format("not in Python {}", version);
    check.fix = "only for import p5 in Python: scripts/wheel, and pip install of what it prints (docs/python.md)";
  }
  return check;
}

}  // namespace

std::string blas_class_of(double gflops) { return gflops < kReferenceGflops ? "reference" : "optimised"; }

MachineReport check_machine(const DoctorOptions& options) {
  MachineReport report;
  report.checks = {check_versions(), check_processor(),          check_matrix_units(), check_threads(),
                   check_memory(),   check_disk(options.folder), check_files()};
  check_torch(report.checks);
  for (const OptionalLibrary& library : optional_libraries()) report.checks.push_back(check_library(library));
  report.checks.push_back(check_python(options.python));
  return report;
}

}  // namespace p5
