#include "support/data.hpp"

#include <cotangent/backend/serial.hpp>
#include <cotangent/backend/serial/launch.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/optim/adamw.hpp>
#include <cotangent/optim/schedule.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace {

using cot::serial;

template <class T>
std::vector<T> numbers(const cot::io::json& list) {
  std::vector<T> out;
  for (const auto& x : list.items()) out.push_back(static_cast<T>(x.as<double>()));
  return out;
}

/// Twenty steps of the golden run; `tolerance` is relative to max(1, |value|).
template <class T>
void follow_trajectory(const char* type, double tolerance) {
  const auto golden = cot::io::read_json(cot::test::golden("adamw.json").string());
  const auto start = numbers<T>(golden.at("start"));
  const auto decayed = golden.get<cot::index>("decayed"), total = static_cast<cot::index>(start.size());
  serial device;
  cot::parameters<T, serial> p(device);
  const auto first = p.add("first", cot::shape<1>{{decayed}}, cot::parameter_kind::decayed);
  const auto second = p.add("second", cot::shape<1>{{total - decayed}}, cot::parameter_kind::undecayed);
  p.allocate();
  const auto both = [&](auto&& use) {
    for (cot::index i = 0; i < total; ++i) {
      if (i < decayed)
        use(i, p.value(first)(i), p.gradient(first)(i));
      else
        use(i, p.value(second)(i - decayed), p.gradient(second)(i - decayed));
    }
  };
  both([&](cot::index i, T& value, T&) { value = start[static_cast<std::size_t>(i)]; });

  const auto& o = golden.at("options");
  cot::optim::adamw<T, serial> optimizer(p, {.lr = o.get<double>("lr"),
                                             .beta1 = o.get<double>("beta1"),
                                             .beta2 = o.get<double>("beta2"),
                                             .epsilon = o.get<double>("epsilon"),
                                             .weight_decay = o.get<double>("weight_decay"),
                                             .clip = o.get<double>("clip")});
  const cot::optim::schedule rate{cot::optim::schedule_kind::linear, golden.get<cot::index>("warmup"),
                                  golden.get<cot::index>("steps")};
  const auto& expected = golden.at(type);
  for (cot::index step = 0; step < rate.steps; ++step) {
    const auto at = static_cast<std::size_t>(step);
    const auto gradient = numbers<T>(golden.at("gradients").at(at));
    both([&](cot::index i, T&, T& g) { g = gradient[static_cast<std::size_t>(i)]; });
    const auto report = optimizer.step(rate.factor(step));
    CHECK(report.gradient_norm ==
          doctest::Approx(expected.at("norms").at(at).template as<double>()).epsilon(tolerance));
    const auto values = numbers<T>(expected.at("values").at(at));
    double worst = 0;
    both([&](cot::index i, T& value, T& g) {
      const double want = static_cast<double>(values[static_cast<std::size_t>(i)]);
      worst = std::max(worst, std::abs(static_cast<double>(value) - want) / std::max(1.0, std::abs(want)));
      CHECK(g == T(0));
    });
    CHECK(worst < tolerance);
  }
}

}  // namespace

TEST_CASE("optim: AdamW with clipping and a schedule is torch's, in double") {
  follow_trajectory<double>("float64", 1e-14);
}
TEST_CASE("optim: AdamW with clipping and a schedule is torch's, in float") {
  follow_trajectory<float>("float32", 1e-6);
}

TEST_CASE("optim: a gradient that is not finite changes nothing, and options are checked") {
  serial device;
  cot::parameters<double, serial> p(device);
  const auto w = p.add("w", cot::shape<1>{{3}}, cot::parameter_kind::decayed);
  p.allocate();
  cot::optim::adamw<double, serial> optimizer(p);
  p.value(w)(1) = 5;
  p.gradient(w)(0) = std::numeric_limits<double>::quiet_NaN();
  const auto version = p.version();
  CHECK(optimizer.step().skipped);
  CHECK(optimizer.steps() == 0);
  CHECK(p.value(w)(1) == 5);
  CHECK(p.gradient(w)(0) == 0);
  CHECK(p.version() == version);
  CHECK_THROWS_WITH_AS((cot::optim::adamw<double, serial>(p, {.beta2 = 1.0})), doctest::Contains("beta2"),
                       cot::option_error);
  CHECK_THROWS_WITH_AS((cot::optim::adamw<double, serial>(p, {.clip = -1})), doctest::Contains("clip"),
                       cot::option_error);
}

