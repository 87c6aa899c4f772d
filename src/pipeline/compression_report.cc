#include "pipeline/compression_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "base/text_layout.h"
#include "evaluate/text_table.h"

namespace p5 {
namespace {

using Json = nlohmann::ordered_json;

double ratio(double before, double after) { return after > 0 ? before / after : 0; }

double relative(const BootstrapInterval& interval, double before) {
  return before > 0 ? 100 * interval.difference / before : 0;
}

Json figures_json(const CompressedFigures& figures, bool measured) {
  Json object{{"run", figures.run},
              {"parameters", figures.parameters},
              {"weight_bytes", figures.weight_bytes},
              {"bundle_bytes", figures.bundle_bytes}};
  if (!measured) return object;
  object["ms_per_user"] = figures.ms_per_user;
  object["ndcg@10"] = {{"allowed", figures.ndcg_allowed}, {"removed", figures.ndcg_removed}};
  return object;
}

Json interval_json(const BootstrapInterval& interval, double before) {
  return {{"difference", interval.difference},
          {"low", interval.low},
          {"high", interval.high},
          {"percent", relative(interval, before)}};
}

std::string difference_text(const BootstrapInterval& interval, double before) {
  return fmt::format("{:+.4f} [{:+.4f}, {:+.4f}], {:+.1f} %", interval.difference, interval.low, interval.high,
                     relative(interval, before));
}

void add_bytes(const std::string& what, std::uint64_t before, std::uint64_t after, TextTable& table) {
  table.add_row({what, with_commas(before), with_commas(after),
                 fmt::format("{:.2f} times smaller", ratio(static_cast<double>(before), static_cast<double>(after)))});
}

}  // namespace

std::string CompressionReport::to_text() const {
  TextTable table({"", "before", "after", ""});
  add_bytes("weights", static_cast<std::uint64_t>(before.parameters), static_cast<std::uint64_t>(after.parameters),
            table);
  add_bytes("bytes of weights", before.weight_bytes, after.weight_bytes, table);
  add_bytes("bytes of the bundle", before.bundle_bytes, after.bundle_bytes, table);
  if (quality) {
    table.add_row({"ms per user, one thread", fmt::format("{:.2f}", before.ms_per_user),
                   fmt::format("{:.2f}", after.ms_per_user), fmt::format("{:.2f} times as fast", speedup)});
    table.add_row({"NDCG@10, seen allowed", fmt::format("{:.4f}", before.ndcg_allowed),
                   fmt::format("{:.4f}", after.ndcg_allowed), difference_text(quality->allowed, before.ndcg_allowed)});
    table.add_row({"NDCG@10, seen removed", fmt::format("{:.4f}", before.ndcg_removed),
                   fmt::format("{:.4f}", after.ndcg_removed), difference_text(quality->removed, before.ndcg_removed)});
  }
  std::string text = fmt::format("{} to {} by {}\n{}", before.run, after.run, fmt::join(ways, ", "), table.to_text());
  for (const PrunedAttention& attention : pruned) {
    text += fmt::format("{}: heads {} of {} stay; importance {:.3g}\n", attention.name, fmt::join(attention.kept, ", "),
                        attention.importance.size(), fmt::join(attention.importance, ", "));
  }
  if (quality) {
    text += fmt::format(
        "Lists of 10 items by the model alone: processor time, median over {}; quality of {} of the test part, with "
        "95% "
        "intervals of the paired difference.\n",
        counted(timed_users, "user"), counted(quality->users, "user"));
  }
  return text;
}

Json CompressionReport::to_json() const {
  Json object{
      {"ways", ways},
      {"before", figures_json(before, quality.has_value())},
      {"after", figures_json(after, quality.has_value())},
      {"times_smaller", ratio(static_cast<double>(before.weight_bytes), static_cast<double>(after.weight_bytes))}};
  Json heads = Json::array();
  for (const PrunedAttention& attention : pruned) {
    heads.push_back({{"attention", attention.name}, {"importance", attention.importance}, {"kept", attention.kept}});
  }
  if (!pruned.empty()) object["heads"] = heads;
  if (!quality) return object;
  object["times_faster"] = speedup;
  object["timed_users"] = timed_users;
  object["users"] = quality->users;
  object["difference"] = {{"allowed", interval_json(quality->allowed, before.ndcg_allowed)},
                          {"removed", interval_json(quality->removed, before.ndcg_removed)}};
  return object;
}

}  // namespace p5
