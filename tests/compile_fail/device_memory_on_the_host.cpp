// expect: host_memory
#include <cotangent/core/view.hpp>

struct device {
  static constexpr bool host_memory = false;
};

float first(cot::view<const float, 2, device> x) {
#if defined(COT_FAIL)
  return x(0, 0);
#else
  return static_cast<float>(x.extent(0));
#endif
}
