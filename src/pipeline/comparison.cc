#include "pipeline/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/text_layout.h"
#include "evaluate/task_result.h"
#include "evaluate/text_table.h"
#include "p5/error.h"

namespace p5 {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kNotesWidth = 80;

// Of one column, as its figures are shown.
std::string number(double value, const ComparedColumn& column) {
  return fmt::format("{:.{}f}", value, decimals_of(column.score));
}

// ".1149 ± .0021" with the word for ± of a form.
std::string figure(const ComparedCell& cell, const ComparedColumn& column, std::size_t seeds, const char* plus_minus) {
  std::string text = number(cell.mean, column);
  if (seeds > 1) text += plus_minus + number(cell.deviation, column);
  return text;
}

// The rows with the best mean of each column.
std::vector<double> best_of(const Comparison& table) {
  std::vector<double> best(table.columns.size(), std::nan(""));
  for (const ComparedRow& row : table.rows) {
    for (std::size_t i = 0; i < best.size(); ++i) {
      if (!row.cells[i]) continue;
      const double mean = row.cells[i]->mean;
      const bool better = table.columns[i].lower_is_better ? mean < best[i] : mean > best[i];
      if (std::isnan(best[i]) || better) best[i] = mean;
    }
  }
  return best;
}

bool has_seeds(const Comparison& table) {
  return std::any_of(table.rows.begin(), table.rows.end(), [](const ComparedRow& row) { return row.seeds.size() > 1; });
}

bool has_differences(const Comparison& table) {
  return std::any_of(table.rows.begin(), table.rows.end(), [](const ComparedRow& row) {
    return std::any_of(row.cells.begin(), row.cells.end(), [](const auto& cell) { return cell && cell->difference; });
  });
}

std::string seeds_text(const ComparedRow& row) { return row.seeds.empty() ? "" : std::to_string(row.seeds.size()); }

std::string title(const Comparison& table) {
  return fmt::format("{}, {} split{}, {}, {}", table.corpus, table.split,
                     table.split_kind.empty() ? "" : " (" + table.split_kind + ")",
                     counted(table.users, "user", "users"), counted(table.items, "item", "items"));
}

std::string notes(const Comparison& table) {
  std::string text =
      "Seen items are those of a user's history. \"Allowed\": they may be recommended again. \"Removed\": they are "
      "left out, as p5 recommend does by default.";
  if (has_seeds(table)) text += " ± of a figure: the standard deviation between seeds.";
  if (has_differences(table)) {
    text += fmt::format(
        " Differences are to {}, of the same questions. Their ± is half a 95% interval over users, which does not "
        "include the luck of a seed; ! = significant at 95%.",
        table.rows[table.reference].name);
  }
  return text;
}

// Words and signs of a form that is a grid of cells.
struct Form {
  const char* plus_minus;
  const char* mark;  // of a significant difference
  std::string (*bold)(const std::string& text);
};

std::string difference_text(const PairedDifference& found, const ComparedColumn& column, const Form& form) {
  const int decimals = decimals_of(column.score);
  return fmt::format("{:+.{}f}{}{:.{}f}{}", found.difference, decimals, form.plus_minus, found.margin, decimals,
                     found.is_significant() ? form.mark : "");
}

using Cells = std::vector<std::vector<std::string>>;

using Columns = std::vector<std::size_t>;  // indices

Columns all_columns(const Comparison& table) {
  Columns columns(table.columns.size());
  std::iota(columns.begin(), columns.end(), std::size_t{0});
  return columns;
}

// The columns that a table for people holds together: rankings, ratings, all other tasks.
std::vector<Columns> blocks_of(const Comparison& table) {
  std::vector<Columns> blocks(3);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::string& task = table.columns[i].task;
    const bool ranking = task == "sequential" || task == "direct";
    blocks[ranking ? 0 : task == "rating" ? 1 : 2].push_back(i);
  }
  std::erase_if(blocks, [](const Columns& block) { return block.empty(); });
  return blocks;
}

