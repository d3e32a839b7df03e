// Speed of the row kernels on one thread, in turn with a copy of the same memory: GB/s of compulsory traffic (every
// array once) and its share of the copy's, medians of rounds on the thread's CPU clock.
//
//   row_kernels [ROWS WIDTH] [portable | avx2 | avx512] [--json FILE]

#include <cotangent/backend/cpu/launch.hpp>
#include <cotangent/io/json.hpp>
#include <cotangent/kernel/formula/pointwise.hpp>
#include <cotangent/ops/adamw.hpp>
#include <cotangent/ops/column_sum.hpp>
#include <cotangent/ops/copy.hpp>
#include <cotangent/ops/layer_norm.hpp>
#include <cotangent/ops/map.hpp>
#include <cotangent/ops/normalize_rows.hpp>
#include <cotangent/ops/rms_norm.hpp>
#include <cotangent/ops/softmax.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <time.h>

namespace {

double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double median(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  return x[x.size() / 2];
}

/// Median seconds of f, and of how many times as long `copy` takes, run in turn with it.
struct timing {
  double seconds, copies;
};
timing in_turn(const std::function<void()>& f, const std::function<void()>& copy) {
  const auto seconds = [](int times, const std::function<void()>& g) {
    const double begin = thread_seconds();
    for (int i = 0; i < times; ++i) g();
    return (thread_seconds() - begin) / times;
  };
  f();
  const int times = std::max(1, static_cast<int>(0.005 / seconds(1, f)));
  std::vector<double> of_f, quotients;
  for (int round = 0; round < 15; ++round) {
    const double c = seconds(times, copy);
    of_f.push_back(seconds(times, f));
    quotients.push_back(c / of_f.back());
  }
  return {median(of_f), median(quotients)};
}

struct matrices {
  cot::cpu& device;
  cot::index n, d;
  std::vector<std::vector<unsigned char>> memory;

