#include <cotangent/autograd/parameters.hpp>
#include <cotangent/backend/serial.hpp>
#include <cotangent/backend/serial/launch.hpp>

#include <doctest/doctest.h>

#include <array>
#include <vector>

using cot::parameter_kind;
using cot::shape;

TEST_CASE("autograd: parameters lie by kind, stacked ones one after the other") {
  cot::serial device;
  cot::parameters<float, cot::serial> p(device);
  const auto bias = p.add("bias", shape<1>{{3}}, parameter_kind::undecayed);
  const auto frozen = p.add("frozen", shape<1>{{5}}, parameter_kind::frozen);
  const auto stacked =
      p.add_stacked(std::array<std::string, 3>{"q", "k", "v"}, shape<2>{{2, 3}}, parameter_kind::decayed);
  p.allocate();

  CHECK(stacked.sizes == shape<2>{{6, 3}});
  CHECK(p.range(parameter_kind::decayed) == std::pair<cot::index, cot::index>{0, 32});
  CHECK(p.find("k")->offset == p.find("q")->offset + 6);
  CHECK(p.offset(bias) == 32);
  CHECK(p.gradient(frozen).data() == nullptr);
  CHECK(p.gradients().size() == 48);
  CHECK(p.values().size() == 64);

  const auto version = p.version();
  p.set(*p.find("k"), std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(p.version() != version);
  CHECK(p.value(stacked)(2, 0) == 1);
  CHECK(p.value(stacked)(3, 2) == 6);
  CHECK(p.get(*p.find("k")) == std::vector<float>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("autograd: parameters refuse repeated names, late ones and wrong sizes") {
  cot::serial device;
  cot::parameters<double, cot::serial> p(device);
  p.add("a", shape<1>{{2}}, parameter_kind::decayed);
  CHECK_THROWS_WITH_AS(p.add("a", shape<1>{{2}}, parameter_kind::decayed), doctest::Contains("twice"), cot::error);
  p.allocate();
  CHECK_THROWS_WITH_AS(p.add("b", shape<1>{{2}}, parameter_kind::decayed), doctest::Contains("after allocate"),
                       cot::error);
  CHECK_THROWS_WITH_AS(p.set(*p.find("a"), std::vector<double>{1, 2, 3}), doctest::Contains("2 values"),
                       cot::shape_error);
  cot::parameters<double, cot::serial> tables(device);
  tables.add_stacked(std::array<std::string, 2>{"k", "v"}, shape<2>{{2, 3}}, parameter_kind::table);
  CHECK_THROWS_WITH_AS(tables.allocate(), doctest::Contains("one matrix"), cot::shape_error);
}
