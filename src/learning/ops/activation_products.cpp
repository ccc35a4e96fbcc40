// SPDX-License-Identifier: MIT
// Products of two activations, where both lie as their layers left them: heads of attention beside one
// another in the channels of a sequence, matrices one behind another, or transposed by a view.
#include <algorithm>

#include "base/error.h"
#include "learning/kernels/band.h"
#include "learning/kernels/product.h"
#include "learning/ops/execute.h"
#include "learning/ops/layout.h"

namespace kiln::learning {

using workload::Derivative;
using workload::Role;
using workload::Shape;

namespace {

/// The matrices of one value of a sample.
struct Stack {
  std::int64_t stride = 0;            ///< between rows, or between columns of one that is turned
  bool turned = false;                ///< columns lie together
  std::vector<std::int64_t> offsets;  ///< by product
  std::int64_t sample = 0;            ///< values of a sample

  Stack(const Shape& shape, std::int64_t rows, std::int64_t columns, std::int64_t products)
      : sample(shape.elements()) {
    if (shape.width() == 1 && shape.height() == rows && shape.channels() == columns * products) {
      stride = shape.channels();
      for (std::int64_t i = 0; i < products; ++i) offsets.push_back(i * columns);
      return;
    }
    const std::vector<std::int64_t> strides = strides_of(shape);
    const std::int64_t down = strides[strides.size() - 2], across = strides.back();
    turned = across != 1 && columns != 1;
    if (turned && down != 1 && rows != 1)
      throw base::SimError(fmt::format(
          "a product of {} is not executed: neither its rows nor its columns lie together; put a transpose "
          "or reshape in front that makes one of the last two axes the channels",
          shape.text()));
    stride = turned ? std::max(across, rows) : std::max(down, columns);
    for_places(shape, [&](const std::vector<std::int64_t>& place, std::int64_t offset) {
      if (place.back() == 0 && place[place.size() - 2] == 0) offsets.push_back(offset);
    });
  }
};

/// A matrix of one sample and product as it lies in memory.
struct Lying {
  float* values;
  std::int64_t stride;
  bool turned;
  Matrix taken(bool transposed) const { return {values, stride, turned != transposed}; }
  InRows rows() const { return {values, stride}; }
  OutRows changed() const { return {values, stride}; }
};

/// C = A B (each as it lies, or its transpose): where C lies turned, its transpose is formed.
void form(std::int64_t m, std::int64_t n, std::int64_t k, const Lying& a, bool a_transposed, const Lying& b,
          bool b_transposed, const Lying& c, bool adds, float scale) {
  if (c.turned)
    multiply(n, m, k, b.taken(!b_transposed), a.taken(!a_transposed), c.values, c.stride, adds, scale);
  else
    multiply(m, n, k, a.taken(a_transposed), b.taken(b_transposed), c.values, c.stride, adds, scale);
}

/// Values of one factor or of the product, of all samples.
struct Factor {
  Stack stack;
  float* values = nullptr;
  Lying at(std::int64_t sample, std::size_t product) const {
    return {values + sample * stack.sample + stack.offsets[product], stack.stride, stack.turned};
  }
};

Factor factor_of(const Shape& shape, std::int64_t rows, std::int64_t columns, bool transposed,
                 std::int64_t products, const float* values) {
  return {transposed ? Stack(shape, columns, rows, products) : Stack(shape, rows, columns, products),
          const_cast<float*>(values)};  // only the one that is formed is written
}

/// Forms all products of a kind; `which` says what of A, B and C.
void form_all(const workload::MatrixProduct& p, Derivative which, std::int64_t samples, const Factor& a,
              const Factor& b, const Factor& c) {
  const auto [m, n, k, repeats] = p.one;
  const auto scale = static_cast<float>(p.scale);
  const std::int64_t sharing = repeats / p.b_products;
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t i = 0; i < repeats; ++i) {
      const auto product = static_cast<std::size_t>(i);
      const Lying la = a.at(s, product), lb = b.at(s, static_cast<std::size_t>(i / sharing)),
                  lc = c.at(s, product);
      const bool ta = p.transpose_a, tb = p.transpose_b, adds = i % sharing != 0;
      if (which == Derivative::none) form(m, n, k, la, ta, lb, tb, lc, false, scale);
      // dA = dC B^T, or its transpose where A is taken transposed; dB = A^T dC.
      if (which == Derivative::input && !ta) form(m, k, n, lc, false, lb, !tb, la, false, scale);
      if (which == Derivative::input && ta) form(k, m, n, lb, tb, lc, true, la, false, scale);
      if (which == Derivative::second_input && !tb) form(k, n, m, la, !ta, lc, false, lb, adds, scale);
      if (which == Derivative::second_input && tb) form(n, k, m, lc, true, la, ta, lb, adds, scale);
    }
}

/// One product of scores within a window (`a` queries, `b` keys, `c` the band) or of its values (`a` the
/// band, `b` values, `c` their sums); errors of `b` begin at 0 where `begins`.
void form_banded(const workload::MatrixProduct& p, Derivative which, const Lying& a, const Lying& b,
                 const Lying& c, bool begins) {
  const bool is_scores = p.band == workload::Band::result;
  const std::int64_t width = is_scores ? p.one.k : p.one.n;
  const BandShape shape{p.one.m, p.window()};
  const auto scale = static_cast<float>(p.scale);
  if (which == Derivative::second_input) {
    for (std::int64_t row = 0; begins && row < shape.rows; ++row)
      std::fill_n(b.values + row * b.stride, width, 0.0f);
    const Lying &band = is_scores ? c : a, &rows = is_scores ? a : c;
    return turned_band_times_rows(shape, width, band.rows(), rows.rows(), b.changed(), scale);
  }
  const bool forward = which == Derivative::none;
  const Lying &from = forward ? a : c, &to = forward ? c : a;
  if (is_scores == forward)
    band_of_products(shape, width, from.rows(), b.rows(), to.changed(), scale);
  else
    band_times_rows(shape, width, from.rows(), b.rows(), to.changed(), scale);
}

void form_all_banded(const workload::MatrixProduct& p, Derivative which, std::int64_t samples,
                     const Factor& a, const Factor& b, const Factor& c) {
  const std::int64_t sharing = p.one.repeats / p.b_products;
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t i = 0; i < p.one.repeats; ++i) {
      const auto product = static_cast<std::size_t>(i);
      form_banded(p, which, a.at(s, product), b.at(s, static_cast<std::size_t>(i / sharing)),
                  c.at(s, product), i % sharing == 0);
    }
}

}  // namespace

