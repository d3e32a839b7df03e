#pragma once
// The options that every program has, and the choice of backend and precision that they make.

#include <stdexcept>
#include <string>

namespace programs {

struct common_options {
  std::string backend = "cpu";
  std::string precision = "fp32";
  int threads = 0;
  unsigned seed = 0;
  bool quiet = false;
};

/// Options that do not go together: exit status 2.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace programs
