// The life cycle of models over HTTP: list, load, promote, roll back, split, unload, and what their runs say of
// training and quality, under /api/v1/models. Thread-safe.
#pragma once

#include <nlohmann/json.hpp>

#include "serve/background_worker.h"
#include "serve/router.h"
#include "serve/serve_context.h"

namespace p5 {

class ModelApi {
 public:
  // Borrows both.
  ModelApi(const ServeContext& context, BackgroundWorker& background) : context_(&context), background_(&background) {}
  void add_to(Router& router) const;

 private:
  void list(const ApiCall& call) const;
  void load(ApiCall call) const;
  void report(const ApiCall& call) const;
  void training(const ApiCall& call) const;
  void change(const ApiCall& call, const char* what) const;

  const ServeContext* context_;
  BackgroundWorker* background_;
};

// The versions of all models as the list shows them.
nlohmann::json models_json(const ModelRegistry& registry);

}  // namespace p5
