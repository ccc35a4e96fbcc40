// SPDX-License-Identifier: MIT
// Attention that keeps no scores: the same numbers as softmax of a product and a product, a head at a time.
// The backward pass forms the scores once more from the logarithms of their rows' sums (Dao 2023, algorithm
// 2).
#include <algorithm>
#include <cmath>

#include "learning/kernels/product.h"
#include "learning/ops/execute.h"

namespace kiln::learning {

using workload::Derivative;
using workload::Role;
using workload::TiledAttention;

namespace {

/// One head of a sample.
struct Head {
  std::int64_t sample = 0, head = 0, key_head = 0;
};

template <class Each>
void for_heads(const TiledAttention& a, std::int64_t samples, const Each& each) {
  const std::int64_t group = a.heads / a.key_heads;
  for (std::int64_t s = 0; s < samples; ++s)
    for (std::int64_t h = 0; h < a.heads; ++h) each(Head{s, h, h / group});
}

/// The columns of one head in the rows of a sequence.
template <class Value>
struct Columns {
  Value* values;
  std::int64_t stride;
  Matrix taken(bool transposed) const { return {values, stride, transposed}; }
};

template <class Value>
Columns<Value> columns(std::span<Value> all, std::int64_t sample, std::int64_t rows, std::int64_t heads,
                       std::int64_t head, std::int64_t width) {
  return {all.data() + sample * rows * heads * width + head * width, heads * width};
}

/// The operands of a head, as the array takes them.
struct Inputs {
  std::span<const float> q, k, v;
  const TiledAttention& a;

  Inputs(const TiledAttention& attention, OpRun& run) : a(attention) {
    const auto data = [&](std::int32_t number) {
      return run.array_operand(run.input(Role::data, number), run.in(Role::data, number));
    };
    q = data(0);
    k = data(1);
    v = data(2);
  }
  Columns<const float> queries(const Head& at) const {
    return columns(q, at.sample, a.queries, a.heads, at.head, a.width);
  }
  Columns<const float> keys(const Head& at) const {
    return columns(k, at.sample, a.keys, a.key_heads, at.key_head, a.width);
  }
  Columns<const float> values(const Head& at) const {
    return columns(v, at.sample, a.keys, a.key_heads, at.key_head, a.value_width);
  }
  /// Scaled scores; what is masked is left as it comes out.
  void scores(const Head& at, std::vector<float>& into) const {
    multiply(a.queries, a.keys, a.width, queries(at).taken(false), keys(at).taken(true), into.data(), a.keys,
             false, static_cast<float>(a.scale));
  }
};

/// Keys that a query sees: [first, end).
struct Seen {
  std::int64_t first = 0, end = 0;
};

Seen seen(const TiledAttention& a, std::int64_t query) {
  const std::int64_t end = a.causal ? std::min(query + 1, a.keys) : a.keys;
  return {a.window > 0 ? std::max<std::int64_t>(0, end - a.window) : 0, end};
}

std::size_t row_of(const TiledAttention& a, const Head& at, std::int64_t query) {
  return static_cast<std::size_t>((at.sample * a.queries + query) * a.heads + at.head);
}

void clear_unseen(float* row, const Seen& keys, std::int64_t all) {
  std::fill(row, row + keys.first, 0.0f);
  std::fill(row + keys.end, row + all, 0.0f);
}

/// Probabilities in place of scores; returns the logarithm of the sum of exponentials.
float normalise(float* row, const Seen& keys, std::int64_t all) {
  const float most = *std::max_element(row + keys.first, row + keys.end);
  double sum = 0;
  for (std::int64_t i = keys.first; i < keys.end; ++i) sum += row[i] = std::exp(row[i] - most);
  for (std::int64_t i = keys.first; i < keys.end; ++i) row[i] = static_cast<float>(row[i] / sum);
  clear_unseen(row, keys, all);
  return most + static_cast<float>(std::log(sum));
}

void forward(const TiledAttention& a, OpRun& run) {
  const Inputs inputs(a, run);
  const std::span<float> result = run.make(run.samples() * a.queries * a.heads * a.value_width);
  const std::span<float> sums = run.writes(Role::statistics) ? run.out(Role::statistics) : std::span<float>();
  std::vector<float> scores(static_cast<std::size_t>(a.queries * a.keys));
  for_heads(a, run.samples(), [&](const Head& at) {
    inputs.scores(at, scores);
    for (std::int64_t query = 0; query < a.queries; ++query) {
      const float sum = normalise(scores.data() + query * a.keys, seen(a, query), a.keys);
      if (!sums.empty()) sums[row_of(a, at, query)] = sum;
    }
    const Columns<float> to = columns(result, at.sample, a.queries, a.heads, at.head, a.value_width);
    multiply(a.queries, a.value_width, a.keys, {scores.data(), a.keys, false}, inputs.values(at).taken(false),
             to.values, to.stride);
  });
  run.take(result);
}

/// The errors that are formed; empty where none is.
struct Errors {
  std::span<float> q, k, v;

