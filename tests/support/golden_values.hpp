#pragma once
// Golden values: lines "FIXTURE <tab> NAME <tab> VALUE", as the scripts in tests/golden write them.

#include <cstddef>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

#include <support/data.hpp>

namespace cot::test {

class golden_values {
 public:
  /// `file` is a name in tests/golden.
  explicit golden_values(const std::string& file) {
    const auto path = golden(file);
    std::ifstream stream(path);
    if (!stream) throw std::runtime_error("no golden file " + path.string());
    for (std::string line; std::getline(stream, line);) {
      const std::size_t last = line.rfind('\t');
      if (line.starts_with('#') || last == std::string::npos) continue;
      values_[line.substr(0, last)] = std::stod(line.substr(last + 1));
    }
  }
  /// Throws where there is none: a missing golden value must not pass.
  [[nodiscard]] double operator()(const std::string& fixture, const std::string& name) const {
    const auto found = values_.find(fixture + '\t' + name);
    if (found == values_.end()) throw std::runtime_error("no golden value " + name + " of " + fixture);
    return found->second;
  }

 private:
  std::map<std::string, double> values_;
};

}  // namespace cot::test
