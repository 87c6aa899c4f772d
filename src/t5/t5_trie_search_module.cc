#include "t5/t5_trie_search_module.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "p5/error.h"
#include "t5/fixed_batch.h"

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

// additive_mask() of `steps` tokens of each beam, given that of the tokens that answers begin with.
torch::Tensor own_bias(const torch::Tensor& of_given, std::int64_t steps, std::int64_t beams) {
  if (!of_given.defined()) return {};
  const torch::Tensor bias = with_columns(of_given.narrow(1, 0, std::min(steps, of_given.size(1))), steps, 0);
  return bias.repeat_interleave(beams, 0).unsqueeze(1).unsqueeze(2);
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
  torch::Tensor ahead;   // float32: what the node is judged by besides its total; undefined: nothing
  std::int64_t width = 0;
};

RecordedSearches::Search& RecordedSearches::of(std::uint64_t trie, std::int64_t beams, TrieSearchInputs& inputs) {
  constexpr std::size_t kMost = 64;
  const auto fits = [&](const std::unique_ptr<Search>& search) {
    if (search->trie != trie || search->beams != beams) return false;
    const auto known = search->inputs.all(), asked = inputs.all();
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (known[i]->defined() != asked[i]->defined()) return false;
      if (known[i]->defined() && known[i]->sizes() != asked[i]->sizes()) return false;
    }
    return true;
  };
  const auto found = std::ranges::find_if(searches_, fits);
  if (found != searches_.end()) {
    searches_.splice(searches_.begin(), searches_, found);
  } else {
    std::erase_if(searches_, [&](const auto& search) { return search->trie != trie; });
    if (searches_.size() >= kMost) searches_.pop_back();
    searches_.push_front(
        std::make_unique<Search>(Search{.trie = trie, .beams = beams, .inputs = {}, .answers = {}, .graph = {}}));
    const auto own = searches_.front()->inputs.all(), asked = inputs.all();
    for (std::size_t i = 0; i < own.size(); ++i) {
      if (asked[i]->defined()) *own[i] = torch::empty_like(*asked[i], torch::MemoryFormat::Contiguous);
    }
  }
  Search& search = *searches_.front();
  const auto own = search.inputs.all(), asked = inputs.all();
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (asked[i]->defined()) own[i]->copy_(*asked[i]);
  }
  return search;
}

std::int64_t RecordedSearches::recorded() const {
  return std::ranges::count_if(searches_, [](const auto& search) { return search->graph != nullptr; });
}

T5TrieSearch::T5TrieSearch(T5Module& module, const DeviceTrie& trie, const torch::Tensor& encoder_states,
                           const torch::Tensor& source_bias, RecordedSearches* recorded, const Options& options)
    : module_(module),
      trie_(trie),
      encoder_states_(encoder_states),
      source_bias_(source_bias),
      recorded_(recorded),
      options_(options),
      evidence_(module.evidence_weights()) {}

std::int64_t T5TrieSearch::sources_at_once(std::int64_t beams) const {
  std::int64_t most = 1;
  for (std::size_t i = 0; i < trie_.levels().size(); ++i) {
    const DeviceTrie::Level& level = trie_.levels()[i];
    most = std::max(most, (i == 0 ? 1 : beams) * std::max(level.width, level.tokens.size(0)));
  }
  return std::max<std::int64_t>(1, options_.most_scores / most);
}

