#include "bench/bench_options.h"

#include <string>
#include <utility>

namespace p5 {
namespace {

// A row of section `section`; its flag is its name with dashes.
struct Section {
  Section(OptionTable& options, std::string section)
      : table(options, OptionScope::kReport), machine(options, OptionScope::kMachine), name(std::move(section)) {}

  OptionBinder table, machine;
  std::string name;

  void count(const std::string& field, std::int64_t* value, std::string help, double maximum) const {
    std::string flag = field;
    for (char& letter : flag) letter = letter == '_' ? '-' : letter;
    table.add(name + "." + field, value, {.help = std::move(help), .flag = flag, .minimum = 1, .maximum = maximum});
  }
};

constexpr const char* kThreadsHelp = "CPU threads; 0: all";

}  // namespace

void ModelBenchOptions::bind(OptionTable& table) {
  const Section bench(table, "bench");
  bench.count("layers", &layers, "blocks of the encoder; the decoder has the same number", 256);
  bench.count("d_model", &d_model, "width of the states", 65536);
  bench.count("d_ff", &d_ff, "width of the feed-forward layer", 262144);
  bench.count("heads", &heads, "attention heads per layer", 1024);
  bench.count("d_kv", &d_kv, "width of a head", 4096);
  bench.count("vocab", &vocab, "tokens", 4e6);
  bench.count("batch", &batch, "train: rows per batch", 65536);
  bench.count("source", &source, "tokens per source", 16384);
  bench.count("target", &target, "train: tokens per target", 16384);
  bench.count("items", &items, "beam: items; each is four codes of 256 tokens", 1e7);
  bench.count("beams", &beams, "beam: width of the search", 4096);
  bench.count("top", &top, "beam: items returned, at most the beams", 4096);
  bench.count("users_per_batch", &users_per_batch, "beam: users per search", 65536);
  bench.count("steps", &steps, "steps measured, after three warm-up steps", 1e6);
  bench.table.add("bench.dropout", &dropout,
                  {.help = "train: dropout rate", .flag = "dropout", .minimum = 0, .maximum = 0.9});
  bench.table.add("bench.int8", &int8,
                  {.help = "beam: weights in 8-bit integers, as p5 compress makes them", .flag = "int8"});
  bench.machine.add("bench.device", &device.device, {.help = "auto, cpu, cuda or cuda:<n>", .flag = "device"});
  bench.machine.add("bench.threads", &device.threads,
                    {.help = kThreadsHelp, .flag = "threads", .minimum = 0, .maximum = 1024});
  bench.table.add_choice("bench.precision", &precision, TrainOptions::precision_names(),
                         {.help = "train, on a GPU: float32, or bfloat16 as in train.precision", .flag = "precision"});
  bench.machine.add("bench.matmul", &device.matmul,
                    {.help = kMatmulHelp, .flag = "matmul", .choices = {kMatmulWords.begin(), kMatmulWords.end()}});
}

T5Spec ModelBenchOptions::spec() const {
  T5Spec spec;
  spec.vocab_size = vocab;
  spec.d_model = d_model;
  spec.d_kv = d_kv;
  spec.d_ff = d_ff;
  spec.num_layers = layers;
  spec.num_decoder_layers = layers;
  spec.num_heads = heads;
  spec.dropout_rate = dropout;
  spec.whole_word_rows = 0;
  return spec;
}

void RankBenchOptions::bind(OptionTable& table) {
  const Section bench(table, "bench_rank");
  bench.count("users", &users, "users to rank for", 1e8);
  bench.count("items", &items, "items to rank", 1e8);
  bench.count("width", &width, "numbers per vector", 65536);
  bench.count("top", &top, "items returned per user", 10000);
  bench.count("seen", &seen, "seen items per user", 10000);
  bench.count("rounds", &rounds, "rounds; the median is reported", 1000);
  bench.machine.add("bench_rank.threads", &threads,
                    {.help = kThreadsHelp, .flag = "threads", .minimum = 0, .maximum = 1024});
}

void SoftmaxBenchOptions::bind(OptionTable& table) {
  const Section bench(table, "bench_softmax");
  bench.count("rows", &rows, "positions", 1e7);
  bench.count("vocab", &vocab, "tokens", 1e8);
  bench.count("width", &width, "width of the states", 65536);
  bench.table.add(
      "bench_softmax.known", &known,
      {.help = "tokens per position whose logits evidence changes", .flag = "known", .minimum = 0, .maximum = 1000});
  bench.count("rounds", &rounds, "rounds; the median is reported", 1000);
  bench.machine.add("bench_softmax.threads", &threads,
                    {.help = kThreadsHelp, .flag = "threads", .minimum = 0, .maximum = 1024});
}

void MatmulBenchOptions::bind(OptionTable& table) {
  const Section bench(table, "bench_matmul");
  bench.table.add("bench_matmul.sizes", &sizes, {.help = "rows x depth x columns of products", .flag = "sizes"});
  bench.count("rounds", &rounds, "rounds; the median is reported", 1000);
}

void ImportBenchOptions::bind(OptionTable& table) {
  const Section bench(table, "bench_import");
  bench.count("megabytes", &megabytes, "JSON lines to read, in 2^20 bytes", 4096);
  bench.count("rows", &rows, "ratings to read", 1e8);
  bench.count("rounds", &rounds, "rounds; the median is reported", 1000);
}

}  // namespace p5
