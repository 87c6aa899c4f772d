// A short busy wait for another thread, before going to sleep. Thread-safe.
#pragma once

namespace p5 {

// Whether `ready()` became true within about ten microseconds, which is what waking a sleeping thread costs.
template <class Ready>
bool spin_until(const Ready& ready) {
  constexpr int kRounds = 400;
  for (int i = 0; i < kRounds; ++i) {
    if (ready()) return true;
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }
  return false;
}

}  // namespace p5