std::vector<std::vector<Hypothesis>> T5TrieSearch::run(const std::vector<TrieLimits>& limits, std::int64_t beams) {
  std::vector<std::vector<Hypothesis>> found(limits.size());
  if (trie_.levels().empty()) return found;
  const std::int64_t sources = encoder_states_.size(0), most = sources_at_once(beams);
  for (std::int64_t begin = 0; begin < sources; begin += most) {
    const std::int64_t end = std::min(sources, begin + most);
    TrieSearchInputs inputs = inputs_of(limits, begin, end);
    const torch::Tensor answers = answers_to(inputs, beams);
    const double* scores = answers.data_ptr<double>();
    const double* nodes = scores + answers[0].numel();
    for (std::int64_t i = 0; i < (end - begin) * beams; ++i) {
      if (std::isnan(scores[i])) throw model_error("the model's output is not a number");
      if (std::isinf(scores[i])) continue;
      const auto node = static_cast<ItemTrie::Node>(nodes[i]);
      const auto source = static_cast<std::size_t>(begin + i / beams);
      std::vector<TokenId> tokens = limits[source].given;
      const std::vector<TokenId> path = trie_.path_to(node);
      tokens.insert(tokens.end(), path.begin(), path.end());
      found[source].push_back(
          {.tokens = std::move(tokens), .score = static_cast<float>(scores[i]), .state = node, .finished = true});
    }
  }
  return found;
}

torch::Tensor T5TrieSearch::answers_to(TrieSearchInputs& inputs, std::int64_t beams) {
  // Scores and nodes at once, as doubles, which hold all of them exactly: each transfer waits for the device.
  const auto answers = [&](const TrieSearchInputs& read) {
    const Answers found = search(read, beams);
    return torch::stack({found.scores.to(torch::kDouble), found.nodes.to(torch::kDouble)});
  };
  const bool can_record = recorded_ != nullptr && recorded_->graphs().can_record();
  const bool few = inputs.states.size(0) <= options_.few_sources && (can_record || options_.pad_few);
  if (!few) return answers(inputs).to(torch::kCPU);
  pad(inputs);
  if (!can_record) return answers(inputs).to(torch::kCPU);
  const DeviceGraphs::Scope scope(recorded_->graphs());
  RecordedSearches::Search& search = recorded_->of(trie_.serial(), beams, inputs);
  if (search.searches++ == 0) return answers(search.inputs).to(torch::kCPU);
  if (search.graph == nullptr) {
    search.graph = std::make_unique<DeviceGraph>(recorded_->graphs(), [&] { search.answers = answers(search.inputs); });
  }
  search.graph->replay();
  return search.answers.to(torch::kCPU);
}

TrieSearchInputs T5TrieSearch::inputs_of(const std::vector<TrieLimits>& limits, std::int64_t begin,
                                         std::int64_t end) const {
  TrieSearchInputs inputs;
  inputs.states = encoder_states_.narrow(0, begin, end - begin);
  if (source_bias_.defined()) inputs.hidden = source_bias_.narrow(0, begin, end - begin);
  std::vector<std::int64_t> closed, known;
  std::vector<float> bias, ahead;
  const bool looks_ahead = std::ranges::any_of(limits, &TrieLimits::looks_ahead);
  for (std::int64_t source = begin; source < end; ++source) {
    const TrieLimits& own = limits[static_cast<std::size_t>(source)];
    const std::int64_t base = (source - begin) * trie_.nodes();
    for (const ItemTrie::Node node : own.closed) closed.push_back(base + node);
    if (evidence_.gate.empty() && !looks_ahead) continue;
    std::vector<std::size_t> order(own.known.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return own.known[i].first; });
    for (const std::size_t i : order) {
      known.push_back(base + own.known[i].first);
      bias.push_back(evidence_.gate.empty() ? 0.0f : evidence_.bias(own.known[i].second));
      if (looks_ahead) ahead.push_back(own.ahead[i]);
    }
  }
  const torch::Device device = encoder_states_.device();
  if (!closed.empty()) inputs.closed = copied(closed, device);
  if (!known.empty()) {
    inputs.known = copied(known, device);
    inputs.bias = torch::tensor(bias).to(device);
  }
  if (looks_ahead) inputs.ahead = torch::tensor(ahead).to(device);
  add_given(limits, begin, end, inputs);
  return inputs;
}

