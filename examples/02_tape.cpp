// The tape: record a computation once, walk back through it, and read gradients. Here: fit a linear map by gradient
// descent.

#include <cotangent/autograd/parameters.hpp>
#include <cotangent/autograd/tape.hpp>
#include <cotangent/backend/cpu.hpp>
#include <cotangent/nn/linear.hpp>
#include <cotangent/nn/masked_tokens.hpp>
#include <cotangent/optim/adamw.hpp>

#include <cstdint>
#include <iostream>
#include <vector>

int main() {
  cot::cpu device;

  // Four points in the plane and the class of each: which side of a line they are on.
  const std::vector<float> points{1, 2, 2, 1, -1, -2, -2, -1};
  const std::vector<std::int32_t> classes{0, 0, 1, 1};
  const auto x = cot::tensor<float, 2, cot::cpu>::from_host(device, points, {{4, 2}});

  // Parameters and their gradients are two flat buffers; a handle says which part is whose.
  cot::parameters<float, cot::cpu> parameters(device);
  const auto matrix = parameters.add("matrix", cot::shape<2>{{2, 2}}, cot::parameter_kind::decayed);
  const auto bias = parameters.add("bias", cot::shape<1>{{2}}, cot::parameter_kind::undecayed);
  parameters.allocate();
  const cot::nn::linear_weights<float, cot::cpu> weights{{parameters.value(matrix), parameters.gradient(matrix)},
                                                         {parameters.value(bias), parameters.gradient(bias)}};

  cot::optim::adamw adamw(parameters, {.lr = 0.1});
  for (int step = 0; step <= 50; ++step) {
    cot::tape tape(device);  // memory comes from the device's arena and goes back when the tape goes
    const auto input = tape.constant(x.view());
    const auto loss = cot::nn::masked_token_loss<float, cot::cpu>(input, classes, weights);  // mean cross-entropy
    if (step % 10 == 0) std::cout << "step " << step << ": loss " << loss.value()() << '\n';
    tape.backward(loss);
    adamw.step();
  }
}
