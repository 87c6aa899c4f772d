#include "train/training_world.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "p5/error.h"

namespace p5 {
namespace {

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

std::int64_t number_in(const char* name, const std::string& text, std::int64_t low, std::int64_t high) {
  std::int64_t value = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure == std::errc() && stop == text.data() + text.size() && value >= low && value <= high) return value;
  throw usage_error("a variable of distributed training",
                    {.where = name, .expected = fmt::format("a whole number, {} to {}", low, high), .got = text});
}

struct Names {
  const char *rank, *size;
  bool needs_address;  // a batch script of Slurm has the other variables, too, and trains alone
};
constexpr std::array<Names, 3> kNames = {{{"RANK", "WORLD_SIZE", false},
                                          {"SLURM_PROCID", "SLURM_NTASKS", true},
                                          {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", true}}};
constexpr std::int64_t kMost = 1 << 16;

}  // namespace

std::string TrainingWorld::remark(std::string_view done) const {
  return fmt::format("rank {} of {} has {} with the others", rank, size, done);
}

TrainingWorld TrainingWorld::from_environment() {
  TrainingWorld world;
  const auto address = variable("MASTER_ADDR");
  for (const Names& names : kNames) {
    const auto rank = variable(names.rank), size = variable(names.size);
    if (names.needs_address ? !address || !rank || !size : !rank && !size) continue;
    if (!rank || !size) {
      throw usage_error("half of the variables of distributed training",
                        {.where = rank ? names.size : names.rank,
                         .expected = fmt::format("{} and {}", names.rank, names.size),
                         .got = fmt::format("only {}", rank ? names.rank : names.size)});
    }
    world.size = number_in(names.size, *size, 1, kMost);
    world.rank = number_in(names.rank, *rank, 0, world.size - 1);
    break;
  }
  if (world.alone()) return world;
  if (!address) {
    throw usage_error("an address is missing for distributed training",
                      {.where = "MASTER_ADDR", .expected = "the host of rank 0", .got = "nothing"});
  }
  world.address = *address;
  if (const auto port = variable("MASTER_PORT")) world.port = number_in("MASTER_PORT", *port, 1, 65535);
  return world;
}

}  // namespace p5
