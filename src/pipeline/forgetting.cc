#include "pipeline/forgetting.h"

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "pipeline/settings.h"

namespace p5 {

void set_forgetting(const OptionTable& overrides, OptionTable& table) {
  static constexpr std::pair<const char*, const char*> kNeeded[] = {
      {"finetune.method", "\"lora\""},
      {"finetune.targets", "[\"all-linear\", \"shared\"]"},
      {"finetune.rank", "16"},
      {"train.max_steps", "100"},
      {"train.accumulate", "2"},
      {"train.lr", "0.01"},
      {"train.schedule", "\"constant\""},
      {"train.warmup", "0"},
      {"train.patience", "0"},
      {"train.average", "0"},
      {"train.minutes", "0"},
      {"train.own_minutes", "0"},
      {"train.validate_every", "0"}};
  set_unless_asked(kNeeded, overrides, "p5 forget", table);
}

ModelBundle without_users(ModelBundle bundle, const Forgetting& forgetting) {
  const Corpus& corpus = *forgetting.before->data.corpus;
  std::set<std::string, std::less<>> gone;
  for (const UserId user : forgetting.users) gone.emplace(corpus.user_key(user));
  KnownKeys keys{.items = bundle.keys->items, .users = {}};
  for (std::size_t user = 0; user < bundle.keys->users.size(); ++user) {
    const std::string_view key = bundle.keys->users[user];
    keys.users.add(gone.contains(key) ? fmt::format("(forgotten {})", user) : std::string(key));
  }
  bundle.keys = std::make_shared<const KnownKeys>(std::move(keys));
  return bundle;
}

}  // namespace p5
