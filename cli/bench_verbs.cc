#include <fmt/format.h>

#include <functional>
#include <utility>

#include "bench/beam_bench.h"
#include "bench/import_bench.h"
#include "bench/matmul_bench.h"
#include "bench/rank_bench.h"
#include "bench/softmax_bench.h"
#include "bench/train_bench.h"
#include "cli/verbs.h"

namespace p5::cli {
namespace {

struct BenchTexts {
  std::string name, summary, examples;
};

// One bench: its options, the function that measures, and how it is called.
template <typename Options>
class BenchVerb final : public Verb {
 public:
  using Measure = std::function<BenchReport(const Options&)>;
  BenchVerb(BenchTexts texts, Measure measure) : texts_(std::move(texts)), measure_(std::move(measure)) {
    options_.bind(table_);
  }
  std::string name() const override { return "bench " + texts_.name; }
  std::string summary() const override { return texts_.summary; }
  std::string examples() const override { return texts_.examples; }
  std::vector<Argument> arguments() override {
    return {{.kind = Argument::Kind::kSwitch, .name = "json", .help = "one JSON object on stdout", .given = &json_}};
  }
  OptionTable* options() override { return &table_; }

  int run() override {
    const BenchReport report = measure_(options_);
    fmt::print("{}\n", json_ ? report_json(report) : report_text(report));
    return 0;
  }

 private:
  BenchTexts texts_;
  Measure measure_;
  Options options_;
  OptionTable table_;
  bool json_ = false;
};

}  // namespace

std::vector<std::unique_ptr<Verb>> make_bench_verbs() {
  std::vector<std::unique_ptr<Verb>> verbs;
  verbs.push_back(std::make_unique<BenchVerb<ModelBenchOptions>>(
      BenchTexts{"train", "time of a training step, and how far it is from the machine's floor",
                 "  p5 bench train\n"
                 "  p5 bench train --threads 2 --json\n"
                 "  p5 bench train --layers 6 --d-model 512 --d-ff 2048 --heads 8 --batch 16 --steps 5\n"},
      bench_train));
  verbs.push_back(std::make_unique<BenchVerb<ModelBenchOptions>>(
      BenchTexts{"beam", "time of a search for items, and how far it is from the machine's floor",
                 "  p5 bench beam\n"
                 "  p5 bench beam --users-per-batch 32 --json\n"
                 "  p5 bench beam --beams 50 --top 20 --items 1000000\n"},
      bench_beam));
  verbs.push_back(std::make_unique<BenchVerb<RankBenchOptions>>(
      BenchTexts{"rank", "time to rank all items for every user, compared with the matrix product alone",
                 "  p5 bench rank\n"
                 "  p5 bench rank --users 100000 --items 1000000 --width 128 --top 100 --threads 2 --json\n"},
      bench_rank));
  verbs.push_back(std::make_unique<BenchVerb<SoftmaxBenchOptions>>(
      BenchTexts{"softmax", "cross entropy over the catalogue, forward and backward, compared with eager libtorch",
                 "  p5 bench softmax\n"
                 "  p5 bench softmax --rows 10000 --vocab 100000 --width 128 --rounds 3 --json\n"},
      bench_softmax));
  verbs.push_back(std::make_unique<BenchVerb<MatmulBenchOptions>>(
      BenchTexts{
          "matmul", "float32 products at the sizes of training, compared with OpenBLAS, on one thread",
          "  p5 bench matmul\n"
          "  p5 bench matmul --sizes 288x128x64,1024x1024x1024 --json\n"
          "  P5_MATRIX_KERNEL=avx2 OPENBLAS_CORETYPE=Haswell p5 bench matmul   # as on a machine with AVX2 only\n"},
      bench_matmul));
  verbs.push_back(std::make_unique<BenchVerb<ImportBenchOptions>>(
      BenchTexts{"import", "speed of reading logs, compared with a newline scan and simdjson alone",
                 "  p5 bench import\n"
                 "  p5 bench import --megabytes 1000 --rows 20000000 --rounds 3 --json\n"},
      bench_import));
  return verbs;
}

}  // namespace p5::cli
