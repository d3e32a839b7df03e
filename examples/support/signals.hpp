#pragma once
// Ctrl-C and the like, as a flag that long work looks at.

#include <atomic>

namespace programs {

/// Set by SIGINT and SIGTERM.
inline std::atomic<bool> stopped{false};

}  // namespace programs