void execute(const workload::MatrixProduct& p, const Action& action, OpRun& run) {
  const Derivative which = action.derivative;
  const Shape &as = run.layer().inputs[0], &bs = run.layer().inputs[1], &cs = run.layer().outputs[0];
  const Shape& formed = which == Derivative::none ? cs : which == Derivative::input ? as : bs;
  const auto data = [&](std::int32_t number) {
    return run.array_operand(run.input(Role::data, number), run.in(Role::data, number)).data();
  };
  const float* a = which == Derivative::input ? nullptr : data(0);
  const float* b = which == Derivative::second_input ? nullptr : data(1);
  const float* c =
      which == Derivative::none ? nullptr : run.array_operand(run.input(Role::error), run.now()).data();
  const std::span<float> result = run.make(run.samples() * formed.elements());
  (which == Derivative::none ? c : which == Derivative::input ? a : b) = result.data();
  const Factor first = factor_of(as, p.one.m, p.one.k, p.transpose_a, p.one.repeats, a),
               product = factor_of(cs, p.one.m, p.one.n, false, p.one.repeats, c);
  if (p.band == workload::Band::none) {
    form_all(p, which, run.samples(), first, factor_of(bs, p.one.k, p.one.n, p.transpose_b, p.b_products, b),
             product);
  } else {  // the other factor has as many rows as the band, whatever the window
    const std::int64_t width = p.band == workload::Band::result ? p.one.k : p.one.n;
    form_all_banded(p, which, run.samples(), first, factor_of(bs, p.one.m, width, false, p.b_products, b),
                    product);
  }
  run.take(result);
}

}  // namespace kiln::learning
