#include "records/table_sniffer.h"

#include <algorithm>

#include "records/field_parsing.h"

namespace p5 {
namespace {

constexpr char kSeparators[] = {'\t', ',', ';', '|'};
constexpr std::size_t kFullHead = std::size_t{1} << 16;
constexpr std::size_t kRecords = 200;  // that are looked at
constexpr double kNearlyAll = 0.9;

struct Records {
  std::vector<std::vector<std::string>> rows;
  std::size_t quoted = 0;  // fields in quotes
  bool clean = true;       // no letters after a closing quote
};

// Cuts the text into records by hand, since its end may be anywhere.
class HeadReader {
 public:
  HeadReader(std::string_view head, char separator, QuoteMode quotes)
      : head_(head), separator_(separator), quotes_(quotes), whole_file_(head.size() < kFullHead) {
    if (head_.starts_with("\xef\xbb\xbf")) head_.remove_prefix(3);
    const bool old_mac = head_.find('\n') == std::string_view::npos;
    line_end_ = old_mac ? '\r' : '\n';
  }

  Records read(std::size_t count) {
    while (at_ < head_.size() && records_.rows.size() < count) {
      std::vector<std::string> row;
      if (!read_row(row)) break;  // cut
      const bool blank = row.size() == 1 && trimmed(row[0]).empty();
      if (!blank) records_.rows.push_back(std::move(row));
    }
    return std::move(records_);
  }

 private:
  bool read_row(std::vector<std::string>& row) {
    for (;;) {
      std::string& field = row.emplace_back();
      if (quotes_ != QuoteMode::kNone && at_ < head_.size() && head_[at_] == '"') {
        if (!read_quoted(field)) return false;
      }
      while (at_ < head_.size() && head_[at_] != separator_ && head_[at_] != line_end_) field.push_back(head_[at_++]);
      if (field.ends_with('\r')) field.pop_back();
      if (at_ == head_.size()) return records_.rows.empty() || whole_file_;
      if (head_[at_++] == line_end_) return true;
    }
  }

  bool read_quoted(std::string& field) {
    for (++at_; at_ < head_.size(); ++at_) {
      if (head_[at_] != '"') {
        field.push_back(head_[at_]);
      } else if (at_ + 1 < head_.size() && head_[at_ + 1] == '"') {
        field.push_back(head_[at_++]);
      } else {
        break;
      }
    }
    if (at_ == head_.size()) return false;
    ++at_;
    ++records_.quoted;
    const bool ended = at_ == head_.size() || head_[at_] == separator_ || head_[at_] == line_end_ || head_[at_] == '\r';
    records_.clean = records_.clean && ended;
    return true;
  }

  std::string_view head_;
  char separator_, line_end_ = '\n';
  QuoteMode quotes_;
  std::size_t at_ = 0;
  bool whole_file_;  // a last line without an end counts; what fills the head may be cut
  Records records_;
};

// The share of records with as many fields as the first.
double even_share(const Records& records) {
  if (records.rows.empty()) return 0;
  const auto same = std::count_if(records.rows.begin(), records.rows.end(),
                                  [&](const auto& row) { return row.size() == records.rows.front().size(); });
  return static_cast<double>(same) / static_cast<double>(records.rows.size());
}

QuoteMode quotes_with(std::string_view head, char separator, const TableWishes& wishes) {
  if (wishes.quotes) return *wishes.quotes;
  if (separator != '\t') return QuoteMode::kRfc4180;
  const Records quoted = HeadReader(head, separator, QuoteMode::kRfc4180).read(kRecords);
  if (quoted.quoted == 0 || !quoted.clean) return QuoteMode::kNone;
  const Records plain = HeadReader(head, separator, QuoteMode::kNone).read(kRecords);
  return even_share(quoted) >= even_share(plain) ? QuoteMode::kRfc4180 : QuoteMode::kNone;
}

char separator_of_head(std::string_view head, const TableWishes& wishes) {
  char best = 0;
  double best_share = 0;
  std::size_t best_fields = 1;
  for (const char separator : kSeparators) {
    const Records records = HeadReader(head, separator, quotes_with(head, separator, wishes)).read(kRecords);
    if (records.rows.empty() || records.rows.front().size() < 2) continue;
    const double share = even_share(records);
    const std::size_t fields = records.rows.front().size();
    const bool both_even = share >= kNearlyAll && best_share >= kNearlyAll;
    if (best == 0 || (both_even ? fields > best_fields : share > best_share)) {
      best = separator;
      best_share = share;
      best_fields = fields;
    }
  }
  if (best != 0) return best;
  const Records blanks = HeadReader(head, ' ', QuoteMode::kNone).read(kRecords);
  const bool table = blanks.rows.size() >= 2 && blanks.rows.front().size() >= 3 && even_share(blanks) == 1;
  return table ? ' ' : wishes.usual;
}

}  // namespace

DelimitedOptions look_at_table(std::string_view head, const TableWishes& wishes) {
  DelimitedOptions options;
  options.separator = wishes.separator ? *wishes.separator : separator_of_head(head, wishes);
  options.quotes = quotes_with(head, options.separator, wishes);
  options.encoding = wishes.encoding ? *wishes.encoding : likely_encoding(head);
  return options;
}

std::vector<std::vector<std::string>> first_records(std::string_view head, const DelimitedOptions& options,
                                                    std::size_t count) {
  return HeadReader(head, options.separator, options.quotes).read(count).rows;
}

bool looks_like_table(std::string_view head) {
  if (head.find('\0') != std::string_view::npos) return false;
  const DelimitedOptions options = look_at_table(head, {});
  const Records records = HeadReader(head, options.separator, options.quotes).read(kRecords);
  return records.rows.size() >= 2 && records.rows.front().size() >= 2 && even_share(records) >= kNearlyAll;
}

}  // namespace p5
