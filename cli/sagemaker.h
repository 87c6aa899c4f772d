// What Amazon SageMaker expects of a container of one's own, which it starts with the one word "train" or "serve": data
// and settings below /opt/ml, the model and what went wrong there as well (docs/serving.md). Not thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace p5::cli {

class SageMakerJob {
 public:
  // None unless the words are such a one and its folder is there: /opt/ml, or the environment's SAGEMAKER_BASE_DIR.
  static std::optional<SageMakerJob> asked_for(std::span<const std::string> words);

  // The exit code. Throws what training and serving throw; then explain_failure() tells SageMaker.
  int run() const;
  // Where SageMaker looks for the reason of a failure.
  void explain_failure(const std::string& reason) const;

 private:
  SageMakerJob(std::string word, std::filesystem::path base) : word_(std::move(word)), base_(std::move(base)) {}
  int train() const;
  int serve() const;

  std::string word_;
  std::filesystem::path base_;
};

}  // namespace p5::cli
