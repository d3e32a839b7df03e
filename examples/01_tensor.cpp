// Tensors: typed by element, rank and backend. Memory crosses between host and device by named copies only.

#include <cotangent/backend/cpu.hpp>
#include <cotangent/core/tensor.hpp>
#include <cotangent/ops/matmul.hpp>

#include <iostream>
#include <vector>

int main() {
  cot::cpu device;  // owns its threads and its memory; nothing is global
  using matrix = cot::tensor<float, 2, cot::cpu>;

  const matrix a = matrix::from_host(device, std::vector<float>{1, 2, 3, 4, 5, 6}, {{2, 3}});
  const matrix b = matrix::from_host(device, std::vector<float>{1, 0, 0, 1, 1, 1}, {{3, 2}});
  matrix c(device, {{2, 2}});

  cot::ops::matmul(device, cot::transpose::no, a.view(), cot::transpose::no, b.view(), c.view());
  for (const float x : c.to_host()) std::cout << x << ' ';
  std::cout << '\n';

  // A view is a window: rows, columns and slices copy nothing.
  const auto first_column = c.view().columns(0, 1);
  std::cout << "first column: " << first_column(0, 0) << ", " << first_column(1, 0) << '\n';

  // What does not fit says what was expected and what came.
  try {
    cot::ops::matmul(device, cot::transpose::no, a.view(), cot::transpose::no, a.view(), c.view());
  } catch (const cot::shape_error& e) {
    std::cout << e.what() << '\n';
  }
}
