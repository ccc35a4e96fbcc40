// SPDX-License-Identifier: MIT
// Mixtures of experts: who gets which token is decided by the numbers, so experts have other numbers of rows
// here than the graph takes for its costs.
#include <algorithm>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "learning/kernels/product.h"
#include "learning/ops/execute.h"

namespace kiln::learning {

using workload::Derivative;
using workload::PartKind;
using workload::Role;

namespace {

constexpr std::size_t kDropped = std::numeric_limits<std::size_t>::max();

/// The rows of one sample in the order of their experts.
struct Sorted {
  std::vector<std::size_t> row;    ///< by token and choice; kDropped: its expert had no room
  std::vector<std::size_t> first;  ///< by expert, and the number of rows
};

/// First choices of all tokens, then second ones, while there is room.
Sorted sorted_by_room(std::span<const float> choices, std::int64_t experts, std::size_t top,
                      std::size_t capacity) {
  Sorted rows{std::vector<std::size_t>(choices.size(), kDropped), {}};
  for (std::size_t expert = 0; expert <= static_cast<std::size_t>(experts); ++expert)
    rows.first.push_back(expert * capacity);
  std::vector<std::size_t> next(rows.first.begin(), rows.first.end() - 1);
  for (std::size_t choice = 0; choice < top; ++choice)
    for (std::size_t i = choice; i < choices.size(); i += top) {
      const auto expert = static_cast<std::size_t>(choices[i]);
      if (next[expert] < rows.first[expert + 1]) rows.row[i] = next[expert]++;
    }
  return rows;
}

Sorted sorted(std::span<const float> choices, std::int64_t experts) {
  Sorted rows{std::vector<std::size_t>(choices.size()),
              std::vector<std::size_t>(static_cast<std::size_t>(experts) + 1, 0)};
  for (const float expert : choices) ++rows.first[static_cast<std::size_t>(expert) + 1];
  std::partial_sum(rows.first.begin(), rows.first.end(), rows.first.begin());
  std::vector<std::size_t> next(rows.first.begin(), rows.first.end() - 1);
  for (std::size_t i = 0; i < choices.size(); ++i) rows.row[i] = next[static_cast<std::size_t>(choices[i])]++;
  return rows;
}

/// `each(sample, rows)` for all samples of the operation, `rows` of them sorted; `moved` is what sorts them.
template <class Moved, class Each>
void for_samples(OpRun& run, const Moved& moved, const Each& each) {
  const std::span<const float> choices = run.in(Role::index);
  const auto samples = static_cast<std::size_t>(run.samples());
  const std::size_t own = choices.size() / samples;
  for (std::size_t s = 0; s < samples; ++s) {
    const std::span<const float> of_sample = choices.subspan(s * own, own);
    each(s, moved.capacity > 0 ? sorted_by_room(of_sample, moved.experts, static_cast<std::size_t>(moved.top),
                                                static_cast<std::size_t>(moved.capacity))
                               : sorted(of_sample, moved.experts));
  }
}

/// Of a token's scores, the numbers of the largest, the largest first.
std::vector<std::size_t> largest(const float* scores, std::size_t experts, std::size_t top) {
  std::vector<std::size_t> order(experts);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(top), order.end(),
                    [&](std::size_t a, std::size_t b) {
                      return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
                    });
  order.resize(top);
  return order;
}

void choose(const workload::TopK& choice, OpRun& run) {
  const auto experts = static_cast<std::size_t>(choice.experts()), top = static_cast<std::size_t>(choice.top);
  const std::span<const float> scores = run.now();
  const std::size_t tokens = scores.size() / experts;
  const std::span<float> weights = run.make(static_cast<std::int64_t>(tokens * top));
  const std::span<float> chosen = run.out(Role::index);
  for (std::size_t token = 0; token < tokens; ++token) {
    const float* own = scores.data() + token * experts;
    const std::vector<std::size_t> best = largest(own, experts, top);
    float sum = 0;
    for (const std::size_t expert : best) sum += own[expert];
    for (std::size_t i = 0; i < top; ++i) {
      chosen[token * top + i] = static_cast<float>(best[i]);
      weights[token * top + i] = choice.normalised ? own[best[i]] / sum : own[best[i]];
    }
  }
  run.take(weights);
}

/// w = p / S over the chosen: dL/dp = (dL/dw - sum of w dL/dw) / S.
void choose_back(const workload::TopK& choice, OpRun& run) {
  const auto experts = static_cast<std::size_t>(choice.experts()), top = static_cast<std::size_t>(choice.top);
  const std::span<const float> error = run.now(), chosen = run.in(Role::index);
  const std::size_t tokens = error.size() / top;
  const std::span<float> result = run.make(static_cast<std::int64_t>(tokens * experts));
  std::fill(result.begin(), result.end(), 0.0f);
  for (std::size_t token = 0; token < tokens; ++token) {
    float mean = 0, sum = 1;
    if (choice.normalised) {
      sum = 0;
      const std::span<const float> scores = run.in(Role::data), weights = run.in(Role::result);
      for (std::size_t i = token * top; i < (token + 1) * top; ++i) {
        sum += scores[token * experts + static_cast<std::size_t>(chosen[i])];
        mean += weights[i] * error[i];
      }
    }
    for (std::size_t i = token * top; i < (token + 1) * top; ++i)
      result[token * experts + static_cast<std::size_t>(chosen[i])] = (error[i] - mean) / sum;
  }
  run.take(result);
}

}  // namespace

