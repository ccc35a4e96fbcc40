// SPDX-License-Identifier: MIT
// Throughput of the codecs on one core. Targets: 200 M elements/s to quantise and pack, 100 M elements/s for
// threshold top-k with Rice places.
#include <benchmark/benchmark.h>

#include "compression/codec.h"
#include "compression/gradient_source.h"

namespace {

using namespace kiln;
using namespace kiln::compression;

constexpr std::int64_t kElements = 1 << 22;  // 16 MiB of fp32: does not stay in a core's caches

void encode(benchmark::State& bench, const CodecConfig& config) {
  const std::vector<float> gradient = gradient_source(kElements, 1);
  const Codec codec(config);
  State state;
  base::Rng rng(1, "codec_bench", "rounding");
  std::int64_t bits = 0;
  for (auto _ : bench) {
    const Encoded encoded = codec.encode(gradient, state, rng);
    bits = encoded.bits.total();
    benchmark::DoNotOptimize(encoded.bytes.data());
  }
  bench.SetItemsProcessed(bench.iterations() * kElements);
  bench.counters["ratio"] = 32.0 * kElements / static_cast<double>(bits);
}

void decode(benchmark::State& bench, const CodecConfig& config) {
  std::vector<float> gradient = gradient_source(kElements, 1);
  const Codec codec(config);
  State state;
  base::Rng rng(1, "codec_bench", "rounding");
  const Encoded encoded = codec.encode(gradient, state, rng);
  for (auto _ : bench) {
    codec.decode(encoded, gradient);
    benchmark::DoNotOptimize(gradient.data());
  }
  bench.SetItemsProcessed(bench.iterations() * kElements);
}

constexpr CodecConfig dense(Values values, Rounding rounding) {
  return {.values = values, .rounding = rounding};
}
constexpr CodecConfig top_k(Selector selector, bool feedback) {
  return {.selection = Selection::top_k,
          .density = 0.01,
          .selector = selector,
          .histogram_bits = 3,
          .values = Values::int4,
          .error_feedback = feedback};
}

void source(benchmark::State& bench) {
  std::vector<float> gradient(kElements);
  std::uint64_t step = 0;
  for (auto _ : bench) fill_gradient(gradient, 1, 0, step++);
  bench.SetItemsProcessed(bench.iterations() * kElements);
}

BENCHMARK_CAPTURE(encode, int8_nearest, dense(Values::int8, Rounding::nearest));
BENCHMARK_CAPTURE(encode, int8_stochastic, dense(Values::int8, Rounding::stochastic));
BENCHMARK_CAPTURE(encode, int4_nearest, dense(Values::int4, Rounding::nearest));
BENCHMARK_CAPTURE(encode, int2_nearest, dense(Values::int2, Rounding::nearest));
BENCHMARK_CAPTURE(encode, sign, dense(Values::sign, Rounding::nearest));
BENCHMARK_CAPTURE(encode, top_k_previous_step_rice, top_k(Selector::previous_step, false));
BENCHMARK_CAPTURE(encode, top_k_previous_step_rice_feedback, top_k(Selector::previous_step, true));
BENCHMARK_CAPTURE(encode, top_k_histogram_rice, top_k(Selector::exponent_histogram, false));
BENCHMARK_CAPTURE(encode, top_k_exact_rice, top_k(Selector::exact, false));
BENCHMARK_CAPTURE(decode, int8, dense(Values::int8, Rounding::nearest));
BENCHMARK_CAPTURE(decode, top_k_rice, top_k(Selector::exact, false));
BENCHMARK(source);

}  // namespace
