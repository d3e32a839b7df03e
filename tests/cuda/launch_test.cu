// What only the hardware can show: lanes, shared memory, reductions, copies, and errors of the backend `cuda`.

#include "cuda/parity.hpp"

#include <cotangent/core/backend.hpp>
#include <cotangent/kernel/rows.hpp>

#include <numeric>

namespace {

using cot::index;

static_assert(cot::backend<cot::cuda>);

/// Reverses a row through shared memory.
struct reverse_program {
  float* data;

  template <cot::block Block>
  COT_FN void operator()(Block& b) const {
    constexpr index n = 100;
    float* row = data + b.index() * n;
    float* copy = b.template shared<float, n>();
    for (index i = b.rank(); i < n; i += b.size()) copy[i] = row[i];
    b.sync();
    for (index i = b.rank(); i < n; i += b.size()) row[i] = copy[n - 1 - i];
  }
};

/// Sum and largest of a row, each known to the lane that stores it only because reduce tells all lanes.
template <class T>
struct statistics_program {
  index width;
  const T* x;
  T* sum;
  T* largest;

  template <cot::block Block>
  COT_FN void operator()(Block& b) const {
    const auto row = cot::in(x + b.index() * width);
    const T total = cot::fold(b, width, cot::plus{}, [](auto v) COT_LAMBDA { return v; }, row);
    const T most = cot::fold(b, width, cot::maximum{}, [](auto v) COT_LAMBDA { return v; }, row);
    if (b.rank() == b.size() - 1) {
      sum[b.index()] = total;
      largest[b.index()] = most;
    }
  }
};

struct count_up {
  template <class Number>
  COT_FN void operator()(Number& x) const {
    x = x + Number(1);
  }
};

template <class T>
void check_statistics() {
  cot::cuda device;
  for (const index width : {1, 2, 31, 32, 33, 127, 128, 129, 255, 256, 257, 512, 513, 1000, 4097}) {
    CAPTURE(width);
    std::vector<T> x(static_cast<std::size_t>(3 * width));
    std::iota(x.begin(), x.end(), T(1));
    const auto input = cot::tensor<T, 1, cot::cuda>::from_host(device, x, {{3 * width}});
    cot::tensor<T, 1, cot::cuda> sum(device, {{3}}), largest(device, {{3}});
    launch_blocks(device, 3, cot::block_work{width, false},
                  statistics_program<T>{width, input.data(), sum.data(), largest.data()});
    const auto sums = sum.to_host(), most = largest.to_host();
    for (index i = 0; i < 3; ++i) {
      const double expected =
          static_cast<double>(width) * (static_cast<double>(i * width) + static_cast<double>(width + 1) / 2);
      CHECK(static_cast<double>(sums[static_cast<std::size_t>(i)]) == doctest::Approx(expected).epsilon(1e-6));
      CHECK(most[static_cast<std::size_t>(i)] == static_cast<T>((i + 1) * width));
    }
  }
}

}  // namespace

TEST_CASE("cuda: copies go there and back, and an empty one does nothing") {
  cot::cuda device;
  std::vector<float> x(100000);
  std::iota(x.begin(), x.end(), 0.0f);
  const auto there = cot::tensor<float, 1, cot::cuda>::from_host(device, x, {{100000}});
  CHECK(there.to_host() == x);
  CHECK(there.clone().to_host() == x);
  upload(device, nullptr, nullptr, 0);
  download(device, nullptr, nullptr, 0);
}

TEST_CASE("cuda: shared memory and sync") {
  cot::cuda device;
  std::vector<float> x(400);
  std::iota(x.begin(), x.end(), 0.0f);
  const auto on_device = cot::tensor<float, 1, cot::cuda>::from_host(device, x, {{400}});
  launch_blocks(device, 4, cot::block_work{100, false}, reverse_program{on_device.data()});
  const auto reversed = on_device.to_host();
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(reversed[i] == static_cast<float>(i / 100 * 100 + 99 - i % 100));
}

TEST_CASE("cuda: reductions reach every lane, in float") { check_statistics<float>(); }
TEST_CASE("cuda: reductions reach every lane, in double") { check_statistics<double>(); }

TEST_CASE("cuda: elements cover a flat array once") {
  cot::cuda device;
  for (const cot::index n : {0, 1, 15, 4096, 4097, 700001}) {
    std::vector<float> x(static_cast<std::size_t>(n) + 1, 1.0f);
    const auto on_device = cot::tensor<float, 1, cot::cuda>::from_host(device, x, {{n + 1}});
    cot::launch_elements(device, n, false, count_up{}, cot::inout(on_device.data()));
    std::vector<float> expected(x.size(), 2.0f);
    expected.back() = 1.0f;
    CHECK(on_device.to_host() == expected);
  }
}

TEST_CASE("cuda: a sum has the same bits twice") {
  cot::cuda device;
  const auto x = cot::test::random_values(100000, 3);
  cot::test::bench<cot::cuda> at(device);
  const auto input = at.put<float>(x, {{1, 100000}});
  cot::tensor<float, 1, cot::cuda> sum(device, {{1}}), largest(device, {{1}});
  std::vector<float> first;
  for (int run = 0; run < 3; ++run) {
    launch_blocks(device, 1, cot::block_work{100000, false},
                  statistics_program<float>{100000, input.data(), sum.data(), largest.data()});
    if (run == 0) first = sum.to_host();
    CHECK(sum.to_host() == first);
  }
}

TEST_CASE("cuda: a device that is not there is refused") {
  CHECK_THROWS_AS(cot::cuda(cot::cuda::options{.device = 1000}), cot::option_error);
  CHECK_THROWS_AS(cot::cuda(cot::cuda::options{.device = -1}), cot::option_error);
}

TEST_CASE("cuda: more memory than there is, is an error that leaves the device usable") {
  cot::cuda device;
  CHECK_THROWS_AS(static_cast<void>(allocate(device, std::size_t{1} << 50)), cot::device_error);
  const auto x = cot::tensor<float, 1, cot::cuda>::from_host(device, std::vector<float>{1, 2, 3}, {{3}});
  CHECK(x.to_host() == std::vector<float>{1, 2, 3});
}