  template <class T>
  cot::view<T, 2, cot::cpu> make() {
    memory.emplace_back(static_cast<std::size_t>(n * d) * sizeof(T) + 64);
    auto* data = reinterpret_cast<T*>((reinterpret_cast<std::uintptr_t>(memory.back().data()) + 63) / 64 * 64);
    for (cot::index i = 0; i < n * d; ++i)
      data[i] = T(static_cast<float>(cot::random_bits({1, 2, 3}, static_cast<std::uint32_t>(memory.size()), 0, i)) *
                      0x1p-30f -
                  2.0f);
    return {data, cot::shape<2>{{n, d}}};
  }
};

template <class T>
void run(cot::cpu& device, cot::index n, cot::index d, const char* type, cot::io::json& results) {
  using namespace cot;
  using cot::index;
  matrices all{device, n, d, {}};
  const auto x = all.make<T>(), y = all.make<T>(), z = all.make<T>(), w = all.make<T>();
  matrices vectors{device, 1, std::max(n, d), {}};
  const auto vector = [&](index size) {
    return view<accumulator_of<T>, 1, cpu>(vectors.make<accumulator_of<T>>().data(), {{size}});
  };
  const auto gamma = vector(d), beta = vector(d), mean = vector(n), rstd = vector(n), dgamma = vector(d),
             dbeta = vector(d);
  std::vector<std::int32_t> sentence(static_cast<std::size_t>(n), 3), position(static_cast<std::size_t>(n));
  for (index i = 0; i < n; ++i) position[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(i);
  const dropout_rows none, drop{{1, 2, 3}, 0.1, sentence.data(), position.data()};
  using reader = view<const T, 2, cpu>;

  const double bytes = static_cast<double>(n * d) * sizeof(T);
  const std::function<void()> copy = [&] { std::memcpy(y.data(), x.data(), static_cast<std::size_t>(bytes)); };
  const auto report = [&](const char* name, int streams, const std::function<void()>& f) {
    const timing t = in_turn(f, copy);
    const double speed = streams * bytes / t.seconds * 1e-9, share = streams / 2.0 * t.copies;
    std::printf("%-8s %-26s %7.1f GB/s   %5.2f of copy\n", type, name, speed, share);
    results[type][name] = io::json::of({{"gigabytes_per_second", speed}, {"of_copy", share}});
  };
  report("copy (memcpy)", 2, copy);
  report("cast to itself", 2, [&] { ops::cast(device, reader(x), y); });
  report("accumulate", 3, [&] { ops::accumulate(device, reader(x), w); });
  report("map exp", 2, [&] { ops::map(device, formula::exponential{}, y, x); });
  report("softmax", 2, [&] { ops::softmax(device, x, y); });
  report("softmax backward", 3, [&] { ops::softmax_pullback(device, x, y, z, store::overwrite); });
  report("log softmax", 2, [&] { ops::log_softmax(device, x, y); });
  report("layer norm", 2, [&] { ops::layer_norm(device, x, gamma, beta, 1e-5, y, mean, rstd); });
  report("layer norm backward", 3,
         [&] { ops::layer_norm_pullback(device, y, x, mean, rstd, gamma, z, store::overwrite, dgamma, dbeta); });
  report("add + layer norm", 4, [&] { ops::add_layer_norm(device, x, z, none, gamma, beta, 1e-5, w, y, mean, rstd); });
  report("add + layer norm, dropout", 4,
         [&] { ops::add_layer_norm(device, x, z, drop, gamma, beta, 1e-5, w, y, mean, rstd); });
  report("dropout", 2, [&] { ops::dropout(device, x, drop, y); });
  report("rms norm", 2, [&] { ops::rms_norm(device, x, gamma, 0, 1e-5, y, rstd); });
  report("rms norm backward", 3,
         [&] { ops::rms_norm_pullback(device, y, x, rstd, gamma, 0, z, store::overwrite, dgamma); });
  report("add", 3, [&] { ops::map(device, formula::add{}, z, x, y); });
  report("column sum", 1, [&] { ops::column_sum(device, reader(x), dbeta, store::overwrite); });
  report("gelu", 2, [&] { ops::map(device, formula::gelu{}, y, x); });
  report("gelu backward", 3, [&] {
    ops::map_pullback(device, formula::gelu{}, reader(x), ops::with_respect_to<T, 2, cpu>{y, z, store::overwrite});
  });
  report("gelu tanh", 2, [&] { ops::map(device, formula::gelu_tanh{}, y, x); });
  report("gelu tanh backward", 3, [&] {
    ops::map_pullback(device, formula::gelu_tanh{}, reader(x), ops::with_respect_to<T, 2, cpu>{y, z, store::overwrite});
  });
  report("silu", 2, [&] { ops::map(device, formula::silu{}, y, x); });
  report("silu backward", 3, [&] {
    ops::map_pullback(device, formula::silu{}, reader(x), ops::with_respect_to<T, 2, cpu>{y, z, store::overwrite});
  });
  if constexpr (std::is_same_v<T, float>) {
    report("normalize rows", 2, [&] { ops::normalize_rows(device, reader(x), 1e-12, y, mean); });
    report("normalize rows backward", 3, [&] {
      ops::normalize_rows_pullback(device, reader(x), reader(y), view<const T, 1, cpu>(mean), 1e-12, z,
                                   store::overwrite);
    });
    const auto flat = [&](auto v) { return view<float, 1, cpu>(v.data(), {{n * d}}); };
    report("adamw", 8, [&] {
      ops::adamw(device, flat(x), flat(y), flat(z), flat(w),
                 ops::adamw_step{.lr = 1e-9, .beta1 = 0.999999, .weight_decay = 0.01, .step = 10});  // no denormals
    });
  }
}

struct options {
  cot::index rows = 2048, width = 768;
  std::string json;
  cot::cpu::options device{.threads = 1};
  bool help = false, wrong = false;
};

options parse(int count, char** arguments) {
  options o;
  std::vector<cot::index> sizes;
  for (int i = 1; i < count; ++i) {
    const std::string_view given = arguments[i];
    const auto level = std::find(cot::isa_names.begin(), cot::isa_names.end(), given);
    cot::index size = 0;
    const auto [end, failed] = std::from_chars(given.data(), given.data() + given.size(), size);
    if (given == "--help")
      o.help = true;
    else if (given == "--json" && i + 1 < count)
      o.json = arguments[++i];
    else if (level != cot::isa_names.end())
      o.device.level = static_cast<cot::isa>(level - cot::isa_names.begin());
    else if (failed == std::errc() && end == given.data() + given.size() && size > 0)
      sizes.push_back(size);
    else
      o.wrong = true;
  }
  if (sizes.size() == 2) o.rows = sizes[0], o.width = sizes[1];
  o.wrong = o.wrong || (!sizes.empty() && sizes.size() != 2);
  return o;
}

}  // namespace

int main(int count, char** arguments) {
  const options o = parse(count, arguments);
  if (o.help || o.wrong) {
    std::fputs("usage: row_kernels [ROWS WIDTH] [portable | avx2 | avx512] [--json FILE]\n", o.wrong ? stderr : stdout);
    return o.wrong ? 2 : 0;
  }
  try {
    cot::cpu device(o.device);
    std::printf("%lld x %lld, %s\n", static_cast<long long>(o.rows), static_cast<long long>(o.width),
                std::string(to_string(device.level())).c_str());
    cot::io::json results =
        cot::io::json::of({{"isa", to_string(device.level())}, {"rows", o.rows}, {"width", o.width}});
    run<float>(device, o.rows, o.width, "float", results);
    run<cot::bfloat16>(device, o.rows, o.width, "bfloat16", results);
    if (!o.json.empty()) cot::io::write_json(o.json, results);
  } catch (const cot::error& e) {
    std::fprintf(stderr, "row_kernels: error: %s\n", e.what());
    return 1;
  }
}
