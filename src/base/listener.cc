#include "base/listener.h"

#include <utility>

namespace p5 {
namespace {

thread_local WorkListener* g_listener = nullptr;

}  // namespace

WorkListener* current_listener() { return g_listener; }

ListenerScope::ListenerScope(WorkListener* listener) : outer_(std::exchange(g_listener, listener)) {}
ListenerScope::~ListenerScope() { g_listener = outer_; }

}  // namespace p5
