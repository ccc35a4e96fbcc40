// SPDX-License-Identifier: MIT
#include "thermal/modal_kernel.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "base/error.h"

namespace kiln::thermal {
namespace {

constexpr int kWide = ModalKernel::kModesTogether;  // floats of one vector
constexpr int kGroups = 8;  // vectors worked on at once: enough to hide the latency of an addition

/// Blocks whose powers are added up in single precision; the parts are added in double, or a thousand blocks
/// would lose more of the heat than its books allow.
constexpr long kSummedTogether = 32;

/// Neighbouring rows; the compiler maps them to whatever registers the machine has. Rows lie anywhere: a copy
/// is an unaligned load or store.
using Vector = float __attribute__((vector_size(kWide * sizeof(float))));
constexpr int kHalf = kWide / 2;
using Half = float __attribute__((vector_size(kHalf * sizeof(float))));
using Doubles = double __attribute__((vector_size(kHalf * sizeof(double))));

struct Problem {
  const float* matrix;  // in pieces of kGroups * kWide rows; a piece holds its part of every column in turn
  long modes, blocks;
  const double *decay, *response, *outlet_s;
  double dt_s;
  const float* power_w;
  double* z;
  float* sums;  // of every block, kWide parts each
  double* means_k;
  double* outflow;  // kHalf parts
};

/// sum += columns * weight
[[gnu::always_inline]] inline void add(Vector& sum, const float* column, const auto& weight) {
  Vector part;
  std::memcpy(&part, column, sizeof part);
  sum += part * weight;
}

/// What the modes, being at `value`, add to the means of all blocks.
template <int Groups>
[[gnu::always_inline]] inline void read_rows(const Problem& p, long row, const float* value) {
  Vector held[Groups];
  std::memcpy(held, value, sizeof held);
  for (long block = 0; block < p.blocks; ++block) {
    const float* column = p.matrix + row * p.blocks + block * (Groups * kWide);
    Vector sum;
    std::memcpy(&sum, p.sums + block * kWide, sizeof sum);
#pragma GCC unroll 8
    for (int g = 0; g < Groups; ++g) add(sum, column + g * kWide, held[g]);
    std::memcpy(p.sums + block * kWide, &sum, sizeof sum);
  }
}

/// The modes themselves: `value` receives where they are at the end, `outflow` what they lost on the way.
[[gnu::always_inline]] inline void step_modes(const Problem& p, long row, const double* driven, float* value,
                                              Doubles& outflow) {
  Doubles drive, z, decay, response, outlet_s;
  std::memcpy(&drive, driven, sizeof drive);
  std::memcpy(&z, p.z + row, sizeof z);
  std::memcpy(&decay, p.decay + row, sizeof decay);
  std::memcpy(&response, p.response + row, sizeof response);
  std::memcpy(&outlet_s, p.outlet_s + row, sizeof outlet_s);
  const Doubles next = decay * z + response * drive;
  outflow += (drive * p.dt_s - next + z) * outlet_s;  // the integral of z, from the equation of motion
  const Half single = __builtin_convertvector(next, Half);
  std::memcpy(p.z + row, &next, sizeof next);
  std::memcpy(value, &single, sizeof single);
}

template <int Groups>
[[gnu::always_inline]] inline void step_rows(const Problem& p, long row, Doubles& outflow) {
  constexpr int kRows = Groups * kWide;
  double drive[kRows] = {};
  for (long first = 0; first < p.blocks; first += kSummedTogether) {
    Vector driven[Groups] = {};
    for (long block = first; block < std::min(first + kSummedTogether, p.blocks); ++block) {
      const float* column = p.matrix + row * p.blocks + block * (Groups * kWide);
#pragma GCC unroll 8
      for (int g = 0; g < Groups; ++g) add(driven[g], column + g * kWide, p.power_w[block]);
    }
    float part[kRows];
    std::memcpy(part, driven, sizeof part);
    for (int i = 0; i < kRows; ++i) drive[i] += static_cast<double>(part[i]);
  }
  float value[kRows];
  for (int i = 0; i < kRows; i += kHalf) step_modes(p, row + i, drive + i, value + i, outflow);
  read_rows<Groups>(p, row, value);
}

/// Calls `work` for every piece of the rows; how many groups a piece has is known to the compiler.
template <int Groups = kGroups>
[[gnu::always_inline]] inline void for_pieces(long row, long end, const auto& work) {
  if constexpr (Groups > 0) {
    for (; row + Groups * kWide <= end; row += Groups * kWide)
      work(std::integral_constant<int, Groups>{}, row);
    for_pieces<Groups - 1>(row, end, work);
  }
}

[[gnu::always_inline]] inline void step_all(const Problem& p) {
  Doubles outflow = {};
  for_pieces(
      0, p.modes, [&](auto groups, long row) __attribute__((always_inline)) {
        step_rows<groups>(p, row, outflow);
      });
  std::memcpy(p.outflow, &outflow, sizeof outflow);
  for (long block = 0; block < p.blocks; ++block) {
    Half low, high;
    std::memcpy(&low, p.sums + block * kWide, sizeof low);
    std::memcpy(&high, p.sums + block * kWide + kHalf, sizeof high);
    low += high;
    p.means_k[block] = (low[0] + low[2]) + (low[1] + low[3]);
  }
}

// The build targets plain x86-64; this function alone is
// also compiled for AVX2 and picked when the program starts.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
#define KILN_ALSO_FOR_AVX2 __attribute__((target_clones("avx2", "default")))
#else
#define KILN_ALSO_FOR_AVX2
#endif

KILN_ALSO_FOR_AVX2
void run(const Problem& p) {
  step_all(p);
}

#undef KILN_ALSO_FOR_AVX2

}  // namespace

ModalKernel::ModalKernel(const Eigen::MatrixXd& input, const Eigen::ArrayXd& rate_per_s,
                         const Eigen::ArrayXd& outlets_w_k)
    : rate_per_s_(rate_per_s),
      outlet_s_(outlets_w_k / rate_per_s),
      power_w_(static_cast<std::size_t>(input.cols())),
      sums_(static_cast<std::size_t>(input.cols() * kWide)),
      means_k_(input.cols()) {
  KILN_CHECK(input.rows() % kModesTogether == 0, "{} modes are no multiple of {}", input.rows(),
             kModesTogether);
  for_pieces(0, input.rows(), [&](auto groups, Eigen::Index row) {
    for (Eigen::Index block = 0; block < input.cols(); ++block)
      for (Eigen::Index i = 0; i < groups * kWide; ++i)
        matrix_.push_back(static_cast<float>(input(row + i, block)));
  });
}

ModalKernel::Held ModalKernel::hold(double dt_s) const {
  const Eigen::ArrayXd lost = -(-rate_per_s_ * dt_s).unaryExpr([](double v) { return std::expm1(v); });
  return {dt_s, (-rate_per_s_ * dt_s).exp(), lost / rate_per_s_};
}

void ModalKernel::step(const Held& held, std::span<const double> power_w, std::span<double> z) {
  std::transform(power_w.begin(), power_w.end(), power_w_.begin(),
                 [](double watts) { return static_cast<float>(watts); });
  std::fill(sums_.begin(), sums_.end(), 0.0f);
  double outflow[kHalf];
  run({matrix_.data(), static_cast<long>(z.size()), static_cast<long>(power_w.size()), held.decay.data(),
       held.response.data(), outlet_s_.data(), held.dt_s, power_w_.data(), z.data(), sums_.data(),
       means_k_.data(), outflow});
  outflow_j_ = (outflow[0] + outflow[2]) + (outflow[1] + outflow[3]);
}

}  // namespace kiln::thermal
