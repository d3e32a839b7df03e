#pragma once
// `row_program`: one `each` over every row of some matrices. Flat arrays are rows of a fixed length. What
// `launch_elements` runs.

#include <cotangent/kernel/each.hpp>

#include <cstdint>

namespace cot {

/// A stream over the rows of a matrix: row i begins `stride` elements after row i - 1.
template <class Stream>
struct row_stream {
  Stream first;
  index stride;
  [[nodiscard]] COT_FN Stream row(index i) const { return first.from(i * stride); }
};

namespace detail {
template <class... Streams>
struct row_streams {
  template <class F, class... Rows>
  COT_FN void on_row(index, const F& f, const Rows&... rows) const {
    f(rows...);
  }
};
template <class Head, class... Rest>
struct row_streams<Head, Rest...> {
  row_stream<Head> head;
  row_streams<Rest...> rest;
  template <class F, class... Rows>
  COT_FN void on_row(index i, const F& f, const Rows&... rows) const {
    rest.on_row(i, f, rows..., head.row(i));
  }
};
inline row_streams<> list_rows() { return {}; }
template <class Head, class... Rest>
row_streams<Head, Rest...> list_rows(const row_stream<Head>& head, const row_stream<Rest>&... rest) {
  return {head, list_rows(rest...)};
}
}  // namespace detail

/// each(b, width, f, streams at row b.index()...); the last row may be shorter. f as in `each`.
template <class F, class... Streams>
struct row_program {
  index rows, width, last_width;
  F f;
  detail::row_streams<Streams...> streams;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    const index n = b.index() == rows - 1 ? last_width : width;
    streams.on_row(b.index(), [&](const auto&... row) COT_LAMBDA { each(b, n, f, row...); });
  }
};

/// The same over row chosen[b.index()] of every matrix.
template <class F, class... Streams>
struct chosen_rows_program {
  const std::int32_t* chosen;
  index width;
  F f;
  detail::row_streams<Streams...> streams;

  template <block Block>
  COT_FN void operator()(Block& b) const {
    streams.on_row(chosen[b.index()], [&](const auto&... row) COT_LAMBDA { each(b, width, f, row...); });
  }
};

/// f over `count` rows of matrices of that width; `chosen` is in device memory.
template <class B, class F, class... Streams>
void launch_chosen_rows(B& device, index count, const std::int32_t* chosen, index width, bool transcendental,
                        const F& f, const row_stream<Streams>&... streams) {
  if (count == 0 || width == 0) return;
  launch_blocks(device, count, block_work{width, transcendental},
                chosen_rows_program<F, Streams...>{chosen, width, f, detail::list_rows(streams...)});
}

/// f over the rows of matrices [rows, width].
template <class B, class F, class... Streams>
void launch_rows(B& device, index rows, index width, bool transcendental, const F& f,
                 const row_stream<Streams>&... streams) {
  if (rows == 0 || width == 0) return;
  launch_blocks(device, rows, block_work{width, transcendental},
                row_program<F, Streams...>{rows, width, width, f, detail::list_rows(streams...)});
}

/// f over n consecutive elements of flat arrays, in chunks of a fixed length, so that results do not depend on threads.
template <class B, class F, class... Streams>
void launch_elements(B& device, index n, bool transcendental, const F& f, const Streams&... streams) {
  if (n == 0) return;
  constexpr index chunk = 4096;
  const index rows = (n + chunk - 1) / chunk;
  launch_blocks(device, rows, block_work{chunk, transcendental},
                row_program<F, Streams...>{rows, chunk, n - (rows - 1) * chunk, f,
                                           detail::list_rows(row_stream<Streams>{streams, chunk}...)});
}

}  // namespace cot
