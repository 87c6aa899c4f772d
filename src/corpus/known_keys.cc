#include "corpus/known_keys.h"

namespace p5 {

KnownKeys KnownKeys::of(const Corpus& corpus) {
  KnownKeys keys;
  for (ItemId item = 0; item < corpus.items_with_events(); ++item) keys.items.add(corpus.catalog().key(item));
  for (UserId user = 0; user < corpus.user_count(); ++user) keys.users.add(corpus.user_key(user));
  return keys;
}

}  // namespace p5
