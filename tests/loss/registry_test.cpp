// Every loss of the catalogue, by default and with each option changed: gradients, degenerate batches, invariances.
#include "loss/each_loss.hpp"
#include "loss/own_losses.hpp"

#include <cotangent/backend/serial.hpp>
#include <cotangent/backend/serial/launch.hpp>
#include <cotangent/loss/catalogue.hpp>

#include <doctest/doctest.h>

using namespace cot::test;

namespace {

/// check(loss, columns of n rows of width d) for each setting of a loss and each number of columns that it takes.
template <class L, class Check>
void each_setting(cot::index n, cot::index d, const Check& check) {
  for (const setting<L>& with : settings<L>())
    for (const std::size_t count : column_counts<L>()) {
      INFO(with.text, ", ", count, " columns of ", n, " x ", d);
      check(with.loss, draw_columns(count, n, d));
    }
}
/// The same for the catalogue, and for two losses unlike it.
template <class Check>
void each_loss(cot::index n, cot::index d, const Check& check) {
  std::apply([&]<class... L>(const L&...) { (each_setting<L>(n, d, check), ...); }, cot::loss::catalogue);
  each_setting<attraction>(n, d, check);
  each_setting<bent_softmax>(n, d, check);
}

struct falsely_coupled : attraction {
  static constexpr auto describe() {
    return cot::loss::description{"falsely_coupled", "", "", cot::loss::inputs{.positives = true}, true, std::tuple{}};
  }
};

}  // namespace

TEST_CASE("loss registry: gradients are those of finite differences, of one row too") {
  cot::serial device;
  const auto check = [&](const auto& loss, const column_list& columns) {
    const auto worst = check_loss_gradient(device, loss, columns);
    CHECK_MESSAGE(worst.error < 1e-7, worst.text());
  };
  each_loss(4, 3, check);
  each_loss(1, 3, check);
  each_loss(3, 1, check);
  CHECK(check_loss_gradient(device, attraction{.slope = 1.001}, draw_columns(2, 4, 3)).error > 1e-4);
}

TEST_CASE("loss registry: equal rows and zero rows give finite values and gradients") {
  cot::serial device;
  each_loss(4, 3, [&](const auto& loss, column_list columns) {
    for (auto& c : columns)
      for (std::size_t i = 0; i < c.values.size(); ++i) c.values[i] = 0.3 + static_cast<double>(i % 3);
    CHECK(evaluate<double>(device, loss, columns).finite());
    CHECK(evaluate<float>(device, loss, columns).finite());
    columns[0].values.assign(12, 0.0);
    CHECK(evaluate<double>(device, loss, columns).finite());
    for (auto& c : columns) c.values.assign(12, 0.0);
    CHECK(evaluate<double>(device, loss, columns).finite());
    CHECK(evaluate<float>(device, loss, columns).finite());
  });
}

TEST_CASE("loss registry: the order of rows does not matter") {
  cot::serial device;
  each_loss(6, 3, [&](const auto& loss, const column_list& columns) {
    evaluation before = evaluate<double>(device, loss, columns);
    before.gradients = rotated_rows(before.gradients);
    CHECK(difference(before, evaluate<double>(device, loss, rotated_rows(columns))) < 1e-12);
  });
}

TEST_CASE("loss registry: a loss that couples its batch sees other rows, one that does not is a mean over rows") {
  cot::serial device;
  each_loss(5, 4, [&](const auto& loss, const column_list& columns) {
    if (loss.describe().couples_batch)
      CHECK(sees_other_rows(device, loss, columns));
    else
      CHECK(mean_over_rows(device, loss, columns));
  });
  CHECK_FALSE(sees_other_rows(device, falsely_coupled{}, draw_columns(2, 5, 4)));
  CHECK_FALSE(mean_over_rows(device, bent_softmax{}, draw_columns(2, 5, 4)));
}

TEST_CASE("loss registry: columns that do not fit are refused") {
  cot::serial device;
  each_loss(4, 3, [&](const auto& loss, const column_list& columns) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      column_list other = columns;
      other[c] = draw_columns(1, 5, 3)[0];
      if (columns.size() > 1)
        CHECK_THROWS_AS(static_cast<void>(evaluate<double>(device, loss, other)), cot::shape_error);
      other[c] = draw_columns(1, 4, 2)[0];
      if (columns.size() > 1)
        CHECK_THROWS_AS(static_cast<void>(evaluate<double>(device, loss, other)), cot::shape_error);
      other[c] = cot::host_matrix<double>(0, 3);
      CHECK_THROWS_AS(static_cast<void>(evaluate<double>(device, loss, other)), cot::shape_error);
    }
    CHECK_THROWS_AS(static_cast<void>(evaluate<double>(device, loss, draw_columns(columns.size(), 0, 3))),
                    cot::shape_error);
  });
}
