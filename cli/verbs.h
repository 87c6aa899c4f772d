// Functions that make the verbs; verbs of one kind share a file.
#pragma once

#include <memory>
#include <vector>

#include "cli/verb.h"

namespace p5::cli {

std::unique_ptr<Verb> make_import_verb();
std::unique_ptr<Verb> make_simulate_verb();
std::unique_ptr<Verb> make_play_verb();
std::unique_ptr<Verb> make_stats_verb();
std::unique_ptr<Verb> make_show_verb();
std::unique_ptr<Verb> make_explanations_verb();
std::unique_ptr<Verb> make_prompts_list_verb();
std::unique_ptr<Verb> make_prompts_show_verb();
std::unique_ptr<Verb> make_prompts_check_verb();
std::unique_ptr<Verb> make_train_verb();
std::unique_ptr<Verb> make_pretrain_verb();
std::unique_ptr<Verb> make_finetune_verb();
std::unique_ptr<Verb> make_reinforce_verb();
std::unique_ptr<Verb> make_fuse_verb();
std::unique_ptr<Verb> make_forget_verb();
std::unique_ptr<Verb> make_update_verb();
std::unique_ptr<Verb> make_compress_verb();
std::unique_ptr<Verb> make_export_verb();
std::unique_ptr<Verb> make_evaluate_verb();
std::unique_ptr<Verb> make_ope_verb();
std::unique_ptr<Verb> make_zero_shot_verb();
std::unique_ptr<Verb> make_compare_verb();
std::unique_ptr<Verb> make_measure_verb();
std::unique_ptr<Verb> make_leaderboard_verb();
std::unique_ptr<Verb> make_tune_verb();
std::unique_ptr<Verb> make_recommend_verb();
std::unique_ptr<Verb> make_similar_verb();
std::unique_ptr<Verb> make_predict_verb();
std::unique_ptr<Verb> make_explain_verb();
std::unique_ptr<Verb> make_summarize_verb();
std::unique_ptr<Verb> make_prompt_verb();
std::unique_ptr<Verb> make_prompts_try_verb();
std::unique_ptr<Verb> make_demo_verb();
std::unique_ptr<Verb> make_model_logits_verb();
std::unique_ptr<Verb> make_model_show_verb();
std::unique_ptr<Verb> make_model_merge_verb();
std::vector<std::unique_ptr<Verb>> make_bench_verbs();
std::unique_ptr<Verb> make_options_verb();
std::unique_ptr<Verb> make_serve_verb();
std::vector<std::unique_ptr<Verb>> make_feedback_verbs();
std::vector<std::unique_ptr<Verb>> make_index_verbs();
std::unique_ptr<Verb> make_init_verb();
std::unique_ptr<Verb> make_doctor_verb();
std::unique_ptr<Verb> make_completion_verb();
std::unique_ptr<Verb> make_man_verb();
std::unique_ptr<Verb> make_version_verb();

}  // namespace p5::cli
