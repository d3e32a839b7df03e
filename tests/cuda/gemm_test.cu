// Matrix products by cuBLASLt and their epilogues: serial = cuda.

#include "cuda/parity.hpp"

#include <cotangent/ops/matmul.hpp>

namespace {

using cot::index;
using cot::shape;
using cot::store;
using cot::transpose;
using cot::test::values;

struct sizes {
  index m, n, k;
};

/// C and, where it is kept, the pre-activation. `parts`: 1 add, 2 bias, 4 slope, 8 pre.
template <class In, class Out, class B>
std::vector<values> product(B& device, transpose op_a, transpose op_b, sizes s, index padding, int parts,
                            cot::activation act) {
  using A = cot::accumulator_of<Out>;
  cot::test::bench<B> at(device, padding);
  const auto matrix = [&]<class T>(T, index rows, index columns, std::uint32_t seed) {
    return at.template put<T>(cot::test::random_values(rows * columns, seed), {{rows, columns}});
  };
  const auto a = op_a == transpose::yes ? matrix(In{}, s.k, s.m, 1) : matrix(In{}, s.m, s.k, 1);
  const auto b = op_b == transpose::yes ? matrix(In{}, s.n, s.k, 2) : matrix(In{}, s.k, s.n, 2);
  const auto c = parts & 1 ? matrix(Out{}, s.m, s.n, 3) : at.template room<Out>({{s.m, s.n}});
  const auto slope_of = matrix(Out{}, s.m, s.n, 4), pre = at.template room<Out>({{s.m, s.n}});
  cot::epilogue<Out, A> e;
  e.act = act;
  if (parts & 1) e.mode = store::add;
  if (parts & 2) e.bias = at.template put_vector<A>(cot::test::random_values(s.n, 5)).data();
  if (parts & 4) e.slope_of = slope_of.data();
  if (parts & 8) e.pre = pre.data();
  cot::ops::matmul(device, op_a, a, op_b, b, c, e);
  std::vector<values> results{at.take(c)};
  if (parts & 8) results.push_back(at.take(pre));
  return results;
}

template <class In, class Out>
void compare(transpose op_a, transpose op_b, sizes s, index padding, int parts, cot::activation act) {
  CAPTURE(static_cast<int>(op_a));
  CAPTURE(static_cast<int>(op_b));
  CAPTURE(s.m);
  CAPTURE(s.n);
  CAPTURE(s.k);
  CAPTURE(padding);
  CAPTURE(parts);
  CAPTURE(static_cast<int>(act));
  cot::serial reference;
  cot::cuda device;
  CHECK(cot::test::difference(product<In, Out>(reference, op_a, op_b, s, padding, parts, act),
                              product<In, Out>(device, op_a, op_b, s, padding, parts, act)) <=
        cot::test::rounding<Out>);
}

/// Every order of the operands, sizes that are multiples of nothing and of everything, every epilogue.
template <class In, class Out>
void check_products() {
  for (const transpose op_a : {transpose::no, transpose::yes})
    for (const transpose op_b : {transpose::no, transpose::yes})
      for (const sizes s :
           {sizes{1, 1, 1}, {3, 5, 7}, {19, 61, 23}, {64, 128, 32}, {1, 300, 64}, {257, 1, 40}, {130, 384, 96}})
        for (const index padding : {0, 3}) compare<In, Out>(op_a, op_b, s, padding, 0, cot::activation::none);
  for (const auto act : {cot::activation::none, cot::activation::gelu, cot::activation::gelu_tanh,
                         cot::activation::silu, cot::activation::relu, cot::activation::tanh})
    for (int parts = 0; parts < 16; ++parts)
      compare<In, Out>(transpose::no, transpose::yes, {19, 61, 23}, 3, parts, act);
  compare<In, Out>(transpose::no, transpose::no, {5, 6, 0}, 0, 3, cot::activation::none);
}

}  // namespace

TEST_CASE("cuda: products of float agree with serial") { check_products<float, float>(); }
TEST_CASE("cuda: products of double agree with serial") { check_products<double, double>(); }
TEST_CASE("cuda: products of bfloat16 agree with serial") { check_products<cot::bfloat16, cot::bfloat16>(); }
TEST_CASE("cuda: products of bfloat16 summed into float agree with serial") { check_products<cot::bfloat16, float>(); }
