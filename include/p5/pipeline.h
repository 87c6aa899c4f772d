// The work of p5 as functions: import a log, train a run, measure it. The commands of the program call these. Includes
// no third-party header; training loads libp5_torch.so at its first use. Calls may run at the same time as long as no
// two of them write to one folder. All throw Error. A request may carry a token by which its caller can stop the work.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "p5/options.h"
#include "p5/stop_token.h"

namespace p5 {

// The result in two forms.
struct StageReport {
  std::string json;          // one object, for programs
  std::string text;          // for people
  std::string problem = {};  // why a report was not kept on disk, where it was to be; else empty
};

struct ImportRequest {
  std::vector<std::string> inputs;  // files or folders; "-" is standard input, with import.format = "csv"
  std::string out;                  // the corpus folder to write
  Settings settings = {};           // import.*
  StopToken stop = {};
};
// Leaves no partial corpus when it throws or is stopped.
StageReport import_corpus(const ImportRequest& request);

struct SimulateRequest {
  std::string out;         // the corpus folder to write
  bool force = false;      // replace a corpus in `out`
  Settings settings = {};  // simulate.*
  StopToken stop = {};
};
// A corpus of simulated users and items, for trials; equal settings give equal corpora. Leaves no partial corpus.
StageReport simulate_corpus(const SimulateRequest& request);

struct TrainRequest {
  std::string corpus = {};  // needed for a new run; a resumed one goes on with its own
  std::string out;          // the run folder
  bool resume = false;      // continue from the run's checkpoint; with more train.minutes also after its end
  std::string from = {};    // a trained run to go on from with a corpus that has gained events, users or items since
  bool force = false;       // replace a run in `out`
  Settings settings = {};   // of the run; a resumed one may change only budgets and device
  StopToken stop = {};
};
// When it is stopped, it saves its state and reports so; it can be resumed.
StageReport train(const TrainRequest& request);

struct PretrainRequest {
  std::vector<std::string> corpora;          // several are joined into one, in <out>-corpus
  std::string out;                           // the run folder
  std::vector<std::string> objectives = {};  // "next-item=1", "text-span=0.5"; empty: next items and spans
  bool force = false;                        // replace a run in `out`
  Settings settings = {};
  StopToken stop = {};
};
// A run that is trained on logs and texts without labels: a base for finetune(). train() resumes it.
StageReport pretrain(const PretrainRequest& request);

struct FinetuneRequest {
  std::string from;                     // a trained run, or a T5 in Hugging Face's layout with spiece.model
  std::string corpus = {};              // empty: that of the run
  std::string out;                      // the run folder
  std::vector<std::string> tasks = {};  // families to train on ("rating"); empty: those of the run
  bool force = false;                   // replace a run in `out`
  Settings settings = {};               // that differ from the run's; finetune.method is lora where nobody sets it
  StopToken stop = {};
};
// A new run whose weights are those of the base and an adapter, or whole. train() resumes it.
StageReport finetune(const FinetuneRequest& request);

struct ReinforceRequest {
  std::string from;         // a trained run, whose model is the base
  std::string corpus = {};  // empty: that of the run
  std::string out;          // the run folder
  bool force = false;       // replace a run in `out`
  Settings settings = {};   // that differ from the run's: reinforce.*, finetune.*, train.*
  // In place of the model, the run's encoder learns by this objective: "reinforce" (REINFORCE with top-K off-policy
  // correction) or "q-learning". Settings are those of encoder.* and hybrid.*, and train.minutes.
  std::string encoder = {};
  StopToken stop = {};
};
// A new run whose model has learnt from rewards for its own answers (GRPO); the weights of the best validation are
// kept, those of the base among them. train() resumes it.
StageReport reinforce(const ReinforceRequest& request);

struct ForgetRequest {
  std::vector<std::string> users;  // their keys
  std::string run;
  std::string corpus = {};    // empty: where the run's corpus was in training
  std::string feedback = {};  // a store of feedback, as of `p5 serve --feedback`; empty: none
  // "retrain": a new training on the corpus without them; "unlearn": the run's weights forget them through an adapter,
  // without a guarantee; "none": data only.
  std::string method = "retrain";
  Settings settings = {};  // that differ from the run's
  StopToken stop = {};
};
// Removes users from the corpus, the feedback, and all that the run keeps of them, and makes the run anew in its place.
// The report has a membership test of before and after, and is kept as RUN/report.forget.json.
StageReport forget(const ForgetRequest& request);

struct FuseRequest {
  std::string run;
  std::string corpus = {};  // empty: where the run's corpus was in training
  Settings settings = {};   // hybrid.* and device.* that differ from the run's
  StopToken stop = {};
};
// Fits the run's sources of items and the hybrid of them on the validation part, and keeps them in the run, which then
// answers by the hybrid. The report compares the sources and the ways to fuse them.
StageReport fuse(const FuseRequest& request);

struct CompressRequest {
  std::string run = {};
  std::string out = {};    // the folder of the smaller run
  bool distil = false;     // a smaller model that learns from the run's answers: model.*, train.* and distil.*
  bool prune = false;      // without the attention heads that matter least: compress.heads
  bool int8 = false;       // weights as 8-bit integers
  bool force = false;      // replace a run in `out`
  Settings settings = {};  // compress.* and what differs from the run's
  StopToken stop = {};
};
// A smaller run that answers as this one does. The report compares their bytes, their time for a user and NDCG@10 of
// the test part.
StageReport compress(const CompressRequest& request);

struct EvaluateRequest {
  std::string run;
  std::string corpus = {};      // empty: where the run's corpus was in training
  bool changed_corpus = false;  // measure on other events than the run was trained on; the report says so
  bool beyond = false;          // the text also has the tables beyond accuracy, which the JSON always has
  bool full = false;            // the text has all tables, also of tasks that were not trained or not learnt
  std::string out = {};         // file of the report; empty: in the run's folder, one file per split and settings
  // Above 0: instead, the sources of evaluate.rows that are fit quickly, each fit anew before each of this many
  // consecutive windows of time.
  std::int64_t sliding = 0;
  Settings settings = {};  // evaluate.*, decode.* and device.* that differ from the run's, and the baselines'
  StopToken stop = {};
};
// The report, which is also kept: in `out`, else in RUN/report.<split>.json, or in RUN/report.<split>-<digits>.json
// where settings differ from the run's. What each user got is kept next to it, for compare(). A report that cannot be
// kept is returned all the same. Throws and writes nothing when it is stopped.
StageReport evaluate(const EvaluateRequest& request);

struct CompareRequest {
  std::vector<std::string> runs;          // folders of runs, or files that evaluate() kept
  std::string split = "test";             // of run folders: "test" | "valid"
  std::vector<std::string> metrics = {};  // "sequential.drop.ndcg@10", "rating.rmse", ...; empty: the usual ones
  std::string to = {};                    // row that the others are compared with; empty: the first
  bool baselines = false;                 // also the baselines in the report of the first run
  std::string form = "text";              // of StageReport::text: "text" | "markdown" | "latex" | "csv"
};
// Runs that were measured on the same questions, in one table: figures of each, the mean and standard deviation of runs
// that differ by their seed alone, and paired differences to one row with their 95% intervals. Throws InvalidArgument
// for runs on other data or another split.
StageReport compare(const CompareRequest& request);

}  // namespace p5
