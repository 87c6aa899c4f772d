#include "cli/verbs.h"

#include <map>
#include <utility>

namespace p5::cli {

VerbList all_verbs() {
  VerbList verbs;
  verbs.begin_group("Data");
  verbs.push_back(make_import_verb());
  verbs.push_back(make_simulate_verb());
  verbs.push_back(make_stats_verb());
  verbs.push_back(make_show_verb());
  verbs.push_back(make_explanations_verb());
  verbs.begin_group("Train");
  verbs.push_back(make_train_verb());
  verbs.push_back(make_pretrain_verb());
  verbs.push_back(make_finetune_verb());
  verbs.push_back(make_reinforce_verb());
  verbs.push_back(make_fuse_verb());
  verbs.push_back(make_forget_verb());
  verbs.push_back(make_compress_verb());
  verbs.push_back(make_tune_verb());
  verbs.begin_group("Ask");
  verbs.push_back(make_recommend_verb());
  verbs.push_back(make_similar_verb());
  verbs.push_back(make_predict_verb());
  verbs.push_back(make_explain_verb());
  verbs.push_back(make_summarize_verb());
  verbs.push_back(make_prompt_verb());
  verbs.begin_group("Serve");
  verbs.push_back(make_serve_verb());
  for (auto& verb : make_feedback_verbs()) verbs.push_back(std::move(verb));
  verbs.push_back(make_update_verb());
  verbs.push_back(make_export_verb());
  verbs.begin_group("Measure");
  verbs.push_back(make_evaluate_verb());
  verbs.push_back(make_compare_verb());
  verbs.push_back(make_measure_verb());
  verbs.push_back(make_ope_verb());
  verbs.push_back(make_play_verb());
  verbs.push_back(make_leaderboard_verb());
  verbs.push_back(make_zero_shot_verb());
  verbs.begin_group("Look inside");
  verbs.push_back(make_prompts_list_verb());
  verbs.push_back(make_prompts_show_verb());
  verbs.push_back(make_prompts_check_verb());
  verbs.push_back(make_prompts_try_verb());
  for (auto& verb : make_index_verbs()) verbs.push_back(std::move(verb));
  verbs.push_back(make_options_verb());
  verbs.push_back(make_model_show_verb());
  verbs.push_back(make_model_merge_verb());
  verbs.push_back(make_model_logits_verb());
  for (auto& verb : make_bench_verbs()) verbs.push_back(std::move(verb));
  verbs.begin_group("The program");
  verbs.push_back(make_demo_verb());
  verbs.push_back(make_init_verb());
  verbs.push_back(make_doctor_verb());
  verbs.push_back(make_completion_verb());
  verbs.push_back(make_man_verb());
  verbs.push_back(make_version_verb());
  return verbs;
}

std::string summary_of_family(const std::string& first_word) {
  static const std::map<std::string, std::string> kSummaries = {
      {"prompts", "list, show, check and try the prompts that turn tasks into text"},
      {"index", "give items ids and look at them: build, show, count, extend and compare"},
      {"feedback", "keep what users did: import, export and count the events of a store"},
      {"model", "the weights of a model, without a corpus: show, merge an adapter, compute"},
      {"bench", "measure the speed of training, search and import on this machine"}};
  const auto found = kSummaries.find(first_word);
  return found == kSummaries.end() ? std::string() : found->second;
}

}  // namespace p5::cli