bool any_cell(const ComparedRow& row, const Columns& columns) {
  return std::any_of(columns.begin(), columns.end(), [&](std::size_t i) { return row.cells[i].has_value(); });
}

Cells figures(const Comparison& table, const Columns& columns, const Form& form) {
  const std::vector<double> best = best_of(table);
  const bool seeds = has_seeds(table);
  Cells lines{{""}};
  if (seeds) lines.front().emplace_back("seeds");
  for (const std::size_t i : columns) lines.front().push_back(table.columns[i].heading);
  for (const ComparedRow& row : table.rows) {
    if (!any_cell(row, columns)) continue;
    std::vector<std::string> line{row.name};
    if (seeds) line.push_back(seeds_text(row));
    for (const std::size_t i : columns) {
      const auto& cell = row.cells[i];
      std::string text = cell ? figure(*cell, table.columns[i], row.seeds.size(), form.plus_minus) : "";
      line.push_back(cell && table.rows.size() > 1 && cell->mean == best[i] ? form.bold(text) : text);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

// One line for each row but the reference, as far as rows and columns have differences; the header alone for none.
Cells differences(const Comparison& table, const Columns& columns, const Form& form) {
  Columns compared;
  const auto has = [&](const ComparedRow& row, std::size_t i) { return row.cells[i] && row.cells[i]->difference; };
  for (const std::size_t i : columns) {
    const bool any = std::any_of(table.rows.begin(), table.rows.end(), [&](const auto& row) { return has(row, i); });
    if (any) compared.push_back(i);
  }
  Cells lines{{""}};
  for (const std::size_t i : compared) lines.front().push_back(table.columns[i].heading);
  for (const ComparedRow& row : table.rows) {
    std::vector<std::string> line{row.name};
    for (const std::size_t i : compared) {
      line.push_back(has(row, i) ? difference_text(*row.cells[i]->difference, table.columns[i], form) : "");
    }
    const bool any = std::any_of(compared.begin(), compared.end(), [&](std::size_t i) { return has(row, i); });
    if (any) lines.push_back(std::move(line));
  }
  return lines;
}

std::string plain(const std::string& text) { return text; }

std::string plain_table(Cells lines) {
  TextTable table(std::move(lines.front()));
  for (std::size_t i = 1; i < lines.size(); ++i) table.add_row(std::move(lines[i]));
  return table.to_text();
}

std::string to_plain(const Comparison& table) {
  const Form form{" ± ", "!", plain};
  std::string text = title(table) + "\n", compared;
  for (const Columns& block : blocks_of(table)) {
    text += "\n" + plain_table(figures(table, block, form));
    Cells lines = differences(table, block, form);
    if (lines.size() > 1) compared += "\n" + plain_table(std::move(lines));
  }
  if (!compared.empty()) {
    text += fmt::format("\nDifferences to {}, ± half a 95% interval; ! = significant at 95%\n",
                        table.rows[table.reference].name) +
            compared.substr(1);
  }
  return text + "\n" + in_lines(notes(table), kNotesWidth) + "\n";
}

std::string markdown_cell(const std::string& text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '|') escaped += '\\';
    escaped += letter;
  }
  return escaped;
}

std::string markdown_table(const Cells& lines) {
  std::string text;
  for (const auto& line : lines) {
    text += "|";
    for (const std::string& cell : line) text += " " + markdown_cell(cell) + " |";
    text += "\n";
    if (&line != &lines.front()) continue;
    text += "| ---";
    for (std::size_t i = 1; i < line.size(); ++i) text += " | ---:";
    text += " |\n";
  }
  return text;
}

std::string to_markdown(const Comparison& table) {
  const Form form{" ± ", "!", [](const std::string& text) { return "**" + text + "**"; }};
  std::string text = title(table) + "\n\n" + markdown_table(figures(table, all_columns(table), form));
  if (has_differences(table)) {
    text += fmt::format("\nDifferences to {}:\n\n", table.rows[table.reference].name) +
            markdown_table(differences(table, all_columns(table), form));
  }
  return text + "\n" + notes(table) + "\n";
}

std::string latex_text(const std::string& text) {
  std::string escaped;
  for (const char letter : text) {
    if (std::string_view("&%$#_{}").find(letter) != std::string_view::npos) escaped += '\\';
    if (letter == '\\') {
      escaped += "\\textbackslash{}";
    } else if (letter == '~' || letter == '^') {
      escaped += fmt::format("\\{}{{}}", letter);
    } else {
      escaped += letter;
    }
  }
  return escaped;
}

// Names are text; the other cells were written for LaTeX.
std::string latex_table(const Cells& lines, const std::string& caption) {
  std::string text =
      fmt::format("% {}\n\\begin{{tabular}}{{l{}}}\n\\toprule\n", caption, std::string(lines.front().size() - 1, 'r'));
  for (const auto& line : lines) {
    const bool header = &line == &lines.front();
    for (std::size_t i = 0; i < line.size(); ++i)
      text += (i == 0 ? "" : " & ") + (i == 0 || header ? latex_text(line[i]) : line[i]);
    text += std::string(" \\\\\n") + (header ? "\\midrule\n" : "");
  }
  return text + "\\bottomrule\n\\end{tabular}\n";
}

std::string to_latex(const Comparison& table) {
  const Form form{" $\\pm$ ", "$^{*}$", [](const std::string& text) { return "\\textbf{" + text + "}"; }};
  std::string text =
      latex_table(figures(table, all_columns(table), form), title(table) + "; needs the package booktabs");
  if (has_differences(table)) {
    text += "\n" + latex_table(differences(table, all_columns(table), form),
                               fmt::format("differences to {}, half 95% intervals over users; * = significant at 95%",
                                           table.rows[table.reference].name));
  }
  return text;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

// Full precision; four columns for each figure.
std::string to_csv(const Comparison& table) {
  std::string text = "row,seeds";
  for (const ComparedColumn& column : table.columns) {
    for (const char* what : {"", " deviation", " difference", " margin"}) text += "," + csv_cell(column.name() + what);
  }
  text += "\n";
  for (const ComparedRow& row : table.rows) {
    text += csv_cell(row.name) + "," + seeds_text(row);
    for (const auto& cell : row.cells) {
      text += cell ? fmt::format(",{},{}", cell->mean, row.seeds.size() > 1 ? fmt::format("{}", cell->deviation) : "")
                   : ",,";
      text += cell && cell->difference ? fmt::format(",{},{}", cell->difference->difference, cell->difference->margin)
                                       : ",,";
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string ComparedColumn::name() const { return task + (part.empty() ? "" : "." + part) + "." + score; }

std::string Comparison::to_text(const std::string& form) const {
  if (form == "text") return to_plain(*this);
  if (form == "markdown") return to_markdown(*this);
  if (form == "latex") return to_latex(*this);
  if (form == "csv") return to_csv(*this);
  throw usage_error("no such form of a table",
                    {.where = "request.form", .expected = "text, markdown, latex or csv", .got = "'" + form + "'"});
}

nlohmann::ordered_json Comparison::to_json() const {
  Json names = Json::array(), lines = Json::array();
  for (const ComparedColumn& column : columns) names.push_back(column.name());
  for (const ComparedRow& row : rows) {
    Json line{{"name", row.name}, {"runs", row.runs}, {"seeds", row.seeds}, {"figures", Json::object()}};
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!row.cells[i]) continue;
      Json& cell = line["figures"][columns[i].name()];
      cell = {{"mean", row.cells[i]->mean}};
      if (row.seeds.size() > 1) cell["deviation"] = row.cells[i]->deviation;
      if (row.cells[i]->difference) {
        cell["difference"] = row.cells[i]->difference->difference;
        cell["margin"] = row.cells[i]->difference->margin;
      }
    }
    lines.push_back(std::move(line));
  }
  return {{"corpus", corpus},
          {"split", split},
          {"split_kind", split_kind},
          {"data_sha256", data_sha256},
          {"users", users},
          {"items", items},
          {"reference", rows.empty() ? "" : rows[reference].name},
          {"columns", std::move(names)},
          {"rows", std::move(lines)}};
}

}  // namespace p5
