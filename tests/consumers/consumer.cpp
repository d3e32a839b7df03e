// A program of somebody who uses the library.
#include <cotangent/cotangent.hpp>

#include <cstdio>
#include <vector>

int main() {
  cot::cpu device;
  std::vector<float> numbers(6, 1.0f);
  const cot::view<float, 2> matrix(numbers.data(), {2, 3});
  cot::parallel_for(device, matrix.extent(0), [&](cot::index i) { matrix(i, 0) = static_cast<float>(i); });
  std::printf("%g %g\n", static_cast<double>(matrix(0, 0)), static_cast<double>(matrix(1, 0)));
  return matrix(0, 0) == 0.0f && matrix(1, 0) == 1.0f ? 0 : 1;
}
