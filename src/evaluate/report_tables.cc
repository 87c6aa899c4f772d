#include "evaluate/report_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "base/progress.h"
#include "base/text_layout.h"
#include "evaluate/finding_tables.h"
#include "evaluate/row_differences.h"
#include "evaluate/task_layout.h"
#include "evaluate/text_table.h"
#include "evaluate/verdict.h"

namespace p5 {
namespace {

using Rows = std::vector<EvaluationRow>;

constexpr std::size_t kProseWidth = 80;
constexpr std::string_view kSeenItems =
    "Seen items are those of a user's history. \"Allowed\": they may be recommended again. \"Removed\": they are left "
    "out, as p5 recommend does by default.";

// The feature asked for, what users wrote and what the model wrote, one below the other: the texts may be long.
std::string examples_section(const TaskResult& result) {
  std::string text;
  for (const WrittenText& example : result.examples) {
    text += fmt::format("  {}\n    users: {}\n    model: {}\n",
                        example.feature.empty() ? "without a feature" : example.feature, example.reference,
                        example.written);
  }
  return text.empty() ? text : fmt::format("Examples of prompt {}, drawn by seed\n{}", result.prompt, text);
}

// Scores of one part and of the task as a whole, as a row has them.
std::vector<Score> scores_of(const TaskResults& tasks, const TaskResult& result) {
  std::vector<Score> scores = result.scores;
  const TaskResult* whole = result.part.empty() ? nullptr : find_result(tasks, result.task);
  if (whole != nullptr) scores.insert(scores.end(), whole->scores.begin(), whole->scores.end());
  return scores;
}

std::string heading_of(const Score& score) { return score.heading.empty() ? score.name : score.heading; }

const Score* find(const std::vector<Score>& scores, const std::string& name) {
  const auto found = std::find_if(scores.begin(), scores.end(), [&](const Score& score) { return score.name == name; });
  return found == scores.end() ? nullptr : &*found;
}

// A heading that ends with a blank leaves room for a mark.
std::string cell_of(const Score& column, const std::vector<Score>& scores) {
  const Score* found = find(scores, column.name);
  if (found == nullptr) return "";
  return to_text(*found) + (heading_of(column).back() != ' ' ? "" : found->within_list ? "*" : " ");
}

// All results of one task and part, in the columns that the first of them has.
class Section {
 public:
  Section(const Rows& rows, const TaskResult& first, ReportDetail detail)
      : first_(first), layout_(layout_of(first.task)) {
    for (const EvaluationRow& row : rows) {
      for (const TaskResult& result : row.tasks) {
        if (result.task != first.task || result.part != first.part) continue;
        lines_.push_back({row.label_of(result), &result, scores_of(row.tasks, result)});
      }
    }
    for (const Score& score : lines_.front().scores) {
      if (contains(layout_.not_in_tables, score.name)) continue;
      const bool after = contains(layout_.after_count, score.name);
      if (after && detail != ReportDetail::kAll && is_plain(score.name)) continue;
      (after ? after_ : before_).push_back(score);
    }
    same_count_ =
        std::all_of(lines_.begin(), lines_.end(), [&](const Line& line) { return line.result->n == first_.n; });
  }

  std::string to_text() const {
    TextTable table(header());
    for (const Line& line : lines_) table.add_row(cells(line));
    return "\n" + first_.title + asked() + "\n" + table.to_text() + examples_section(first_);
  }

 private:
  struct Line {
    std::string label;
    const TaskResult* result;
    std::vector<Score> scores;
  };

  // Whether a score about the form of the answers is what one expects of every row: no invalid places, all answered,
  // full lists.
  bool is_plain(const std::string& name) const {
    const double expected = name == "invalid_rate" ? 0
                            : name == "coverage"   ? 1
                                                   : find(lines_.front().scores, name)->value;
    return std::all_of(lines_.begin(), lines_.end(), [&](const Line& line) {
      const Score* score = find(line.scores, name);
      return score == nullptr || score->value == expected;
    });
  }

  // How many questions: in the title, where all rows have the same.
  std::string asked() const {
    if (first_.n < first_.of) {
      return fmt::format(" ({} of {}, drawn by seed)", with_commas(first_.n), with_commas(first_.of));
    }
    const std::string_view what = layout_.count_heading == "n" ? "questions" : layout_.count_heading;
    return same_count_ ? fmt::format(" ({} {})", with_commas(first_.n), what) : "";
  }

  std::vector<std::string> header() const {
    std::vector<std::string> cells{""};
    if (layout_.shows_prompt) cells.emplace_back("prompt");
    for (const Score& column : before_) cells.push_back(heading_of(column));
    if (!same_count_) cells.emplace_back(layout_.count_heading);
    for (const Score& column : after_) cells.push_back(heading_of(column));
    return cells;
  }

  std::vector<std::string> cells(const Line& line) const {
    std::vector<std::string> cells{line.label};
    if (layout_.shows_prompt) cells.push_back(line.result->prompt);
    for (const Score& column : before_) cells.push_back(cell_of(column, line.scores));
    if (!same_count_) cells.push_back(with_commas(line.result->n));
    for (const Score& column : after_) cells.push_back(cell_of(column, line.scores));
    return cells;
  }

