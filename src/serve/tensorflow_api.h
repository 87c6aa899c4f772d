// TensorFlow Serving's REST API over the same models, for clients that speak it: predict, classify, regress, status and
// metadata under /v1/models, with its error texts and codes. docs/serving.md has the mapping and the deviations.
// Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "p5/recommender.h"
#include "serve/router.h"
#include "serve/serve_context.h"
#include "serve/tensorflow_request.h"

namespace p5 {

class TensorflowApi {
 public:
  // Borrows the context.
  explicit TensorflowApi(const ServeContext& context) : context_(&context) {}

  // Its paths fit no pattern of a router: "/v1/models/NAME/versions/3:predict", in any case of letters.
  static bool owns(const std::string& path);
  void handle(ApiCall call) const;

 private:
  using Answer = std::function<nlohmann::json(Recommender&)>;
  void predict(ApiCall call, const TensorflowTarget& target) const;
  void classify(ApiCall call, const TensorflowTarget& target) const;
  void regress(ApiCall call, const TensorflowTarget& target) const;
  void status(const ApiCall& call, const TensorflowTarget& target) const;
  void metadata(const ApiCall& call, const TensorflowTarget& target) const;
  std::int64_t version_of(const TensorflowTarget& target) const;
  std::shared_ptr<const ServedModel> servable(const TensorflowTarget& target) const;
  void ask(ApiCall call, std::shared_ptr<const ServedModel> model, Answer answer) const;
  // Answers with what `answer` makes of `lists`, once they hold the list of each request.
  void ask_lists(ApiCall call, const TensorflowTarget& target, std::vector<RecommendRequest> requests,
                 std::shared_ptr<std::vector<std::vector<Recommendation>>> lists,
                 std::function<nlohmann::json()> answer) const;

  const ServeContext* context_;
};

}  // namespace p5