// Shorter beginnings are padded from the left, which a T5 cannot tell: it sees distances only.
void T5TrieSearch::add_given(const std::vector<TrieLimits>& limits, std::int64_t begin, std::int64_t end,
                             TrieSearchInputs& inputs) const {
  const auto given_of = [&](std::int64_t source) -> const std::vector<TokenId>& {
    return limits[static_cast<std::size_t>(source)].given;
  };
  std::size_t longest = 0, shortest = given_of(begin).size();
  for (std::int64_t source = begin; source < end; ++source) {
    longest = std::max(longest, given_of(source).size());
    shortest = std::min(shortest, given_of(source).size());
  }
  if (longest == 0) return;
  const std::size_t width = longest + 1;
  std::vector<std::int64_t> tokens(static_cast<std::size_t>(end - begin) * width, kPadToken);
  std::vector<float> hidden(tokens.size(), 0.0f);
  for (std::int64_t source = begin; source < end; ++source) {
    const std::vector<TokenId>& given = given_of(source);
    const auto row = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(source - begin) * width);
    const auto missing = static_cast<std::ptrdiff_t>(longest - given.size());
    std::copy(given.begin(), given.end(), tokens.begin() + row + missing + 1);
    std::fill_n(hidden.begin() + row, missing, kHiddenScore);
  }
  const torch::Device device = encoder_states_.device();
  inputs.given = copied(tokens, device).view({end - begin, -1});
  if (shortest != longest) inputs.given_bias = torch::tensor(hidden).to(device).view({end - begin, -1});
}

void T5TrieSearch::pad(TrieSearchInputs& inputs) const {
  const std::int64_t sources = inputs.states.size(0), length = inputs.states.size(1);
  const std::int64_t more = rounded_size(sources, 1) - sources, longer = (length + 15) / 16 * 16 - length;
  const auto numbers = inputs.states.options();
  const auto widened = [&](const torch::Tensor& tensor, std::initializer_list<std::int64_t> sides, double value) {
    return at::constant_pad_nd(tensor, sides, value);
  };
  if (!inputs.hidden.defined()) inputs.hidden = torch::zeros({sources, 1, 1, length}, numbers);
  inputs.states = widened(inputs.states, {0, 0, 0, longer, 0, more}, 0);
  inputs.hidden = widened(inputs.hidden, {0, longer, 0, 0, 0, 0, 0, more}, kHiddenScore);
  constexpr std::int64_t kFewest = 64, kNoNode = std::numeric_limits<std::int64_t>::max();
  const auto filled = [&](torch::Tensor& entries, const torch::Tensor& filler) {
    if (!entries.defined()) entries = filler.new_empty({0});
    const std::int64_t size = std::max(kFewest, rounded_size(entries.size(0), 1));
    entries = torch::cat({entries, filler.expand({size - entries.size(0)})});
  };
  filled(inputs.closed, torch::full({1}, kNoNode, numbers.dtype(torch::kLong)));
  filled(inputs.known, torch::full({1}, kNoNode, numbers.dtype(torch::kLong)));
  filled(inputs.bias, torch::zeros({1}, numbers));
  if (inputs.ahead.defined()) filled(inputs.ahead, torch::zeros({1}, numbers));
  if (!inputs.given.defined()) return;
  const std::int64_t width = inputs.given.size(1), before = rounded_size(width, 1) - width;
  if (!inputs.given_bias.defined()) inputs.given_bias = torch::zeros({sources, width}, numbers);
  inputs.given = widened(inputs.given, {before, 0, 0, more}, kPadToken);
  inputs.given_bias = widened(inputs.given_bias, {before, 0, 0, more}, kHiddenScore);
}

