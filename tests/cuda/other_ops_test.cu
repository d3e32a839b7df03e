// The operations that are not cases of the registry: serial = cuda.

#include "cuda/parity.hpp"

#include <cotangent/ops/activation.hpp>
#include <cotangent/ops/adamw.hpp>
#include <cotangent/ops/column_sum.hpp>
#include <cotangent/ops/copy.hpp>
#include <cotangent/ops/cross_entropy.hpp>
#include <cotangent/ops/decay_rows.hpp>
#include <cotangent/ops/embedding.hpp>
#include <cotangent/ops/normalize_rows.hpp>
#include <cotangent/ops/pool.hpp>
#include <cotangent/ops/scale_by.hpp>
#include <cotangent/ops/sum.hpp>
#include <cotangent/ops/sum_of_squares.hpp>

namespace {

using cot::accumulator_of;
using cot::bfloat16;
using cot::index;
using cot::store;
using cot::test::bench;
using cot::test::random_values;
using cot::test::values;

template <class T, int Rank, class B>
[[nodiscard]] cot::view<const T, Rank, B> reading(cot::view<T, Rank, B> v) {
  return v;
}

template <class T, class B>
[[nodiscard]] cot::view<T, 2, B> normal_matrix(bench<B>& at, index rows, index columns, std::uint32_t seed) {
  return at.template put<T>(random_values(rows * columns, seed), {{rows, columns}});
}

struct activation_slopes {
  static constexpr bool strided = false;
  template <class T, class B>
  static std::vector<values> run(bench<B>& at) {
    std::vector<values> results;
    for (const auto act : {cot::activation::none, cot::activation::gelu, cot::activation::gelu_tanh,
                           cot::activation::silu, cot::activation::relu, cot::activation::tanh}) {
      const auto dx = at.template room<T>({{30, 41}});
      cot::ops::activation_pullback(at.device(), act, reading(normal_matrix<T>(at, 30, 41, 1)),
                                    reading(normal_matrix<T>(at, 30, 41, 2)), dx);
      results.push_back(at.take(dx));
    }
    return results;
  }
};

struct copies {
  static constexpr bool strided = true;
  template <class T, class B>
  static std::vector<values> run(bench<B>& at) {
    const auto x = reading(normal_matrix<T>(at, 30, 200, 1));
    const auto same = at.template room<T>({{30, 200}}), scaled = at.template room<T>({{30, 200}});
    const auto wide = at.template room<accumulator_of<T>>({{30, 200}});
    const auto sum = normal_matrix<T>(at, 30, 200, 2);
    cot::ops::cast(at.device(), x, same);
    cot::ops::cast(at.device(), x, wide);
    cot::ops::accumulate(at.device(), x, sum);
    cot::ops::scale(at.device(), x, 0.3, scaled);
    const auto filled = at.template room_vector<T>(5000);
    cot::ops::fill(at.device(), filled, 0.1);
    return {at.take(same), at.take(wide), at.take(sum), at.take(scaled), at.take(filled)};
  }
};

struct sums {
  static constexpr bool strided = true;
  template <class T, class B>
  static std::vector<values> run(bench<B>& at) {
    using A = accumulator_of<T>;
    std::vector<values> results;
    for (const index rows : {0, 1, 127, 129, 700}) {
      const auto total = at.template sum_room<A>(50);
      cot::ops::column_sum(at.device(), reading(normal_matrix<T>(at, rows, 50, 1)), total, store::add);
      results.push_back(at.take(total));
      cot::ops::column_sum(at.device(), reading(normal_matrix<T>(at, rows, 50, 2)), total, store::overwrite);
      results.push_back(at.take(total));
    }
    return results;
  }
};

struct pools {
  static constexpr bool strided = true;
  template <class T, class B>
  static std::vector<values> run(bench<B>& at) {
    using A = accumulator_of<T>;
    const std::vector<index> offsets{0, 3, 3, 4, 20, 21};
    const auto on_device = cot::tensor<index, 1, B>::from_host(at.device(), offsets, {{6}});
    const auto x = reading(normal_matrix<T>(at, 21, 70, 1));
    std::vector<values> results;
    for (const auto mode : {cot::pooling::cls, cot::pooling::mean, cot::pooling::max, cot::pooling::mean_sqrt_len,
                            cot::pooling::weighted_mean, cot::pooling::last_token}) {
      const auto y = at.template room<A>({{5, 70}});
      cot::ops::pool(at.device(), mode, on_device.view(), x, y);
      const auto dx = at.template room<T>({{21, 70}}), more = normal_matrix<T>(at, 21, 70, 2);
      const auto dy = reading(normal_matrix<A>(at, 5, 70, 3));
      cot::ops::pool_pullback(at.device(), mode, on_device.view(), dy, x, reading(y), dx, store::overwrite);
      cot::ops::pool_pullback(at.device(), mode, on_device.view(), dy, x, reading(y), more, store::add);
      results.insert(results.end(), {at.take(y), at.take(dx), at.take(more)});
    }
    return results;
  }
};

struct embeddings {
  static constexpr bool strided = false;
  template <class T, class B>
  static std::vector<values> run(bench<B>& at) {
    using A = accumulator_of<T>;
    const std::vector<std::int32_t> host_ids{4, 1, 4, 0, 4, 1, 8};
    const auto ids = reading(at.put_integers(values(host_ids.begin(), host_ids.end())));
    const auto positions = reading(at.put_integers({0, 1, 2, 0, 1, 0, 1}));
    const auto word = normal_matrix<A>(at, 9, 130, 1), position = normal_matrix<A>(at, 3, 130, 2),
               type = normal_matrix<A>(at, 2, 130, 3);
    const auto y = at.template room<T>({{7, 130}}), plain = at.template room<T>({{7, 130}});
    const auto table = normal_matrix<A>(at, 9, 130, 4);
    cot::ops::embedding(at.device(), ids, positions, reading(word), reading(position), reading(type), y);
    cot::ops::embedding(at.device(), ids, positions, reading(word), reading(position), cot::view<const A, 2, B>(),
                        plain);
    cot::ops::embedding_pullback(at.device(), host_ids.data(), reading(normal_matrix<T>(at, 7, 130, 5)), table);
    return {at.take(y), at.take(plain), at.take(table)};
  }
};

/// What losses and optimizers use: in float and double.
struct loss_parts {
  static constexpr bool strided = true;
  template <class T, class B>
  static std::vector<values> run(bench<B>& at) {
    const index n = 6, m = 300;
    auto& device = at.device();
    const auto logits = normal_matrix<T>(at, n, m, 1);
    const auto targets = reading(at.put_integers({0, 299, 7, -1, 31, 32}));
    const auto losses = at.template room_vector<T>(n), lse = at.template room_vector<T>(n);
    const auto dlogits = at.template room<T>({{n, m}});
    cot::ops::cross_entropy(device, reading(logits), targets, losses, lse);
    cot::ops::cross_entropy_pullback(device, reading(logits), targets, reading(lse), 0.25, dlogits);
    cot::ops::cross_entropy_pullback(device, reading(logits), targets, reading(lse), 0.25, logits);  // in place

    const auto unit = at.template room<T>({{n, m}}), dx = at.template room<T>({{n, m}}),
               more = normal_matrix<T>(at, n, m, 2);
    const auto norms = at.template room_vector<T>(n);
    const auto dy = reading(normal_matrix<T>(at, n, m, 3));
    cot::ops::normalize_rows(device, reading(normal_matrix<T>(at, n, m, 4)), 1e-12, unit, norms);
    cot::ops::normalize_rows_pullback(device, dy, reading(unit), reading(norms), 1e-12, dx, store::overwrite);
    cot::ops::normalize_rows_pullback(device, dy, reading(unit), reading(norms), 1e-12, more, store::add);

    const auto total = at.template put_vector<T>({0.5, 0.5});
    cot::ops::sum(device, reading(losses), 0.1, cot::view<T, 0, B>(total.data(), {}), store::add);
    cot::ops::sum(device, reading(norms), 0.1, cot::view<T, 0, B>(total.data() + 1, {}), store::overwrite);
    const auto scaled = at.template room<T>({{n, m}}), added = normal_matrix<T>(at, n, m, 5);
    const cot::view<const T, 0, B> factor(total.data(), {});
    cot::ops::scale_by(device, dy, factor, scaled, store::overwrite);
    cot::ops::scale_by(device, dy, factor, added, store::add);
    const double squares =
        cot::ops::sum_of_squares(device, reading(at.template put_vector<T>(random_values(40000, 6))));
    return {at.take(losses), at.take(lse),  at.take(dlogits), at.take(logits), at.take(unit),  at.take(norms),
            at.take(dx),     at.take(more), at.take(total),   at.take(scaled), at.take(added), {squares / 40000}};
  }
};

struct adamw_steps {
  static constexpr bool strided = false;
  template <class T, class B>
  static std::vector<values> run(bench<B>& at) {
    const auto w = at.template put_vector<T>(random_values(5000, 1)),
               g = at.template put_vector<T>(random_values(5000, 2));
    const auto m = at.template sum_room<T>(5000), v = at.template sum_room<T>(5000);
    const auto copy = at.template room_vector<std::conditional_t<std::is_same_v<T, float>, cot::bfloat16, T>>(5000);
    std::vector<values> results;
    for (index step = 1; step <= 3; ++step) {
      const cot::ops::adamw_step s{.lr = 0.01, .weight_decay = 0.1, .step = step, .gradient_scale = 0.5};
      if (step < 3)
        cot::ops::adamw(at.device(), w, g, m, v, s);
      else
        cot::ops::adamw(at.device(), w, g, m, v, s, copy);
      results.insert(results.end(), {at.take(w), at.take(g), at.take(m), at.take(v)});
      cot::ops::accumulate(at.device(), reading(at.template put_vector<T>(random_values(5000, 3))), g);
    }
    results.push_back(at.take(copy));
    // Rows of a table, which catch up with their weight decay first.
    const std::vector<std::int32_t> rows = {0, 2, 5}, from = {0, 1, 2};
    const std::vector<T> factors = {T(0.5), T(0.75), T(0.875)};
    const auto table = [](auto flat) { return cot::view<T, 2, B>(flat.data(), {{50, 100}}); };
    cot::ops::decay_rows(at.device(), std::span<const std::int32_t>(rows), std::span<const std::int32_t>(from),
                         std::span<const T>(factors), table(w));
    auto* chosen = at.device().memory().template take_array<std::int32_t>(rows.size());
    upload(at.device(), chosen, rows.data(), rows.size() * sizeof(std::int32_t));
    cot::ops::adamw_rows(at.device(), cot::view<const std::int32_t, 1, B>(chosen, {{3}}), table(w), table(g), table(m),
                         table(v), {.lr = 0.01, .weight_decay = 0.1, .step = 4, .gradient_scale = 0.5});
    results.insert(results.end(), {at.take(w), at.take(g), at.take(m), at.take(v)});
    results.push_back(
        {cot::ops::sum_of_squares(at.device(), reading(w), std::span<const std::int32_t>(from).first(1))});
    return results;
  }
};

template <class T>
void check_storage_operations() {
  cot::test::check_results<activation_slopes, T>();
  cot::test::check_results<copies, T>();
  cot::test::check_results<sums, T>();
  cot::test::check_results<pools, T>();
  cot::test::check_results<embeddings, T>();
}

}  // namespace

TEST_CASE("cuda: activations, copies, sums, pooling and embeddings in float agree with serial") {
  check_storage_operations<float>();
}
TEST_CASE("cuda: activations, copies, sums, pooling and embeddings in double agree with serial") {
  check_storage_operations<double>();
}
TEST_CASE("cuda: activations, copies, sums, pooling and embeddings in bfloat16 agree with serial") {
  check_storage_operations<bfloat16>();
}

TEST_CASE("cuda: parts of losses and optimizers in float agree with serial") {
  cot::test::check_results<loss_parts, float>();
  cot::test::check_results<adamw_steps, float>();
}
TEST_CASE("cuda: parts of losses and optimizers in double agree with serial") {
  cot::test::check_results<loss_parts, double>();
  cot::test::check_results<adamw_steps, double>();
}