namespace {

/// Ten steps over a table of 40 rows of which few are reached, dense or by rows; in between it is read and saved.
/// Returns the values, then the norms.
std::vector<float> train_a_table(cot::parameter_kind kind, bool resume, bool sparse = false) {
  constexpr cot::index rows = 40, width = 8;
  serial device;
  std::vector<float> start(static_cast<std::size_t>(rows * width)), norms;
  for (std::size_t i = 0; i < start.size(); ++i) start[i] = std::sin(0.7f * static_cast<float>(i));
  const auto make = [&](cot::parameters<float, serial>& p) {
    const auto handle = p.add("table", cot::shape<2>{{rows, width}}, kind);
    p.add("bias", cot::shape<1>{{3}}, cot::parameter_kind::undecayed);
    p.allocate();
    return handle;
  };
  const cot::optim::adamw_options options{.lr = 0.05, .weight_decay = 0.3, .clip = 0.5, .sparse_tables = sparse};
  auto p = std::make_unique<cot::parameters<float, serial>>(device);
  auto handle = make(*p);
  p->set(p->entries()[0], start);
  auto adamw = std::make_unique<cot::optim::adamw<float, serial>>(*p, options);
  for (int step = 0; step < 10; ++step) {
    const std::vector<std::int32_t> ids = {step % 3, 7 + step / 4, 7 + step / 4, 20};
    if (step == 6 && resume) {
      const auto values = p->get(p->entries()[0]), first = adamw->first_moment().to_host(),
                 second = adamw->second_moment().to_host();
      const auto steps = adamw->steps();
      auto other = std::make_unique<cot::parameters<float, serial>>(device);
      handle = make(*other);
      other->set(other->entries()[0], values);
      adamw = std::make_unique<cot::optim::adamw<float, serial>>(*other, options);
      adamw->restore(steps, first, second);
      p = std::move(other);
    }
    cot::view<float, 2, serial> gradient;
    if (kind == cot::parameter_kind::table) {
      const auto table = p->rows_of(handle, true);
      const std::vector<std::int32_t> read = {step, 39 - step};  // by evaluations, which reach nothing
      table.before_reading(read);
      table.before_reading(ids);
      table.reach(ids);
      gradient = table.gradient;
    } else {
      gradient = p->gradient(handle);
    }
    for (const std::int32_t id : ids)
      for (cot::index j = 0; j < width; ++j) gradient(id, j) += 0.1f * static_cast<float>(id + step - j);
    norms.push_back(static_cast<float>(adamw->step(1.0 - 0.05 * step).gradient_norm));
  }
  auto out = p->get(p->entries()[0]);
  out.insert(out.end(), norms.begin(), norms.end());
  return out;
}

}  // namespace

TEST_CASE("optim: a table that is updated by rows has the bits of the dense update, also after a resumption") {
  const auto dense = train_a_table(cot::parameter_kind::decayed, false);
  CHECK(train_a_table(cot::parameter_kind::table, false) == dense);
  CHECK(train_a_table(cot::parameter_kind::table, true) == dense);
}

TEST_CASE("optim: sparse tables leave rows alone that a step does not reach") {
  const auto sparse = train_a_table(cot::parameter_kind::table, false, true);
  for (std::size_t j = 30 * 8; j < 31 * 8; ++j) CHECK(sparse[j] == std::sin(0.7f * static_cast<float>(j)));
  CHECK(sparse != train_a_table(cot::parameter_kind::table, false));
  CHECK(sparse == train_a_table(cot::parameter_kind::table, true, true));
}

TEST_CASE("optim: whoever asks for all of a table makes it dense") {
  serial device;
  cot::parameters<float, serial> p(device);
  const auto table = p.add("table", cot::shape<2>{{300, 4}}, cot::parameter_kind::table);
  p.allocate();
  const auto gradient = p.gradient(table);
  cot::optim::adamw adamw(p, {.lr = 0.1, .clip = 0});
  gradient(250, 1) = 1;
  CHECK(adamw.step().gradient_norm == 1);
  gradient(130, 2) = 2;
  CHECK(adamw.step().gradient_norm == 2);
  CHECK(p.value(table)(250, 1) < -0.1f);
  CHECK(p.value(table)(130, 2) < 0);
}

TEST_CASE("adamw: the copy in bfloat16 follows the values, updated by the step or converted anew") {
  serial device;
  cot::parameters<float, serial> p(device);
  p.add("table", cot::shape<2>{{3, 5}}, cot::parameter_kind::table);
  const auto matrix = p.add("matrix", cot::shape<2>{{7, 5}}, cot::parameter_kind::decayed);
  p.add("bias", cot::shape<1>{{7}}, cot::parameter_kind::undecayed);
  const auto frozen = p.add("frozen", cot::shape<1>{{3}}, cot::parameter_kind::frozen);
  p.allocate();
  cot::optim::adamw<float, serial> optimizer(p, {.lr = 0.1});
  const auto is_up_to_date = [&] {
    const auto values = p.values();
    const auto narrowed = p.narrowed();
    const cot::index tables = values.size() - narrowed.size();
    REQUIRE(tables == p.offset(matrix));  // the first after the table
    bool same = true;
    for (cot::index i = 0; i < narrowed.size(); ++i)
      same = same && narrowed(i).bits == static_cast<cot::bfloat16>(values(tables + i)).bits;
    return same;
  };
  const auto train = [&] {
    for (cot::index i = 0; i < p.gradients().size(); ++i) p.gradients()(i) = static_cast<float>(std::sin(i));
    optimizer.step();
  };
  for (const auto& e : p.entries())
    p.set(e, std::vector<float>(static_cast<std::size_t>(e.size), 1.0f + 0x1p-8f));  // no bfloat16
  train();
  CHECK(p.narrowed_to_update(cot::parameter_kind::decayed).data() == nullptr);  // nobody has asked for it
  CHECK(is_up_to_date());
  for (int i = 0; i < 3; ++i) {
    train();
    CHECK(p.narrowed_to_update(cot::parameter_kind::undecayed).data() != nullptr);  // not to be converted again
    CHECK(is_up_to_date());
  }
  p.set(*p.find("frozen"), std::vector<float>{1, 2, 3});
  CHECK(p.narrowed_to_update(cot::parameter_kind::decayed).data() == nullptr);
  CHECK(is_up_to_date());
  CHECK(p.value(frozen)(2) == 3);
}
