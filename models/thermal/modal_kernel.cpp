// SPDX-License-Identifier: MIT
#include "thermal/modal_kernel.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace kiln::thermal {
namespace {

constexpr int kWide = 8;    // floats of one vector
constexpr int kGroups = 8;  // vectors worked on at once: enough to hide the latency of an addition

/// Neighbouring rows; the compiler maps them to whatever registers the machine has. Rows lie anywhere: a copy
/// is an unaligned load or store.
using Vector = float __attribute__((vector_size(kWide * sizeof(float))));
constexpr int kHalf = kWide / 2;
using Half = float __attribute__((vector_size(kHalf * sizeof(float))));
using Doubles = double __attribute__((vector_size(kHalf * sizeof(double))));

struct Problem {
  const float* matrix;  // in pieces of kGroups * kWide rows; a piece holds its part of every column in turn
  long rows;            // modes, then the immediate response
  long blocks;
  const double *decay, *response, *time_s;
  double dt_s;
  const float* power_w;
  double* z;
  double* integral;
  float* sums;  // of every block, kWide parts each
  double* means_k;
};

/// sum += columns * weight
[[gnu::always_inline]] inline void add(Vector& sum, const float* column, const auto& weight) {
  Vector part;
  std::memcpy(&part, column, sizeof part);
  sum += part * weight;
}

/// What the rows, holding `value`, add to the means of all blocks.
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

/// The modes themselves: `value` receives where they are at the end.
[[gnu::always_inline]] inline void step_modes(const Problem& p, long row, const float* driven, float* value) {
  Half single;
  Doubles z, decay, response, time_s;
  std::memcpy(&single, driven, sizeof single);
  std::memcpy(&z, p.z + row, sizeof z);
  std::memcpy(&decay, p.decay + row, sizeof decay);
  std::memcpy(&response, p.response + row, sizeof response);
  std::memcpy(&time_s, p.time_s + row, sizeof time_s);
  const Doubles drive = __builtin_convertvector(single, Doubles);
  const Doubles next = decay * z + response * drive;
  const Doubles integral = (drive * p.dt_s - next + z) * time_s;  // from the equation of motion
  single = __builtin_convertvector(next, Half);
  std::memcpy(p.z + row, &next, sizeof next);
  std::memcpy(p.integral + row, &integral, sizeof integral);
  std::memcpy(value, &single, sizeof single);
}

template <int Groups>
[[gnu::always_inline]] inline void step_rows(const Problem& p, long row) {
  Vector driven[Groups] = {};
  for (long block = 0; block < p.blocks; ++block) {
    const float* column = p.matrix + row * p.blocks + block * (Groups * kWide);
#pragma GCC unroll 8
    for (int g = 0; g < Groups; ++g) add(driven[g], column + g * kWide, p.power_w[block]);
  }
  constexpr int kRows = Groups * kWide;
  float drive[kRows], value[kRows];
  std::memcpy(drive, driven, sizeof drive);
  for (int i = 0; i < kRows; i += kHalf) step_modes(p, row + i, drive + i, value + i);
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

/// The immediate response comes last: its rows are held at the powers.
[[gnu::always_inline]] inline void step_all(const Problem& p, long modes) {
  for_pieces(
      0, modes, [&](auto groups, long row) __attribute__((always_inline)) { step_rows<groups>(p, row); });
  for_pieces(
      modes, p.rows, [&](auto groups, long row) __attribute__((always_inline)) {
        read_rows<groups>(p, row, p.power_w + (row - modes));
      });
  for (long block = 0; block < p.blocks; ++block) {
    Half low, high;
    std::memcpy(&low, p.sums + block * kWide, sizeof low);
    std::memcpy(&high, p.sums + block * kWide + kHalf, sizeof high);
    low += high;
    p.means_k[block] = (low[0] + low[2]) + (low[1] + low[3]);
  }
}

// The build targets plain x86-64; this function alone is also compiled for AVX2 and picked when the program
// starts.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
#define KILN_ALSO_FOR_AVX2 __attribute__((target_clones("avx2", "default")))
#else
#define KILN_ALSO_FOR_AVX2
#endif

KILN_ALSO_FOR_AVX2
void run(const Problem& p, long modes) {
  step_all(p, modes);
}

#undef KILN_ALSO_FOR_AVX2

Eigen::Index padded(Eigen::Index rows) {
  return (rows + kWide - 1) / kWide * kWide;
}

Eigen::ArrayXd padded(const Eigen::ArrayXd& values) {
  Eigen::ArrayXd result = Eigen::ArrayXd::Zero(padded(values.size()));
  result.head(values.size()) = values;
  return result;
}

}  // namespace

ModalKernel::ModalKernel(const Eigen::MatrixXd& input, const Eigen::MatrixXd& immediate)
    : modes_(input.rows()),
      rows_(padded(input.rows()) + padded(input.cols())),
      power_(static_cast<std::size_t>(padded(input.cols()))),
      sums_(static_cast<std::size_t>(input.cols() * kWide)),
      z_(Eigen::ArrayXd::Zero(padded(modes_))),
      integral_(z_),
      means_k_(input.cols()) {
  const Eigen::Index blocks = input.cols();
  Eigen::MatrixXf rows = Eigen::MatrixXf::Zero(rows_, blocks);
  rows.topRows(modes_) = input.cast<float>();
  rows.middleRows(z_.size(), blocks) = immediate.transpose().cast<float>();
  const auto append = [&](auto groups, Eigen::Index row) {
    for (Eigen::Index block = 0; block < blocks; ++block)
      for (Eigen::Index i = 0; i < groups * kWide; ++i) matrix_.push_back(rows(row + i, block));
  };
  for_pieces(0, z_.size(), append);
  for_pieces(z_.size(), rows_, append);
}

ModalKernel::Held ModalKernel::hold(const Eigen::ArrayXd& rate_per_s, double dt_s) {
  const Eigen::ArrayXd decay = (-rate_per_s * dt_s).exp();
  const Eigen::ArrayXd lost = -(-rate_per_s * dt_s).unaryExpr([](double v) { return std::expm1(v); });
  return {padded(decay), padded(lost / rate_per_s), padded(rate_per_s.inverse())};
}

void ModalKernel::step(const Held& held, double dt_s, std::span<const double> power_w, std::span<double> z) {
  std::copy(power_w.begin(), power_w.end(), power_.begin());
  std::copy(z.begin(), z.end(), z_.begin());
  std::fill(sums_.begin(), sums_.end(), 0.0f);
  const auto blocks = static_cast<long>(power_w.size());
  run({matrix_.data(), rows_, blocks, held.decay.data(), held.response.data(), held.time_s.data(), dt_s,
       power_.data(), z_.data(), integral_.data(), sums_.data(), means_k_.data()},
      z_.size());
  std::copy_n(z_.begin(), z.size(), z.begin());
}

}  // namespace kiln::thermal
