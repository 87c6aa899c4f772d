// The work of p5 with requests and answers as JSON texts: for bindings of other languages and for servers. Includes no
// third-party header. The functions of pipeline.h and recommender.h do the same with types. Free functions, which may
// be called at the same time as those may.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "p5/corpus_table.h"
#include "p5/recommender.h"
#include "p5/stop_token.h"

namespace p5 {

// Does what the verb of the program does: "import", "simulate", "train", "fuse", "evaluate" and "compare" return what
// `p5 VERB --json` prints, "stats" what a corpus holds, "sources" {"sources": [{"source", "summary"}]}. A request has
// the fields of the structs of pipeline.h by their names ("corpus", "out", "from", "force"), and "settings":
// [["train.lr", "3e-4", origin]]; of a setting without an origin messages say that it comes from the caller. "train",
// "evaluate" and "fuse" also take "config": the path of a TOML file, which counts before the settings. Throws
// InvalidArgument that names an unknown verb or field, and what the work throws.
std::string run_json(std::string_view verb, const std::string& request, const StopToken& stop = {});

// Everything but the columns of a corpus that is made of some: {"out", "settings", "user_keys": "text" | "integer",
// "item_keys", "onto"}.
TableImportRequest table_import_request_of(const std::string& json);

// {"corpus", "device", "threads", "matmul", "settings": ["decode.beams=40"]}
RecommenderOptions recommender_options_of(const std::string& json);

// Asks a run a "recommend", "similar", "predict", "explain", "summarize" or "prompt" question: the bodies and answers
// of the HTTP API (docs/serving.md) without "model". Questions about a user also take "later": items that came after
// the history that the corpus has, oldest first, as keys or, of "predict", also {"item", "stars"}. Throws
// InvalidArgument that names an unknown question or field, and what the Recommender throws.
std::string ask_json(Recommender& recommender, std::string_view question, const std::string& request);

// The request of a list, from the body of "recommend"; user and history may be missing, to be filled in.
RecommendRequest recommend_request_of(const std::string& json);
// One list as `p5 recommend --json` prints it, without run and history.
std::string list_json(const Recommender& recommender, const RecommendRequest& request,
                      std::span<const Recommendation> items);

}  // namespace p5
