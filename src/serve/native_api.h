// The API of p5 itself, under /api/v1: what docs/serving.md describes. Its handlers parse, hand the work to the queue,
// and answer. Thread-safe: handlers share the context alone.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "serve/router.h"
#include "serve/serve_context.h"

namespace p5 {

class NativeApi {
 public:
  // Borrows the context.
  explicit NativeApi(const ServeContext& context) : context_(&context) {}
  void add_to(Router& router) const;

 private:
  // Puts one question to a model in the queue; `ask` gives the body of the answer.
  using Ask = std::function<nlohmann::json(Recommender&)>;
  void ask_model(ApiCall call, std::shared_ptr<const ServedModel> model, Ask ask) const;

  void recommend(ApiCall call) const;
  void recommend_batch(ApiCall call) const;
  void similar(ApiCall call) const;
  void predict(ApiCall call) const;
  void explain(ApiCall call) const;
  void summarize(ApiCall call) const;
  void prompt(ApiCall call) const;
  void feedback(ApiCall call) const;
  void user(ApiCall call) const;
  void item(ApiCall call) const;
  void users(ApiCall call) const;
  void items(ApiCall call) const;
  void prompts(ApiCall call) const;

  const ServeContext* context_;
};

}  // namespace p5
