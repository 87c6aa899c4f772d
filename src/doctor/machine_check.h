// One thing that p5 doctor looked at: what it found, whether that is well, and what mends it. A plain value.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace p5 {

enum class CheckStatus {
  kOk,
  kWarning,  // p5 works, with less than it could: slower, or without something optional
  kMend,     // something that p5 needs does not work
};

struct MachineCheck {
  std::string name;  // "matrix units"
  CheckStatus status = CheckStatus::kOk;
  std::string found;                                                // for people
  std::string fix = {};                                             // what to do; empty where nothing is to be done
  nlohmann::ordered_json facts = nlohmann::ordered_json::object();  // for programs: "cores": 8
};

struct MachineReport {
  std::vector<MachineCheck> checks;

  bool is_well() const;  // no check says kMend
  std::string to_text(std::size_t width) const;
  std::string to_json() const;
};

}  // namespace p5
