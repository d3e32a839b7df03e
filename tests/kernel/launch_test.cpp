#include "support/emulated.hpp"

#include <cotangent/backend/cpu.hpp>
#include <cotangent/backend/serial.hpp>
#include <cotangent/core/backend.hpp>
#include <cotangent/kernel/rows.hpp>
#include <cotangent/kernel/scalar_result.hpp>

#include <doctest/doctest.h>

#include <numeric>
#include <vector>

namespace {

static_assert(cot::backend<cot::serial>);
static_assert(cot::backend<cot::cpu>);
static_assert(cot::backend<cot::emulated<37>>);

/// Reverses a row through shared memory: wrong without the sync.
struct reverse_program {
  bool synchronise;
  float* data;

  template <cot::block Block>
  COT_FN void operator()(Block& b) const {
    constexpr cot::index n = 100;
    float* row = data + b.index() * n;
    float* copy = b.template shared<float, n>();
    for (cot::index i = b.rank(); i < n; i += b.size()) copy[i] = row[i];
    if (synchronise) b.sync();
    for (cot::index i = b.rank(); i < n; i += b.size()) row[i] = copy[n - 1 - i];
  }
};

struct diverging_program {
  template <cot::block Block>
  COT_FN void operator()(Block& b) const {
    if (b.rank() != 0) b.sync();
  }
};

struct mean_program {
  cot::index width;
  const float* x;
  float* mean;

  template <cot::block Block>
  COT_FN void operator()(Block& b) const {
    const float sum =
        cot::fold(b, width, cot::plus{}, [](auto v) COT_LAMBDA { return v; }, cot::in(x + b.index() * width));
    cot::keep(b, mean, sum / static_cast<float>(width));
  }
};

bool reversed(const std::vector<float>& x) {
  for (std::size_t i = 0; i < x.size(); ++i)
    if (x[i] != static_cast<float>(i / 100 * 100 + 99 - i % 100)) return false;
  return true;
}

template <class B>
std::vector<float> run_reverse(B& device, bool synchronise) {
  std::vector<float> x(400);
  std::iota(x.begin(), x.end(), 0.0f);
  launch_blocks(device, 4, cot::block_work{100, false}, reverse_program{synchronise, x.data()});
  return x;
}

}  // namespace

TEST_CASE("launch: shared memory and sync work on every backend") {
  cot::serial serial;
  cot::cpu cpu;
  cot::emulated<37> fibers;
  cot::emulated<8, cot::emulation::threads> threads;
  CHECK(reversed(run_reverse(serial, true)));
  CHECK(reversed(run_reverse(cpu, true)));
  CHECK(reversed(run_reverse(fibers, true)));
  CHECK(reversed(run_reverse(threads, true)));
}

TEST_CASE("launch: fibers find a missing sync") {
  cot::emulated<37> fibers;
  CHECK_FALSE(reversed(run_reverse(fibers, false)));
}

TEST_CASE("launch: fibers find divergence at a barrier") {
  cot::emulated<37> fibers;
  CHECK_THROWS_AS(launch_blocks(fibers, 1, cot::block_work{}, diverging_program{}), cot::error);
}

TEST_CASE("launch: fold covers every element once at any width") {
  for (cot::index d = 1; d <= 150; ++d) {
    std::vector<float> x(static_cast<std::size_t>(3 * d)), mean(3);
    std::iota(x.begin(), x.end(), 1.0f);
    const auto check = [&](auto& device) {
      launch_blocks(device, 3, cot::block_work{d, false}, mean_program{d, x.data(), mean.data()});
      for (int i = 0; i < 3; ++i)
        CHECK(mean[static_cast<std::size_t>(i)] == static_cast<float>(i * d) + static_cast<float>(d + 1) / 2);
    };
    cot::serial serial;
    cot::emulated<7> fibers;
    check(serial);
    check(fibers);
    for (const cot::isa level : {cot::isa::portable, cot::isa::avx2, cot::isa::avx512}) {
      if (level > cot::detect_isa()) continue;
      cot::cpu cpu({.threads = 1, .level = level});
      check(cpu);
    }
  }
}

TEST_CASE("launch: elements cover a flat array once, on one thread and two") {
  for (const int threads : {1, 2}) {
    cot::cpu cpu({.threads = threads});
    for (const cot::index n : {0, 1, 15, 4096, 4097, 700001}) {
      std::vector<float> x(static_cast<std::size_t>(n) + 1, 1.0f);
      cot::launch_elements(cpu, n, false, [](auto& v) COT_LAMBDA { v = v + 1.0f; }, cot::inout(x.data()));
      bool once = x.back() == 1.0f;
      for (cot::index i = 0; i < n; ++i) once = once && x[static_cast<std::size_t>(i)] == 2.0f;
      CHECK(once);
    }
  }
}
