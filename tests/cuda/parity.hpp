#pragma once
// Comparing a GPU with the serial reference.

#include "support/registry.hpp"

#include <cotangent/backend/cuda.cuh>
#include <cotangent/backend/serial.hpp>

#include <doctest/doctest.h>

namespace cot::test {

/// A case of the registry: serial = cuda, over small, odd and long rows, with and without gaps between them, adding and
/// replacing.
template <class Case, class T>
void check_case() {
  INFO(Case::name);
  serial reference;
  cuda device;
  const auto compare = [&](index n, index d, index padding, store mode) {
    CAPTURE(n);
    CAPTURE(d);
    CAPTURE(padding);
    CHECK(difference(run_case<Case, T>(reference, n, d, 0, store::overwrite),
                     run_case<Case, T>(device, n, d, padding, mode)) <= rounding<T>);
  };
  for (const index d : {2, 7, 31, 32, 33, 128, 129, 257, 1100}) compare(3, d, 0, store::overwrite);
  compare(1, 5, 0, store::overwrite);
  compare(70, 40, 3, store::add);
  compare(300, 65, 1, store::overwrite);
}

/// Any other computation, Case::run<T>(bench) -> list of results: serial = cuda.
template <class Case, class T>
void check_results() {
  serial reference;
  cuda device;
  for (const index padding : {0, 3}) {
    CAPTURE(padding);
    bench<serial> expected(reference);
    bench<cuda> got(device, Case::strided ? padding : 0);
    CHECK(difference(Case::template run<T>(expected), Case::template run<T>(got)) <= rounding<T>);
  }
}

}  // namespace cot::test
