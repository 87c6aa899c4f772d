#include "pipeline/joined_processes.h"

#include "base/rng.h"
#include "pipeline/settings.h"

namespace p5 {

void require_same_settings(ProcessGroup& group, RunConfig config) {
  OptionTable table;
  config.bind(table);
  const auto counts = [](const OptionRow& row) { return row.scope != OptionScope::kMachine; };
  group.require_equal("configuration", stable_hash(text_of_rows(table, counts)));
}

}  // namespace p5
