#pragma once
// The row kernels as one writes them in Eigen: what benchmarks/row_peers compares with. The two sides see each other
// through plain pointers only, because the peer is compiled for this machine, which decides how Eigen aligns.

struct row_arrays {
  long rows, width;
  float *x, *w, *y, *z;   // [rows, width]; x and w are read, except by adamw
  float *gamma, *beta;    // [width]
  float *mean, *rstd;     // [rows]
  float *dgamma, *dbeta;  // [width]
};

/// Of one update of AdamW without decay: moments fade so slowly that thousands of calls leave no denormal numbers.
inline constexpr float adamw_rate = 1e-9f, adamw_beta = 0.999999f, adamw_epsilon = 1e-8f;

struct row_peer {
  const char* name;
  int arrays;  // of size [rows, width] that it reads or writes
  void (*run)(const row_arrays&);
};

extern const row_peer row_peers[];
extern const int row_peer_count;
