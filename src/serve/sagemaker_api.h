// The contract of Amazon SageMaker's containers: GET /ping and POST /invocations. Thread-safe.
#pragma once

#include <functional>

#include "serve/router.h"

namespace p5 {

// Adds the two paths. An invocation of application/json is answered as POST /api/v1/recommend, or as recommend:batch
// where the body has "requests"; `answer` is what answers these. Other types get 415.
void add_sagemaker_api(Router& router, std::function<bool()> ready, std::function<void(ApiCall)> answer);

}  // namespace p5
