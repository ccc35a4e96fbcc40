// SPDX-License-Identifier: MIT
#include "compression/power_sgd.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "compression/feedback.h"

namespace kiln::compression {

namespace {

using Column = std::span<float>;

Column column_of(std::span<float> vectors, std::int64_t column, std::int64_t length) {
  return vectors.subspan(static_cast<std::size_t>(column * length), static_cast<std::size_t>(length));
}

/// In several sums, which a vector unit adds up side by side.
double dot(std::span<const float> a, std::span<const float> b) {
  constexpr std::size_t kLanes = 8;
  float sums[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  double sum = 0;
  for (const float lane : sums) sum += double{lane};
  for (; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

void add_scaled(std::span<const float> vector, float factor, std::span<float> to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += factor * vector[i];
}

void add(std::span<const float> more, std::span<float> sum) {
  add_scaled(more, 1, sum);
}

std::span<const float> row_of(const base::MatrixShape& matrix, std::span<const float> values,
                              std::int64_t row) {
  return values.subspan(static_cast<std::size_t>(matrix.offset + row * matrix.columns),
                        static_cast<std::size_t>(matrix.columns));
}

/// M Q; columns of P and Q lie one behind another.
std::vector<float> first_factor(const Factored& matrix, std::span<const float> values, std::span<float> q) {
  std::vector<float> p(static_cast<std::size_t>(matrix.first_elements()));
  for (std::int64_t k = 0; k < matrix.rank; ++k) {
    const Column from = column_of(q, k, matrix.columns), to = column_of(p, k, matrix.rows);
    for (std::int64_t row = 0; row < matrix.rows; ++row)
      to[static_cast<std::size_t>(row)] = static_cast<float>(dot(row_of(matrix, values, row), from));
  }
  return p;
}

/// M' P.
std::vector<float> second_factor(const Factored& matrix, std::span<const float> values, std::span<float> p) {
  std::vector<float> q(static_cast<std::size_t>(matrix.second_elements()));
  for (std::int64_t row = 0; row < matrix.rows; ++row)
    for (std::int64_t k = 0; k < matrix.rank; ++k)
      add_scaled(row_of(matrix, values, row), column_of(p, k, matrix.rows)[static_cast<std::size_t>(row)],
                 column_of(q, k, matrix.columns));
  return q;
}

/// P Q' in the place of the matrix.
void multiply_out(const Factored& matrix, std::span<float> p, std::span<float> q, std::span<float> values) {
  for (std::int64_t row = 0; row < matrix.rows; ++row) {
    const std::span<float> to = values.subspan(static_cast<std::size_t>(matrix.offset + row * matrix.columns),
                                               static_cast<std::size_t>(matrix.columns));
    std::fill(to.begin(), to.end(), 0.0f);
    for (std::int64_t k = 0; k < matrix.rank; ++k)
      add_scaled(column_of(q, k, matrix.columns), column_of(p, k, matrix.rows)[static_cast<std::size_t>(row)],
                 to);
  }
}

/// A direction that is lost, as all are before the first step, begins anew: independent normal numbers.
void renew(const Factored& matrix, std::span<float> q, base::Rng& rng) {
  for (std::int64_t k = 0; k < matrix.rank; ++k) {
    const Column column = column_of(q, k, matrix.columns);
    const bool usable = std::any_of(column.begin(), column.end(), [](float v) { return v != 0; }) &&
                        std::all_of(column.begin(), column.end(), [](float v) { return std::isfinite(v); });
    if (!usable)
      for (float& value : column) value = static_cast<float>(rng.normal());
  }
}

}  // namespace

void orthogonalise(std::span<float> vectors, std::int64_t columns, std::int64_t length) {
  constexpr double kRounding = 1e-5;  // what is left of a vector of fp32 that those before it span
  for (std::int64_t k = 0; k < columns; ++k) {
    const Column own = column_of(vectors, k, length);
    const double before = std::sqrt(dot(own, own));
    for (int pass = 0; pass < 2; ++pass)
      for (std::int64_t j = 0; j < k; ++j) {
        const Column other = column_of(vectors, j, length);
        add_scaled(other, static_cast<float>(-dot(other, own)), own);
      }
    const double left = std::sqrt(dot(own, own));
    const bool independent = left > kRounding * before && std::isfinite(left);
    for (float& value : own) value = independent ? static_cast<float>(value / left) : 0.0f;
  }
}

PowerSgd::PowerSgd(const CodecConfig& config, std::span<const base::MatrixShape> matrices,
                   std::int64_t elements)
    : config_(config), elements_(elements), plain_(elements) {
  for (const base::MatrixShape& matrix : matrices) {
    KILN_CHECK(matrix.offset >= 0 && matrix.offset + matrix.elements() <= elements,
               "a matrix of {} x {} at {} in a gradient of {} elements", matrix.rows, matrix.columns,
               matrix.offset, elements);
    const Factored factored{matrix, config.rank};
    if (factored.first_elements() + factored.second_elements() >= matrix.elements()) continue;
    matrices_.push_back(factored);
    plain_ -= matrix.elements();
  }
  std::sort(matrices_.begin(), matrices_.end(),
            [](const Factored& a, const Factored& b) { return a.offset < b.offset; });
}

EncodedSize PowerSgd::size() const {
  EncodedSize size;
  size.elements = elements_;
  size.kept = plain_;
  size.work.elements = elements_;
  const int products = config_.error_feedback ? 3 : 2;
  size.work.passes = products;
  for (const Factored& matrix : matrices_) {
    size.kept += matrix.first_elements() + matrix.second_elements();
    size.work.multiplications += products * matrix.macs() + matrix.orthogonalise_ops();
  }
  size.work.coded_values = size.kept;
  size.bits.payload = 32 * size.kept;
  count_feedback(config_, elements_ - plain_, elements_ - plain_, size.work);
  return size;
}

void PowerSgd::exchange_matrix(const Factored& matrix, const Messages& messages, std::span<float> q,
                               base::Rng& rng, const Transmit& transmit) const {
  renew(matrix, q, rng);
  std::vector<float> p(static_cast<std::size_t>(matrix.first_elements()));
  for (std::size_t worker = 0; worker < messages.size(); ++worker) {
    std::vector<float> own = first_factor(matrix, messages[worker].values, q);
    if (transmit) transmit(static_cast<int>(worker), own);
    add(own, p);
  }
  orthogonalise(p, matrix.rank, matrix.rows);
  std::fill(q.begin(), q.end(), 0.0f);
  for (std::size_t worker = 0; worker < messages.size(); ++worker) {
    std::vector<float> own = second_factor(matrix, messages[worker].values, p);
    multiply_out(matrix, p, own, messages[worker].sent);
    if (transmit) {
      transmit(static_cast<int>(worker), own);
      multiply_out(matrix, p, own, messages[worker].arrived);
    }
    add(own, q);
  }
}

void PowerSgd::exchange_plain(const Message& message, int worker, const Transmit& transmit) const {
  std::int64_t begin = 0;
  const auto pass = [&](std::int64_t end) {
    const auto at = static_cast<std::size_t>(begin), count = static_cast<std::size_t>(end - begin);
    const std::span<const float> from = message.values.subspan(at, count);
    for (const std::span<float> to : {message.sent.subspan(at, count), message.arrived.subspan(at, count)})
      if (to.data() != from.data()) std::copy(from.begin(), from.end(), to.begin());
    if (transmit) transmit(worker, message.arrived.subspan(at, count));
  };
  for (const Factored& matrix : matrices_) {
    pass(matrix.offset);
    begin = matrix.offset + matrix.elements();
  }
  pass(elements_);
}

void PowerSgd::exchange(std::span<const std::span<float>> gradients, std::span<State> states, base::Rng& rng,
                        const Transmit& transmit) const {
  KILN_CHECK(states.size() == gradients.size() && !states.empty(), "{} states for {} workers", states.size(),
             gradients.size());
  std::vector<std::vector<float>> sent(transmit ? gradients.size() : 0);
  std::vector<float> unused;
  Messages messages;
  for (std::size_t worker = 0; worker < gradients.size(); ++worker) {
    const std::span<float> gradient = gradients[worker];
    KILN_CHECK(static_cast<std::int64_t>(gradient.size()) == elements_, "{} elements instead of {}",
               gradient.size(), elements_);
    for (float& value : gradient)
      if (!std::isfinite(value)) value = 0;
    const std::span<const float> values = accumulate(gradient, config_, states[worker], unused);
    if (transmit) sent[worker].resize(gradient.size());
    messages.push_back({values, transmit ? std::span<float>(sent[worker]) : gradient, gradient});
  }
  std::int64_t factors = 0;
  for (const Factored& matrix : matrices_) factors += matrix.second_elements();
  std::vector<float>& q = states.front().factors;
  q.resize(static_cast<std::size_t>(factors), 0.0f);
  std::span<float> rest = q;
  for (const Factored& matrix : matrices_) {
    const auto size = static_cast<std::size_t>(matrix.second_elements());
    exchange_matrix(matrix, messages, rest.first(size), rng, transmit);
    rest = rest.subspan(size);
  }
  for (std::size_t worker = 0; worker < messages.size(); ++worker) {
    exchange_plain(messages[worker], static_cast<int>(worker), transmit);
    settle_feedback({}, messages[worker].sent, config_, Noise{rng.next_u32()}, states[worker]);
    ++states[worker].step;
  }
}

}  // namespace kiln::compression
