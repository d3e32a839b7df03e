#pragma once
// Everything that training needs, on the host: tensors, autograd, modules, models, losses, optimizers, tokenizers,
// files, and the backends `serial` and `cpu`. Estimators of geometry, with Eigen behind them: cotangent/geometry.hpp.
// In a .cu file, add cotangent/backend/cuda.cuh; `cpu` is left out there, because nvcc does not read its instructions.

#include <cotangent/autograd/gradient_check.hpp>
#include <cotangent/autograd/parameters.hpp>
#include <cotangent/autograd/split_rows.hpp>
#include <cotangent/autograd/tape.hpp>
#include <cotangent/autograd/with_gradient.hpp>
#include <cotangent/backend/serial.hpp>
#include <cotangent/core/tensor.hpp>
#include <cotangent/data/batches.hpp>
#include <cotangent/loss/any_loss.hpp>
#include <cotangent/loss/catalogue.hpp>
#include <cotangent/model/encoder.hpp>
#include <cotangent/model/folder.hpp>
#include <cotangent/optim/adamw.hpp>
#include <cotangent/optim/schedule.hpp>

#if !defined(__CUDACC__)
#include <cotangent/backend/cpu.hpp>
#endif

namespace cot {

using model::columns;
using model::encoder;
using model::load_encoder;

}  // namespace cot
