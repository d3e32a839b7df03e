// A loss of your own: an aggregate of options that describes itself, with a value and a gradient. Then it is checked.

#include <cotangent/autograd/gradient_check.hpp>
#include <cotangent/autograd/with_gradient.hpp>
#include <cotangent/backend/serial.hpp>
#include <cotangent/loss/describe.hpp>

#include <iostream>
#include <tuple>

/// L = weight / n sum_i |a_i - p_i|^2: pulls each anchor to its positive. Its loops read elements, so it is for
/// backends in host memory; docs/add-a-loss.md composes a loss that runs on all.
struct attraction {
  double weight = 1;

  static constexpr auto describe() {
    return cot::loss::description{"attraction", "w/n sum_i |a_i - p_i|^2",
                                  "an example", cot::loss::inputs{.positives = true},
                                  false,        std::tuple{cot::loss::option{"weight", &attraction::weight, "w > 0"}}};
  }

  template <class T, class B>
    requires B::host_memory
  [[nodiscard]] cot::var<T, 0, B> operator()(const cot::var<T, 2, B>& anchors,
                                             const cot::var<T, 2, B>& positives) const {
    cot::tape<B>& t = anchors.on();
    const auto to_anchors = t.template workspace<T>(anchors.sizes()),
               to_positives = t.template workspace<T>(anchors.sizes());
    const auto value = t.template workspace<T>(cot::shape<0>{});
    const auto a = anchors.value(), p = positives.value();
    const T w = static_cast<T>(weight) / static_cast<T>(a.extent(0));
    value() = 0;
    for (cot::index i = 0; i < a.extent(0); ++i)
      for (cot::index j = 0; j < a.extent(1); ++j) {
        const T difference = a(i, j) - p(i, j);
        value() += w * difference * difference;
        to_anchors(i, j) = 2 * w * difference;
        to_positives(i, j) = -2 * w * difference;
      }
    const cot::supplied_gradient<T, B> parts[]{{anchors, to_anchors}, {positives, to_positives}};
    return cot::with_gradient<T, B>(t, value, std::span<const cot::supplied_gradient<T, B>>(parts));
  }
};

int main() {
  cot::serial device;
  cot::host_matrix<double> a(3, 2), p(3, 2);
  a.values = {1, 2, 3, 4, 5, 6};
  p.values = {0, 2, 2, 5, 5, 8};
  const auto worst = cot::check_gradient(
      device, [](auto&, auto columns) { return attraction{.weight = 0.5}(columns[0], columns[1]); }, {a, p});
  std::cout << attraction::describe().name << ": " << attraction::describe().formula
            << "\nagainst finite differences: " << worst.text() << '\n';
  return worst.error < 1e-7 ? 0 : 1;
}
