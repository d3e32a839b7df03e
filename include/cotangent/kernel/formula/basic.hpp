#pragma once
// The simplest formulas: copying, filling, scaling.

#include <cotangent/kernel/number.hpp>

namespace cot {

/// y = x, in another number type where the streams say so.
struct copy_formula {
  template <class Number>
  COT_FN void operator()(Number& y, const Number& x) const {
    y = x;
  }
};

/// y = value.
template <class T>
struct fill_formula {
  T value;
  template <class Number>
  COT_FN void operator()(Number& y) const {
    y = Number(value);
  }
};

/// y = factor x.
template <class T>
struct scale_formula {
  T factor;
  template <class Number>
  COT_FN void operator()(Number& y, const Number& x) const {
    y = x * Number(factor);
  }
};

}  // namespace cot
