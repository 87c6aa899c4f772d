// The Open Inference Protocol, version 2, over the same models: server, model and readiness under /v2, and infer with
// the inputs and outputs of docs/serving.md. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "serve/router.h"
#include "serve/serve_context.h"

namespace p5 {

class InferenceApi {
 public:
  // Borrows the context. `ready` says whether the daemon takes requests.
  InferenceApi(const ServeContext& context, std::function<bool()> ready)
      : context_(&context), ready_(std::move(ready)) {}
  void add_to(Router& router) const;

 private:
  void model(const ApiCall& call) const;
  void infer(ApiCall call) const;
  std::shared_ptr<const ServedModel> named(const ApiCall& call) const;

  const ServeContext* context_;
  std::function<bool()> ready_;
};

}  // namespace p5
