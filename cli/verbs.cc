#include "cli/verbs.h"

namespace p5::cli {

std::unique_ptr<Verb> make_compare_verb();

std::vector<std::unique_ptr<Verb>> all_verbs() {
  std::vector<std::unique_ptr<Verb>> verbs;
  verbs.push_back(make_demo_verb());
  verbs.push_back(make_import_verb());
  verbs.push_back(make_simulate_verb());
  verbs.push_back(make_stats_verb());
  verbs.push_back(make_show_verb());
  verbs.push_back(make_explanations_verb());
  verbs.push_back(make_train_verb());
  verbs.push_back(make_fuse_verb());
  verbs.push_back(make_evaluate_verb());
  verbs.push_back(make_compare_verb());
  verbs.push_back(make_measure_verb());
  verbs.push_back(make_leaderboard_verb());
  verbs.push_back(make_tune_verb());
  verbs.push_back(make_zero_shot_verb());
  verbs.push_back(make_recommend_verb());
  verbs.push_back(make_similar_verb());
  verbs.push_back(make_predict_verb());
  verbs.push_back(make_explain_verb());
  verbs.push_back(make_summarize_verb());
  verbs.push_back(make_prompt_verb());
  verbs.push_back(make_serve_verb());
  for (auto& verb : make_feedback_verbs()) verbs.push_back(std::move(verb));
  verbs.push_back(make_prompts_list_verb());
  verbs.push_back(make_prompts_show_verb());
  verbs.push_back(make_prompts_check_verb());
  verbs.push_back(make_prompts_try_verb());
  verbs.push_back(make_model_logits_verb());
  for (auto& verb : make_bench_verbs()) verbs.push_back(std::move(verb));
  verbs.push_back(make_options_verb());
  verbs.push_back(make_version_verb());
  return verbs;
}

}  // namespace p5::cli
