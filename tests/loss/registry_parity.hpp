#pragma once
// Every loss of the catalogue on another backend than `serial`, which is the reference.

#include "loss/each_loss.hpp"
#include "loss/own_losses.hpp"
#include "support/registry.hpp"

#include <cotangent/backend/serial.hpp>
#include <cotangent/loss/catalogue.hpp>

#include <doctest/doctest.h>

#include <deque>

namespace cot::test {

template <class T, class L, class B>
void check_loss_parity(std::deque<B>& devices, index most_rows) {
  serial reference;
  for (const setting<L>& with : settings<L>())
    for (const std::size_t count : column_counts<L>())
      for (const shape<2>& sizes :
           {shape<2>{{1, 1}}, shape<2>{{2, 3}}, shape<2>{{5, 33}}, shape<2>{{40, 70}}, shape<2>{{259, 17}}}) {
        if (sizes[0] > most_rows) continue;
        INFO(with.text, ", ", count, " columns of ", to_string(sizes));
        const auto columns = draw_columns(count, sizes[0], sizes[1]);
        const evaluation expected = evaluate<T>(reference, with.loss, columns);
        REQUIRE(expected.finite());
        for (B& device : devices) {
          if constexpr (requires { device.level(); }) CAPTURE(to_string(device.level()));
          CHECK(difference(expected, evaluate<T>(device, with.loss, columns)) <= rounding<T>);
        }
      }
}

/// The catalogue, and two losses unlike it, over shapes of at most that many rows (259: more than one tile).
template <class T, class B>
void check_parity_of_losses(std::deque<B>& devices, index most_rows = 259) {
  std::apply([&]<class... L>(const L&...) { (check_loss_parity<T, L>(devices, most_rows), ...); }, loss::catalogue);
  check_loss_parity<T, attraction>(devices, most_rows);
  check_loss_parity<T, bent_softmax>(devices, most_rows);
}

}  // namespace cot::test
