#include "t5/t5_trie_search_module.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "p5/error.h"

namespace p5 {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

torch::Tensor copied(const std::vector<std::int64_t>& values, torch::Device device) {
  return torch::tensor(values, torch::kLong).to(device);
}

// Where each key is among the ascending `keys`, and whether it is there.
std::pair<torch::Tensor, torch::Tensor> find(const torch::Tensor& keys, const torch::Tensor& wanted) {
  const torch::Tensor places = torch::searchsorted(keys, wanted).clamp_max_(keys.size(0) - 1);
  return {places, keys.index({places}).eq(wanted)};
}

torch::Tensor with_columns(const torch::Tensor& matrix, std::int64_t columns, double value) {
  const std::int64_t missing = columns - matrix.size(1);
  return missing == 0 ? matrix : at::constant_pad_nd(matrix, {0, missing}, value);
}

}  // namespace

struct T5TrieSearch::Beams {
  torch::Tensor sums;    // [sources, beams] float32, -infinity for beams that are no more
  torch::Tensor nodes;   // [sources, beams] int64
  torch::Tensor tokens;  // [sources * beams] int64, taken last
  KvCache cache;
};

// [sources, beams * width]; -infinity where a token may not follow.
struct T5TrieSearch::Choices {
  torch::Tensor totals;  // float32
  torch::Tensor nodes;   // int64, that the token enters
  torch::Tensor ends;    // bool: the node is an answer; undefined where none is
  std::int64_t width = 0;
};

T5TrieSearch::T5TrieSearch(T5Module& module, const DeviceTrie& trie, const torch::Tensor& encoder_states,
                           const torch::Tensor& source_bias, std::int64_t most_scores)
    : module_(module),
      trie_(trie),
      encoder_states_(encoder_states),
      source_bias_(source_bias),
      most_scores_(most_scores),
      evidence_(module.evidence_weights()) {}

std::int64_t T5TrieSearch::sources_at_once(std::int64_t beams) const {
  std::int64_t most = 1;
  for (std::size_t i = 0; i < trie_.levels().size(); ++i) {
    const DeviceTrie::Level& level = trie_.levels()[i];
    most = std::max(most, (i == 0 ? 1 : beams) * std::max(level.width, level.tokens.size(0)));
  }
  return std::max<std::int64_t>(1, most_scores_ / most);
}

std::vector<std::vector<Hypothesis>> T5TrieSearch::run(const std::vector<TrieLimits>& limits, std::int64_t beams) {
  std::vector<std::vector<Hypothesis>> found(limits.size());
  if (trie_.levels().empty()) return found;
  const std::int64_t sources = encoder_states_.size(0), most = sources_at_once(beams);
  for (std::int64_t begin = 0; begin < sources; begin += most) {
    const std::int64_t end = std::min(sources, begin + most);
    read_limits(limits, static_cast<std::size_t>(begin), static_cast<std::size_t>(end));
    const Answers answers = search(begin, end, beams);
    // Both at once, as doubles, which hold all of them exactly: each transfer waits for the device.
    const torch::Tensor host =
        torch::stack({answers.scores.to(torch::kDouble), answers.nodes.to(torch::kDouble)}).to(torch::kCPU);
    const std::int64_t count = answers.scores.numel();
    const double* scores = host.data_ptr<double>();
    const double* nodes = scores + count;
    for (std::int64_t i = 0; i < count; ++i) {
      if (std::isnan(scores[i])) throw model_error("the model's output is not a number");
      if (std::isinf(scores[i])) continue;
      const auto node = static_cast<ItemTrie::Node>(nodes[i]);
      found[static_cast<std::size_t>(begin + i / answers.scores.size(1))].push_back(
          {.tokens = trie_.path_to(node), .score = static_cast<float>(scores[i]), .state = node, .finished = true});
    }
  }
  return found;
}

void T5TrieSearch::read_limits(const std::vector<TrieLimits>& limits, std::size_t begin, std::size_t end) {
  std::vector<std::int64_t> closed, known;
  std::vector<float> bias;
  for (std::size_t source = begin; source < end; ++source) {
    const std::int64_t base = static_cast<std::int64_t>(source - begin) * trie_.nodes();
    for (const ItemTrie::Node node : limits[source].closed) closed.push_back(base + node);
    if (evidence_.gate.empty()) continue;
    std::vector<std::pair<ItemTrie::Node, KnownToken>> sorted = limits[source].known;
    std::ranges::sort(sorted, {}, [](const auto& entry) { return entry.first; });
    for (const auto& [node, token] : sorted) {
      known.push_back(base + node);
      bias.push_back(evidence_.bias(token));
    }
  }
  const torch::Device device = encoder_states_.device();
  closed_ = closed.empty() ? Sparse() : Sparse{copied(closed, device), {}};
  known_ = known.empty() ? Sparse() : Sparse{copied(known, device), torch::tensor(bias).to(device)};
}