  const TaskResult& first_;
  const TaskLayout& layout_;
  std::vector<Line> lines_;
  std::vector<Score> before_, after_;  // columns, before and after the number of questions
  bool same_count_ = false;
};

// Sorts the tasks of a report by whether a table about them says something about the run.
class Tables {
 public:
  Tables(const EvaluationReport& report, ReportDetail detail)
      : report_(report), detail_(detail), rows_(all_rows(report)) {}

  // The sections of the tasks that `wanted` selects, each at the first occurrence of its task and part.
  std::string sections(const std::function<bool(const std::string& task)>& wanted) {
    std::string text;
    for (const EvaluationRow& row : rows_) {
      for (const TaskResult& result : row.tasks) {
        const bool whole = result.part.empty() && layout_of(result.task).nested;
        if (whole || !wanted(result.task) || !shown_.insert({result.task, result.part}).second) continue;
        if (detail_ != ReportDetail::kAll && left_out(result)) continue;
        text += Section(rows_, result, detail_).to_text();
      }
    }
    return text;
  }

  const Rows& rows() const { return rows_; }

  // One line each for what was not trained and what was not learnt.
  std::string left_out() const {
    std::string text;
    const auto add = [&text](const char* head, const std::vector<std::string>& names) {
      if (!names.empty()) text += in_lines(fmt::format("{}: {}.", head, fmt::join(names, ", ")), kProseWidth) + "\n";
    };
    add("Not trained", untrained_);
    add("Not learnt (AUC, .5 is chance)", unlearnt_);
    return text.empty() ? text : "\n" + text + "--full shows the tables of these.\n";
  }

 private:
  bool left_out(const TaskResult& result) {
    const TaskResult* own = find_result(report_.tasks, result.task, result.part);
    if (own != nullptr && is_not_learnt(*own)) {
      unlearnt_.push_back(fmt::format("{} ({:.2f})", words_of(*own), own->value("auc")));
      return true;
    }
    const bool answered = std::any_of(report_.rows.begin(), report_.rows.end(), [&](const EvaluationRow& row) {
      return row.name == kAnsweringRow && find_result(row.tasks, result.task, result.part) != nullptr;
    });
    if (own != nullptr || answered) return false;
    const std::string words = words_of(result);
    if (std::find(untrained_.begin(), untrained_.end(), words) == untrained_.end()) untrained_.push_back(words);
    return true;
  }

  const EvaluationReport& report_;
  ReportDetail detail_;
  Rows rows_;
  std::set<std::pair<std::string, std::string>> shown_;
  std::vector<std::string> untrained_, unlearnt_;
};

bool asks_for_lists(const Rows& rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [](const EvaluationRow& row) { return find_result(row.tasks, "sequential", "drop") != nullptr; });
}

bool any_within_list(const Rows& rows) {
  for (const EvaluationRow& row : rows) {
    for (const TaskResult& result : row.tasks) {
      for (const Score& score : result.scores) {
        if (score.within_list) return true;
      }
    }
  }
  return false;
}

// What was measured, one thing a line.
std::string head(const EvaluationReport& report) {
  const ReportProtocol& protocol = report.protocol;
  const std::string kind = protocol.split_kind.empty() ? "" : " (" + protocol.split_kind + ")";
  std::string text = fmt::format("run      {}\ndata     {}, {} split{}", report.run, report.corpus, report.split, kind);
  if (report.items > 0) text += fmt::format(", {}", counted(report.items, "item", "items"));
  text += fmt::format("\nranking  {} items; equal times: {}; seed {}; beam {}\ntime     {}\n", protocol.candidates,
                      protocol.ties, protocol.seed, protocol.beam, format_duration(report.seconds));
  if (!protocol.trained_data_sha256.empty()) {
    text += "Changed corpus: the run was trained on other events, some of which may be targets here.\n";
  }
  return text;
}

}  // namespace

std::vector<EvaluationRow> all_rows(const EvaluationReport& report) {
  Rows all{{.name = "p5", .tasks = report.tasks}};
  all.insert(all.end(), report.rows.begin(), report.rows.end());
  return all;
}

bool is_not_learnt(const TaskResult& result) {
  const Score* auc = result.find("auc");
  return auc != nullptr && auc->margin && auc->value - *auc->margin <= 0.5;
}

std::string report_tables(const EvaluationReport& report, ReportDetail detail) {
  Tables tables(report, detail);
  std::string ranked;
  for (const TaskLayout& layout : listed_layouts()) {
    ranked += tables.sections([&](const std::string& task) { return task == layout.task; });
    if (layout.nested) ranked += list_table(tables.rows(), report.items) + target_table(tables.rows());
  }
  std::string text = head(report);
  if (asks_for_lists(tables.rows())) text += "\n" + in_lines(kSeenItems, kProseWidth) + "\n";
  text += ranked;
  if (const std::string differences = differences_tables(report.tasks, report.rows); !differences.empty()) {
    text += "\nDifferences of p5 to the other rows, ± half a 95% interval; ! = significant at 95%\n" + differences;
  }
  text += tables.sections([](const std::string& task) { return layout_of(task).task.empty(); });
  if (any_within_list(tables.rows())) {
    text += "\n* ranked by a returned list: a target outside it is a miss, also for MRR.\n";
  }
  if (detail != ReportDetail::kLearnt) text += finding_tables(tables.rows());
  text += tables.left_out();
  const std::vector<std::string> verdict = verdict_of(report);
  if (!verdict.empty()) text += "\n";
  for (const std::string& sentence : verdict) text += in_lines(sentence, kProseWidth, 2) + "\n";
  return text;
}

}  // namespace p5