T5TrieSearch::Choices T5TrieSearch::choices_of(const TrieSearchInputs& inputs, const Beams& beams,
                                               const torch::Tensor& states, const DeviceTrie::Level& level) const {
  const std::int64_t sources = beams.sums.size(0), width = beams.sums.size(1);
  const auto ids = torch::TensorOptions(torch::kLong).device(states.device());
  const torch::Tensor first = trie_.first().index({beams.nodes}).unsqueeze(-1);
  const torch::Tensor count = trie_.first().index({beams.nodes + 1}).unsqueeze(-1) - first;
  const torch::Tensor slot = torch::arange(level.width, ids);
  torch::Tensor open = slot < count;                                                    // [sources, beams, width]
  const torch::Tensor token = torch::where(open, first + slot, torch::zeros({}, ids));  // of the trie's tokens
  const torch::Tensor node = token + 1;
  torch::Tensor logits = torch::linear(states, module_.output_weight().index_select(0, level.tokens))
                             .to(torch::kFloat)
                             .view({sources, width, -1});
  if (!level.same_everywhere) logits = logits.gather(2, trie_.column().index({token}));
  const torch::Tensor key = node + (torch::arange(sources, ids) * trie_.nodes()).view({-1, 1, 1});
  if (inputs.closed.defined()) open = open.logical_and(find(inputs.closed, key).second.logical_not());
  torch::Tensor ahead = inputs.ahead.defined() ? trie_.expected().index({node}) : torch::Tensor();
  if (inputs.known.defined()) {
    const auto [place, there] = find(inputs.known, key);
    logits = logits + inputs.bias.index({place}) * there;
    if (ahead.defined()) ahead = torch::where(there, inputs.ahead.index({place}), ahead);
  }
  const torch::Tensor never = torch::full({}, kNever, logits.options());
  logits = torch::where(open, logits, never);
  const torch::Tensor totals = beams.sums.unsqueeze(-1) + logits.log_softmax(-1);
  const torch::Tensor reached = open.logical_and(beams.sums.ne(kNever).unsqueeze(-1));
  Choices choices{.totals = torch::where(reached, totals, never).view({sources, -1}),
                  .nodes = node.view({sources, -1}),
                  .ends = {},
                  .ahead = ahead.defined() ? ahead.view({sources, -1}) : ahead,
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
  const torch::Tensor judged = choices.ahead.defined() ? going + choices.ahead : going;
  const torch::Tensor places = std::get<1>(judged.topk(std::min(width, going.size(1)), -1));
  const torch::Tensor totals = going.gather(1, places);
  const torch::Tensor nodes = choices.nodes.gather(1, places);
  const torch::Tensor parents = places.div(choices.width, "floor");
  const torch::Tensor first_row = torch::arange(nodes.size(0), places.options()).mul_(beams.sums.size(1)).unsqueeze(1);
  beams.cache.reorder(with_columns(parents + first_row, width, 0).view(-1));
  beams.sums = with_columns(totals, width, kNever);
  beams.nodes = with_columns(nodes, width, 1);
  beams.tokens = trie_.token().index({beams.nodes - 1}).view(-1);
}

T5TrieSearch::Answers T5TrieSearch::search(const TrieSearchInputs& inputs, std::int64_t width) const {
  const std::int64_t sources = inputs.states.size(0);
  const std::vector<KeyValue> memory = module_.project_memory(inputs.states);
  const auto numbers = torch::TensorOptions(torch::kFloat).device(inputs.states.device());
  const auto ids = numbers.dtype(torch::kLong);
  Beams beams{torch::zeros({sources, 1}, numbers), torch::zeros({sources, 1}, ids),
              torch::full({sources}, static_cast<std::int64_t>(kPadToken), ids), KvCache(memory.size())};
  Answers answers{torch::full({sources, width}, kNever, numbers), torch::zeros({sources, width}, ids)};
  const auto step = [&] {
    const std::int64_t of_source = beams.tokens.size(0) / sources;
    return module_.decode_step(beams.tokens, beams.cache, memory, inputs.hidden,
                               own_bias(inputs.given_bias, module_.tokens_in(beams.cache) + 1, of_source));
  };
  for (std::int64_t i = 0; inputs.given.defined() && i < inputs.given.size(1); ++i) {
    beams.tokens = inputs.given.select(1, i).contiguous();
    if (i + 1 < inputs.given.size(1)) step();
  }
  for (const DeviceTrie::Level& level : trie_.levels()) {
    const Choices choices = choices_of(inputs, beams, step(), level);
    if (level.some_end) finish(choices, answers);
    if (level.all_end) break;
    go_on(choices, width, beams);
  }
  return answers;
}

}  // namespace p5
