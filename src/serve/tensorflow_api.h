// TensorFlow Serving's REST API over the same models, for clients that speak it: predict, classify, regress, status and
// metadata under /v1/models, with its error texts and codes. docs/serving.md has the mapping and the deviations.
// Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "serve/router.h"
#include "serve/serve_context.h"

namespace p5 {

class TensorflowApi {
 public:
  // Borrows the context.
  explicit TensorflowApi(const ServeContext& context) : context_(&context) {}

  // Its paths fit no pattern of a router: "/v1/models/NAME/versions/3:predict", in any case of letters.
  static bool owns(const std::string& path);
  void handle(ApiCall call) const;

 private:
  struct Target;
  using Answer = std::function<nlohmann::json(Recommender&)>;
  void predict(ApiCall call, const Target& target) const;
  void classify_or_regress(ApiCall call, const Target& target) const;
  void status(const ApiCall& call, const Target& target) const;
  void metadata(const ApiCall& call, const Target& target) const;
  std::shared_ptr<const ServedModel> servable(const Target& target) const;
  void ask(ApiCall call, std::shared_ptr<const ServedModel> model, Answer answer) const;

  const ServeContext* context_;
};

}  // namespace p5
