// The profile of a device.
#include <cotangent/backend/serial.hpp>
#include <cotangent/core/profile.hpp>
#include <cotangent/core/tensor.hpp>
#include <cotangent/ops/matmul.hpp>
#include <cotangent/optim/adamw.hpp>

#include <doctest/doctest.h>

#include <vector>

using cot::work_class;

namespace {
struct device_without_profile {};

/// y[2, 3] of operands with inner size 4, in the form that decides the class.
void multiply(cot::serial& device, cot::transpose op_a, cot::transpose op_b) {
  const auto operand = [&](cot::transpose t, cot::index rows, cot::index columns) {
    const std::vector<float> ones(static_cast<std::size_t>(rows * columns), 1.0f);
    return cot::tensor<float, 2, cot::serial>::from_host(
        device, ones, t == cot::transpose::yes ? cot::shape<2>{{columns, rows}} : cot::shape<2>{{rows, columns}});
  };
  const auto a = operand(op_a, 2, 4), b = operand(op_b, 4, 3);
  cot::tensor<float, 2, cot::serial> y(device, {{2, 3}});
  cot::ops::matmul(device, op_a, a.view(), op_b, b.view(), y.view());
}
}  // namespace

TEST_CASE("profile: matmuls are charged by their form, with their operations and bytes") {
  cot::serial device;
  cot::profile spent;
  device.profiled_by(&spent);
  constexpr auto no = cot::transpose::no, yes = cot::transpose::yes;
  multiply(device, no, yes);
  multiply(device, no, no);
  multiply(device, no, no);
  multiply(device, yes, no);
  CHECK(spent[work_class::matmul_forward].calls == 1);
  CHECK(spent[work_class::matmul_dx].calls == 2);
  CHECK(spent[work_class::matmul_dw].calls == 1);
  CHECK(spent[work_class::matmul_dx].flops == 2 * (2.0 * 2 * 3 * 4));
  CHECK(spent[work_class::matmul_dw].bytes == 4.0 * (8 + 12 + 6));
  CHECK(spent[work_class::matmul_dw].bf16_flops == 0);
  CHECK(spent[work_class::matmul_dx].seconds > 0);
  CHECK(spent.seconds() >= spent[work_class::matmul_dx].seconds + spent[work_class::matmul_dw].seconds);

  device.profiled_by(nullptr);
  multiply(device, no, yes);
  CHECK(spent[work_class::matmul_forward].calls == 1);
  spent.clear();
  CHECK(spent.seconds() == 0);
}

TEST_CASE("profile: what runs inside a span belongs to the outer span's class") {
  cot::serial device;
  cot::parameters<float, cot::serial> p(device);
  p.add("w", cot::shape<1>{{8}}, cot::parameter_kind::decayed);
  p.allocate();
  cot::optim::adamw adamw(p);
  cot::profile spent;
  device.profiled_by(&spent);
  adamw.step();  // its norm is a row operation on its own
  device.profiled_by(nullptr);
  CHECK(spent[work_class::optimizer].calls == 1);
  CHECK(spent[work_class::rows].calls == 0);
  CHECK(spent[work_class::optimizer].bytes >= 4.0 * 16 * 9);  // padded to 16: norm, and four buffers read and written
}

TEST_CASE("profile: a device without one is left alone") {
  device_without_profile device;
  const cot::profile_span span(device, work_class::rows, 1);
  CHECK(cot::bytes_of(cot::view<float, 1, cot::serial>{}) == 0);
}