void execute(const workload::TopK& choice, const Action& action, OpRun& run) {
  if (action.derivative == Derivative::input)
    choose_back(choice, run);
  else
    choose(choice, run);
}

void execute(const workload::Dispatch& dispatch, const Action& action, OpRun& run) {
  const bool back = action.derivative == Derivative::input;
  const auto width = static_cast<std::size_t>(run.layer().outputs[0].channels()),
             top = static_cast<std::size_t>(dispatch.top);
  const auto out = static_cast<std::size_t>(run.layer().outputs[0].elements()),
             in = static_cast<std::size_t>(run.layer().inputs[0].elements());
  const std::span<const float> from = run.now();
  const std::span<float> result = run.make(run.samples() * static_cast<std::int64_t>(back ? in : out));
  std::fill(result.begin(), result.end(), 0.0f);
  for_samples(run, dispatch, [&](std::size_t s, const Sorted& rows) {
    for (std::size_t i = 0; i < rows.row.size(); ++i) {
      if (rows.row[i] == kDropped) continue;
      const std::size_t token = s * in + i / top * width, row = s * out + rows.row[i] * width;
      if (!back)
        std::copy_n(from.data() + token, width, result.data() + row);
      else
        for (std::size_t c = 0; c < width; ++c) result[token + c] += from[row + c];
    }
  });
  run.take(result);
}

void execute(const workload::CombineExperts& combine, const Action& action, OpRun& run) {
  const auto width = static_cast<std::size_t>(run.layer().outputs[0].channels()),
             top = static_cast<std::size_t>(combine.top);
  const auto out = static_cast<std::size_t>(run.layer().outputs[0].elements()),
             in = static_cast<std::size_t>(run.layer().inputs[0].elements());
  const std::size_t choices = out / width * top;
  const bool forward = action.derivative == Derivative::none,
             to_rows = action.derivative == Derivative::input;
  const std::span<const float> now = run.now();
  const std::span<const float> values = to_rows ? std::span<const float>() : run.in(Role::data, 0);
  const std::span<const float> weights =
      forward || to_rows ? run.in(Role::data, 1) : std::span<const float>();
  const std::span<float> result = run.make(run.samples() * static_cast<std::int64_t>(forward   ? out
                                                                                     : to_rows ? in
                                                                                               : choices));
  std::fill(result.begin(), result.end(), 0.0f);
  for_samples(run, combine, [&](std::size_t s, const Sorted& rows) {
    for (std::size_t i = 0; i < choices; ++i) {
      if (rows.row[i] == kDropped) continue;
      const std::size_t token = s * out + i / top * width, row = s * in + rows.row[i] * width,
                        weight = s * choices + i;
      for (std::size_t c = 0; c < width; ++c)
        if (forward)
          result[token + c] += weights[weight] * values[row + c];
        else if (to_rows)
          result[row + c] = weights[weight] * now[token + c];
        else
          result[weight] += values[row + c] * now[token + c];
    }
  });
  run.take(result);
}

void execute(const workload::ExpertProduct& product, const Action& action, OpRun& run) {
  const std::int64_t in = product.in, out = product.out, all = product.all_rows();
  const bool to_weights = action.derivative == Derivative::parameters,
             back = action.derivative == Derivative::input;
  std::span<float> gradient;
  std::span<const float> weights, data;
  if (to_weights) {
    gradient = run.gradient(product.weights).value();
    if (!run.adds_to_gradient()) std::fill(gradient.begin(), gradient.end(), 0.0f);
    data = run.array_operand(run.input(Role::data), run.in(Role::data));
  } else {
    weights = run.array_parameters(product.weights);
  }
  const workload::TensorId operand = run.input(run.reads(Role::error) ? Role::error : Role::data);
  const std::span<const float> from = run.array_operand(operand, run.now());
  const std::span<float> result =
      to_weights ? std::span<float>() : run.make(run.samples() * all * (back ? in : out));
  const auto scale = static_cast<float>(product.scale);
  const workload::Dispatch begins{1, product.experts(), product.capacity};  // of the rows of each expert
  for_samples(run, begins, [&](std::size_t s, const Sorted& sample) {
    for (std::int64_t e = 0; e < product.experts(); ++e) {
      const auto expert = static_cast<std::size_t>(e);
      const std::int64_t first =
          static_cast<std::int64_t>(s) * all + static_cast<std::int64_t>(sample.first[expert]);
      const auto rows = static_cast<std::int64_t>(sample.first[expert + 1] - sample.first[expert]);
      if (rows == 0) continue;
      const std::int64_t block = e * in * out;
      if (to_weights)
        multiply(out, in, rows, {from.data() + first * out, out, true}, {data.data() + first * in, in, false},
                 gradient.data() + block, in, true, scale);
      else if (back)
        multiply(rows, in, out, {from.data() + first * out, out, false}, {weights.data() + block, in, false},
                 result.data() + first * in, in, false, scale);
      else
        multiply(rows, out, in, {from.data() + first * in, in, false}, {weights.data() + block, in, true},
                 result.data() + first * out, out, false, scale);
    }
  });
  if (!to_weights) run.take(result);
}

}  // namespace kiln::learning
