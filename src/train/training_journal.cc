#include "train/training_journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/logger.h"

namespace p5 {
namespace {

std::optional<std::int64_t> step_after(const std::optional<std::int64_t>& step) {
  return step ? std::optional(*step + 1) : std::nullopt;
}

}  // namespace

TrainingJournal::TrainingJournal(const Setup& setup)
    : run_(setup.run),
      metric_(setup.metric),
      steps_per_record_(std::clamp<std::int64_t>(setup.planned_steps / 1000, 1, 50)),
      saved_step_(setup.resumed_at.value_or(-1)),
      window_(setup.family_names),
      log_(run_ / "metrics.jsonl", setup.resumed_at.value_or(-1)),
      board_(run_ / "tensorboard", step_after(setup.resumed_at)),
      file_(setup.metrics_file, run_.string()),
      progress_("train", static_cast<std::uint64_t>(setup.planned_steps), "steps",
                static_cast<std::uint64_t>(setup.resumed_at.value_or(0))) {
  state_.planned_steps = setup.planned_steps;
  state_.step = setup.resumed_at.value_or(0);
  if (!setup.description.settings.empty()) board_.begin_session(setup.description.settings);
  for (const auto& [family, example] : setup.description.examples)
    board_.text("examples/" + family, example, state_.step);
  board_.flush();
  file_.update(state_);
}

void TrainingJournal::step(StepNote note) {
  window_.add_rows(note.row_loss, note.row_family);
  window_.add_step(note.loss, note.gradient_norm, note.cost);
  last_ = std::move(note);
  if (window_.steps() >= steps_per_record_) flush();
  state_.step = last_.step;
  state_.epoch = last_.epoch;
  state_.loss = last_.smooth_loss;
  state_.lr = last_.lr;
  state_.gradient_norm = last_.gradient_norm;
  state_.tokens_per_second = last_.tokens_per_second;
  state_.seconds = last_.seconds;
  file_.update(state_);
  progress_.note(fmt::format("loss {:.3f}, {:.0f} tokens/s", last_.smooth_loss, last_.tokens_per_second));
  progress_.advance();
}

void TrainingJournal::flush() {
  if (window_.steps() == 0) return;
  StepRecord record = window_.take();
  record.step = last_.step;
  record.epoch = last_.epoch;
  record.family_weight = last_.family_weight;
  record.lr = last_.lr;
  record.seconds = last_.seconds;
  log_.append(record);
  log_debug(fmt::format("step {}, epoch {:.2f}: loss {:.4f}", record.step, record.epoch, record.loss),
            {{"step", record.step},
             {"epoch", record.epoch},
             {"loss", record.loss},
             {"lr", record.lr},
             {"grad_norm", record.grad_norm},
             {"tokens_per_s", record.tokens_per_second},
             {"seconds", record.seconds}});
  board_.scalar("train/loss", record.loss, record.step);
  for (const auto& [family, loss] : record.family_loss) board_.scalar("train/loss/" + family, loss, record.step);
  board_.scalar("train/lr", record.lr, record.step);
  board_.scalar("train/grad_norm", record.grad_norm, record.step);
  board_.scalar("train/padding", record.padding, record.step);
  board_.scalar("train/waiting", record.waiting, record.step);
  board_.scalar("train/tokens_per_second", record.tokens_per_second, record.step);
  board_.flush();
}

void TrainingJournal::validation(const ValidationRecord& record, double smooth_loss) {
  flush();
  log_.append(record, metric_);
  board_.scalar("validation/" + metric_, record.value, record.step);
  board_.flush();
  state_.metric = metric_;
  state_.validation = record.value;
  if (record.best) state_.best_validation = record.value;
  file_.update(state_, true);
  log_info(fmt::format("step {}, epoch {:.2f}: loss {:.4f}, validation {} {:.4f}{}", record.step, record.epoch,
                       smooth_loss, metric_, record.value, record.best ? ", the best so far" : ""),
           {{"step", record.step},
            {"epoch", record.epoch},
            {"loss", smooth_loss},
            {"metric", std::string_view(metric_)},
            {"value", record.value},
            {"best", record.best}});
}

void TrainingJournal::weights(const std::string& name, const ValueHistogram& histogram, std::int64_t step) {
  board_.histogram("weights/" + name, histogram, step);
}

void TrainingJournal::finish() {
  board_.end_session(true);
  board_.flush();
  progress_.finish();
}

void TrainingJournal::save(const TrainerState& state, const std::function<void(const CheckpointWriter&)>& write_files) {
  flush();
  CheckpointWriter writer(run_);
  write_files(writer);
  writer.commit(state);
  saved_step_ = state.step;
  last_save_ = Clock::now();
}

double TrainingJournal::minutes_since_save() const {
  return std::chrono::duration<double>(Clock::now() - last_save_).count() / 60;
}

}  // namespace p5
