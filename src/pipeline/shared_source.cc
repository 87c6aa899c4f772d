#include "pipeline/shared_source.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>

#include "p5/error.h"

namespace p5 {
namespace {

using Lists = std::vector<std::vector<Candidate>>;
constexpr std::size_t kBatch = 64;

template <typename Value>
void put(const Value& value, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename Value>
Value take(std::string_view& bytes) {
  if (bytes.size() < sizeof(Value)) {
    throw model_error("the answers of another process end early", {.where = "lists of candidates"});
  }
  Value value;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return value;
}

std::string bytes_of(const Lists& lists) {
  std::string bytes;
  for (const std::vector<Candidate>& list : lists) {
    put(static_cast<std::uint32_t>(list.size()), bytes);
    for (const Candidate& candidate : list) {
      put(candidate.item, bytes);
      put(candidate.score, bytes);
    }
  }
  return bytes;
}

void append_lists(std::string_view bytes, Lists& lists) {
  while (!bytes.empty()) {
    std::vector<Candidate>& list = lists.emplace_back();
    for (auto left = take<std::uint32_t>(bytes); left > 0; --left) {
      const auto item = take<ItemId>(bytes);
      list.push_back({.item = item, .score = take<float>(bytes)});
    }
  }
}

}  // namespace

SharedSource::SharedSource(const CandidateSource& source, ProcessGroup& group, StopToken stop)
    : source_(source), group_(group), stop_(std::move(stop)) {}

Lists SharedSource::retrieve(std::span<const CandidateQuery> queries, std::size_t k) const {
  const auto [begin, end] = part_of(group_.world(), queries.size());
  const bool answers = begin < end && !stop_.stop_requested();
  const Lists own = answers ? source_.retrieve(queries.subspan(begin, end - begin), k) : Lists();
  Lists lists;
  for (const std::string& bytes : gather_unless_stopped(group_, bytes_of(own), stop_, "interrupted")) {
    append_lists(bytes, lists);
  }
  sign(lists);
  return lists;
}

std::size_t SharedSource::queries_at_once() const {
  return std::max(kBatch, source_.queries_at_once()) * static_cast<std::size_t>(group_.world().size);
}

bool SharedSource::score_all(const CandidateQuery& query, std::span<float> scores) const {
  return source_.score_all(query, scores);
}

bool SharedSource::score_all(std::span<const CandidateQuery> queries, std::span<float> scores) const {
  return source_.score_all(queries, scores);
}

}  // namespace p5