  explicit Errors(OpRun& run) {
    const auto out = [&](std::int32_t number) {
      const bool formed = run.writes(Role::input_error, number);
      const std::span<float> error = formed ? run.out(Role::input_error, number) : std::span<float>();
      if (formed && run.reads(Role::addend, number)) {
        const std::span<const float> before = run.in(Role::addend, number);
        if (before.data() != error.data()) std::copy(before.begin(), before.end(), error.begin());
      } else {
        std::fill(error.begin(), error.end(), 0.0f);
      }
      return error;
    };
    q = out(0);
    k = out(1);
    v = out(2);
  }
};

void backward(const TiledAttention& a, OpRun& run) {
  const Inputs inputs(a, run);
  const std::span<const float> error = run.array_operand(run.input(Role::error), run.now());
  const std::span<const float> sums = run.in(Role::statistics);
  const std::span<const float> products =
      run.reads(Role::sums) ? run.in(Role::sums) : std::span<const float>();
  const Errors to(run);
  std::vector<float> scores(static_cast<std::size_t>(a.queries * a.keys)), slopes(scores.size());
  for_heads(a, run.samples(), [&](const Head& at) {
    inputs.scores(at, scores);
    for (std::int64_t query = 0; query < a.queries; ++query) {
      float* row = scores.data() + query * a.keys;
      const Seen own = seen(a, query);
      for (std::int64_t i = own.first; i < own.end; ++i)
        row[i] = std::exp(row[i] - sums[row_of(a, at, query)]);
      clear_unseen(row, own, a.keys);
    }
    const Matrix above = columns(error, at.sample, a.queries, a.heads, at.head, a.value_width).taken(false);
    if (a.value_error) {
      const Columns<float> v = columns(to.v, at.sample, a.keys, a.key_heads, at.key_head, a.value_width);
      multiply(a.keys, a.value_width, a.queries, {scores.data(), a.keys, true}, above, v.values, v.stride,
               true);
    }
    if (!a.scores_error()) return;
    multiply(a.queries, a.keys, a.value_width, above, inputs.values(at).taken(true), slopes.data(), a.keys);
    for (std::int64_t query = 0; query < a.queries; ++query)
      for (std::int64_t i = query * a.keys; i < (query + 1) * a.keys; ++i) {
        const auto place = static_cast<std::size_t>(i);
        slopes[place] = scores[place] * (slopes[place] - products[row_of(a, at, query)]);
      }
    const auto scale = static_cast<float>(a.scale);
    if (a.query_error) {
      const Columns<float> q = columns(to.q, at.sample, a.queries, a.heads, at.head, a.width);
      multiply(a.queries, a.width, a.keys, {slopes.data(), a.keys, false}, inputs.keys(at).taken(false),
               q.values, q.stride, true, scale);
    }
    if (a.key_error) {
      const Columns<float> k = columns(to.k, at.sample, a.keys, a.key_heads, at.key_head, a.width);
      multiply(a.keys, a.width, a.queries, {slopes.data(), a.keys, true}, inputs.queries(at).taken(false),
               k.values, k.stride, true, scale);
    }
  });
  run.wrote_results();
}

}  // namespace

void execute(const TiledAttention& attention, const Action& action, OpRun& run) {
  if (action.derivative == Derivative::input)
    backward(attention, run);
  else
    forward(attention, run);
}

void execute(const workload::HeadProduct&, const Action&, OpRun& run) {
  const std::span<const float> error = run.now(), result = run.in(Role::result);
  const std::span<float> sums = run.out(Role::sums);
  const std::size_t width = result.size() / sums.size();
  for (std::size_t row = 0; row < sums.size(); ++row) {
    double sum = 0;
    for (std::size_t i = row * width; i < (row + 1) * width; ++i)
      sum += static_cast<double>(error[i]) * result[i];
    sums[row] = static_cast<float>(sum);
  }
  run.wrote_results();
}

}  // namespace kiln::learning