T5TrieSearch::Choices T5TrieSearch::choices_of(const Beams& beams, const torch::Tensor& states,
                                               const DeviceTrie::Level& level) const {
  const std::int64_t sources = beams.sums.size(0), width = beams.sums.size(1);
  const auto ids = torch::TensorOptions(torch::kLong).device(states.device());
  const torch::Tensor first = trie_.first().index({beams.nodes}).unsqueeze(-1);
  const torch::Tensor count = trie_.first().index({beams.nodes + 1}).unsqueeze(-1) - first;
  const torch::Tensor slot = torch::arange(level.width, ids);
  torch::Tensor open = slot < count;                                          // [sources, beams, width]
  const torch::Tensor token = torch::where(open, first + slot, torch::zeros({}, ids));  // of the trie's tokens
  const torch::Tensor node = token + 1;
  torch::Tensor logits = torch::linear(states, module_.output_weight().index_select(0, level.tokens))
                             .to(torch::kFloat)
                             .view({sources, width, -1});
  if (!level.same_everywhere) logits = logits.gather(2, trie_.column().index({token}));
  const torch::Tensor key = node + (torch::arange(sources, ids) * trie_.nodes()).view({-1, 1, 1});
  if (closed_.keys.defined()) open = open.logical_and(find(closed_.keys, key).second.logical_not());
  if (known_.keys.defined()) {
    const auto [place, there] = find(known_.keys, key);
    logits = logits + known_.values.index({place}) * there;
  }
  const torch::Tensor never = torch::full({}, kNever, logits.options());
  logits = torch::where(open, logits, never);
  const torch::Tensor totals = beams.sums.unsqueeze(-1) + logits.log_softmax(-1);
  const torch::Tensor reached = open.logical_and(beams.sums.ne(kNever).unsqueeze(-1));
  Choices choices{.totals = torch::where(reached, totals, never).view({sources, -1}),
                  .nodes = node.view({sources, -1}),
                  .ends = {},
                  .width = level.width};
  if (level.some_end) choices.ends = trie_.answer().index({choices.nodes}).ne(DeviceTrie::kNoAnswer);
  return choices;
}

void T5TrieSearch::finish(const Choices& choices, Answers& answers) const {
  const torch::Tensor ending = choices.totals.masked_fill(choices.ends.logical_not(), kNever);
  const std::int64_t beams = answers.scores.size(1);
  const auto [totals, places] = ending.topk(std::min(beams, ending.size(1)), -1);
  const torch::Tensor scores = torch::cat({answers.scores, totals}, 1);
  const torch::Tensor nodes = torch::cat({answers.nodes, trie_.answer().index({choices.nodes.gather(1, places)})}, 1);
  const auto [best, kept] = scores.topk(beams, -1);
  answers = {best, nodes.gather(1, kept)};
}

void T5TrieSearch::go_on(const Choices& choices, std::int64_t width, Beams& beams) const {
  const torch::Tensor going =
      choices.ends.defined() ? choices.totals.masked_fill(choices.ends, kNever) : choices.totals;
  const auto [totals, places] = going.topk(std::min(width, going.size(1)), -1);
  const torch::Tensor nodes = choices.nodes.gather(1, places);
  const torch::Tensor parents = places.div(choices.width, "floor");
  const torch::Tensor first_row =
      torch::arange(nodes.size(0), places.options()).mul_(beams.sums.size(1)).unsqueeze(1);
  beams.cache.reorder(with_columns(parents + first_row, width, 0).view(-1));
  beams.sums = with_columns(totals, width, kNever);
  beams.nodes = with_columns(nodes, width, 1);
  beams.tokens = trie_.token().index({beams.nodes - 1}).view(-1);
}

T5TrieSearch::Answers T5TrieSearch::search(std::int64_t begin, std::int64_t end, std::int64_t width) {
  const std::int64_t sources = end - begin;
  const torch::Tensor states = encoder_states_.narrow(0, begin, sources);
  const torch::Tensor hidden = source_bias_.defined() ? source_bias_.narrow(0, begin, sources) : torch::Tensor();
  const std::vector<KeyValue> memory = module_.project_memory(states);
  const auto numbers = torch::TensorOptions(torch::kFloat).device(states.device());
  const auto ids = numbers.dtype(torch::kLong);
  Beams beams{torch::zeros({sources, 1}, numbers), torch::zeros({sources, 1}, ids),
              torch::full({sources}, static_cast<std::int64_t>(kPadToken), ids), KvCache(memory.size())};
  Answers answers{torch::full({sources, width}, kNever, numbers), torch::zeros({sources, width}, ids)};
  for (const DeviceTrie::Level& level : trie_.levels()) {
    const torch::Tensor newest = module_.decode_step(beams.tokens, beams.cache, memory, hidden);
    const Choices choices = choices_of(beams, newest, level);
    if (level.some_end) finish(choices, answers);
    if (level.all_end) break;
    go_on(choices, width, beams);
  }
  return answers;
}

}  // namespace p5
