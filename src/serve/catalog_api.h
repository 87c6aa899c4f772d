// What a shop tells of its items and users: rows that are put and taken out, as docs/serving.md describes. Thread-safe:
// handlers share the context alone.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "serve/background_worker.h"
#include "serve/router.h"
#include "serve/serve_context.h"

namespace p5 {

class CatalogApi {
 public:
  // Borrows both. The store is written by the worker: a sync may take long.
  CatalogApi(const ServeContext& context, BackgroundWorker& worker) : context_(&context), worker_(&worker) {}
  void add_to(Router& router) const;

 private:
  using Rows = std::vector<std::pair<std::string, nlohmann::json>>;  // key and facts
  using Work = std::function<nlohmann::json(LiveCatalog&)>;          // gives the body of the answer

  void put_item(ApiCall call) const;
  void put_items(ApiCall call) const;
  void remove_item(ApiCall call) const;
  void put_user(ApiCall call) const;
  void put_users(ApiCall call) const;
  void forget_user(ApiCall call) const;

  void put_all(ApiCall call, const char* list, const char* key, TableChange::Table table) const;
  void write(ApiCall call, Work work) const;

  const ServeContext* context_;
  BackgroundWorker* worker_;
};

}  // namespace p5
