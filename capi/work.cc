#include "capi/work.h"

#include <string>

#include "capi/guard.h"
#include "p5/error.h"

namespace p5::capi {

Work::Work(const p5_work* work) : work_(work == nullptr ? p5_work{} : *work) {
  if (work_.listener != nullptr) scope_.emplace(static_cast<WorkListener*>(this));
}

StopToken Work::stop() const { return work_.stop == nullptr ? StopToken() : work_.stop->source.token(); }

void Work::report(const WorkProgress& progress) {
  if (work_.listener != nullptr) on_progress(progress);
  if (stop().stop_requested()) throw system_error("interrupted", {.where = std::string(progress.label)});
}

void Work::on_progress(const WorkProgress& progress) {
  if (work_.listener->progress == nullptr) return;
  const std::string label(progress.label), unit(progress.unit), note(progress.note);
  work_.listener->progress(work_.listener->context, label.c_str(), unit.c_str(), note.c_str(), progress.done,
                           progress.total, progress.seconds, progress.ended ? 1 : 0);
}

void Work::on_message(const WorkMessage& message) {
  if (work_.listener->message == nullptr) return;
  const std::string text(message.text), json(message.json);
  work_.listener->message(work_.listener->context, static_cast<int32_t>(message.level), text.c_str(), json.c_str());
}

}  // namespace p5::capi

extern "C" {

p5_stop* p5_stop_new(void) {
  p5_stop* stop = nullptr;
  p5::capi::guarded([&] { stop = new p5_stop; });
  return stop;
}

void p5_stop_request(p5_stop* stop) {
  if (stop != nullptr) stop->source.request_stop();
}

void p5_stop_free(p5_stop* stop) { delete stop; }

}  // extern "C"
