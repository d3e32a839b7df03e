#include <cotangent/autograd/embedding_tables.hpp>
#include <cotangent/autograd/table_rows.hpp>
#include <cotangent/backend/serial.hpp>
#include <cotangent/backend/serial/launch.hpp>
#include <cotangent/core/tensor.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <vector>

using cot::serial;
using cot::shape;

namespace {

using ids = std::vector<std::int32_t>;

ids list(std::span<const std::int32_t> rows) { return {rows.begin(), rows.end()}; }

/// Tables of 5 x 2 and 3 x 4 behind four other numbers; every value is 1.
struct two_tables {
  serial device;
  cot::tensor<float, 1, serial> values{device, shape<1>{{26}}};
  cot::embedding_tables<float, serial> tables{device, values.view()};

  two_tables() {
    cot::ops::fill(device, values.view(), 1.0);
    tables.add(4, shape<2>{{5, 2}});
    tables.add(14, shape<2>{{3, 4}});
  }
  float value(std::size_t number, cot::index row) { return tables.part_of(values.view(), number)(row, 1); }
};

/// 1 multiplied by each, rounded each time.
float product(std::span<const float> factors) {
  float p = 1;
  for (const float f : factors) p *= f;
  return p;
}

}  // namespace

TEST_CASE("autograd: rows that a step reaches, and those that training has reached") {
  cot::table_rows rows(6);
  rows.reach(ids{4, 1, 4});
  CHECK(list(rows.fresh()) == ids{1, 4});
  rows.end_step();
  CHECK(rows.fresh().empty());
  rows.reach(ids{0, 4});
  CHECK(list(rows.fresh()) == ids{0, 4});
  CHECK(list(rows.reached()) == ids{0, 1, 4});
  CHECK(rows.is_reached(1));
  CHECK_FALSE(rows.is_reached(2));
  rows.reach_all();
  rows.end_step();
  CHECK(list(rows.fresh()) == ids{0, 1, 2, 3, 4, 5});
}

TEST_CASE("autograd: a row gets each factor that it missed once, before it is read") {
  two_tables t;
  t.tables.reach(0, ids{2});
  const std::vector<float> factors = {0.9f, 0.7f, 0.6f};
  t.tables.owe(factors[0]);
  t.tables.owe(1);  // nothing to remember
  t.tables.owe(factors[1]);
  t.tables.settle(0, ids{3, 2, 3});
  CHECK(t.value(0, 3) == product(std::span(factors).first(2)));
  CHECK(t.value(0, 2) == 1);  // the optimizer's own
  CHECK(t.value(0, 4) == 1);  // nobody reads it
  t.tables.owe(factors[2]);
  t.tables.reach(0, ids{4});
  CHECK(t.value(0, 4) == product(factors));
  t.tables.owe(0.5f);
  t.tables.settle_all();
  CHECK(t.value(0, 3) == product(factors) * 0.5f);
  CHECK(t.value(0, 4) == product(factors));
  CHECK(t.value(1, 2) == product(factors) * 0.5f);
  CHECK(t.values.view()(0) == 1);
  t.tables.settle_all();
  CHECK(t.value(1, 2) == product(factors) * 0.5f);
}

TEST_CASE("autograd: whoever reaches a whole table finds it settled, and owes it nothing more") {
  two_tables t;
  t.tables.owe(0.25f);
  t.tables.reach_all(1);
  CHECK(t.value(1, 0) == 0.25f);
  t.tables.owe(0.5f);
  t.tables.settle_all();
  CHECK(t.value(1, 0) == 0.25f);
  CHECK(t.value(0, 0) == 0.125f);
}

TEST_CASE("autograd: factors without end are paid in between") {
  two_tables t;
  std::vector<float> factors;
  for (int step = 0; step < 9000; ++step) {
    factors.push_back(1 - 1e-4f * static_cast<float>(step % 7));
    t.tables.owe(factors.back());
    if (step == 100) t.tables.settle(0, ids{1});
  }
  t.tables.settle_all();
  CHECK(t.value(0, 0) == product(factors));
  CHECK(t.value(0, 1) == product(factors));
}

TEST_CASE("autograd: a buffer beside the values is zeroed where rows were reached") {
  two_tables t;
  t.tables.reach(0, ids{1});
  t.tables.reach(1, ids{0, 2});
  t.tables.zero_reached(t.values.view());
  float left = 0;
  for (const float x : t.values.to_host()) left += x;
  CHECK(left == 26 - 2 - 8);
  CHECK(t.value(1, 2) == 0);
}
