#pragma once
// Ctrl-C and the like, as a flag that long work looks at.

#include <atomic>
#include <csignal>
#include <cstdlib>

namespace programs {

/// Set by SIGINT and SIGTERM.
inline std::atomic<bool> stopped{false};

/// From here on a signal sets the flag; a second one ends the program at once, with exit status 130.
inline void watch_signals() {
  const auto stop = [](int) {
    if (stopped.exchange(true)) std::_Exit(130);
  };
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
}

}  // namespace programs
