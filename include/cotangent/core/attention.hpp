#pragma once
// The contract of ragged multi-head attention, a primitive that every backend brings, and the vocabulary of its
// callers.

#include <cotangent/core/precision.hpp>
#include <cotangent/core/random.hpp>
#include <cotangent/core/shape.hpp>

namespace cot {

/// Which rows attend to which. Sentence s owns the token rows [offsets[s], offsets[s + 1]) and attends to itself only:
/// no output row depends on another sentence, not even in its last bit.
struct attention_layout {
  const index* offsets =
      nullptr;  ///< n + 1 entries in the memory of the backend, offsets[0] = 0; equal neighbours: an empty sentence
  index sentences = 0;  ///< n
  index tokens = 0;     ///< t = offsets[n]
  index longest = 0;    ///< no sentence is longer (a device that cannot read `offsets` plans with it)
  index heads = 1;      ///< h query heads
  index kv_heads = 1;   ///< key and value heads; divides h. Query head a reads key head a / (h / kv_heads)
  index width = 0;      ///< d, of one head
  double scale = 1;     ///< usually 1 / sqrt(d)
  bool causal = false;  ///< token i attends to tokens 0 ... i only
  double dropout = 0;   ///< probability p with which an attention weight is dropped, 0 <= p < 1
  random_site at = {};  ///< where the dropout mask is drawn
  index first_row = 0;  ///< row of sentence 0 in the whole batch, for the mask (chunks and ranks differ)
};

/// Rows of a matrix: row i begins at data + i * stride (elements). Head a occupies the columns [a * d, (a + 1) * d).
/// Queries, keys and values are usually three windows on one projection [t, 3 * h * d].
template <class E>
struct attention_rows {
  E* data = nullptr;
  index stride = 0;
};

/// Forward, for a sentence of length l and a head (Vaswani et al., "Attention is all you need", 2017, eq. 1):
///
///   s_ij = scale * log2(e) * <q_i, k_j>          m_i = max_j s_ij          r_i = 1 / sum_j 2^(s_ij - m_i)
///   P_ij = 2^(s_ij - m_i) * r_i                  out_i = sum_j M_ij P_ij v_j
///
/// j runs over the tokens of the sentence, up to i when causal. M_ij = 1 without dropout, else 0 or 1 / (1 - p): the
/// weight is kept when random_bits(at, first_row + s, a, i * l + j) >= dropout_threshold(p).
///
/// m and r are what backward needs. They are kept at [a * tokens + token], both or neither: null for inference.
/// Storage in bfloat16 is widened on load and rounded on store; all arithmetic is that of `accumulator_of<T>`, but that
/// a backend may round M 2^(s - m), M P and scale * dS to bfloat16 where a product multiplies by them.
template <class T>
struct attention_problem {
  attention_layout layout;
  attention_rows<const T> q, k, v;              ///< [t, h * d], [t, kv_heads * d], [t, kv_heads * d]
  attention_rows<T> out;                        ///< [t, h * d], overwritten
  accumulator_of<T>* maximum = nullptr;         ///< [h, t]: m
  accumulator_of<T>* reciprocal_sum = nullptr;  ///< [h, t]: r
};

/// Backward recomputes P from q, k, m and r; nothing of size l * l is kept between the two:
///
///   dv_j = sum_i M_ij P_ij dout_i       dP_ij = M_ij <dout_i, v_j>       D_i = sum_j P_ij dP_ij = <dout_i, out_i>
///   dS_ij = P_ij (dP_ij - D_i)          dq_i = scale * sum_j dS_ij k_j   dk_j = scale * sum_i dS_ij q_i
///
/// The gradients of keys and values are summed over the query heads that read them. All three are overwritten, and may
/// be windows on one matrix. A backend takes either form of D: they differ by rounding only.
template <class T>
struct attention_pullback_problem {
  attention_layout layout;
  attention_rows<const T> q, k, v;
  attention_rows<const T> out, dout;
  const accumulator_of<T>* maximum = nullptr;
  const accumulator_of<T>* reciprocal_sum = nullptr;
  attention_rows<T> dq, dk, dv;
};

// Every backend B brings, found by argument-dependent lookup, for T in {float, double, bfloat16}:
//
//   attention(B&, const attention_problem<T>&)
//   attention_pullback(B&, const attention_pullback_problem<T>&)
//
// The bits of a result depend on the number of threads nowhere; between backends, and between the instruction sets of
// one, they agree to rounding only. Arguments are trusted here: ops/attention.hpp checks them.

}  // namespace cot
