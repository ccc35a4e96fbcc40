// SPDX-License-Identifier: MIT
// Functions of one value, and softmax.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "learning/ops/execute.h"
#include "learning/ops/sigmoid.h"

namespace kiln::learning {

using workload::Activation;
using workload::Derivative;
using workload::Keeps;
using workload::Role;

namespace {

constexpr float kLeak = 0.01f;
constexpr float kGelu = 0.7978845608028654f;  // sqrt(2 / pi), tanh form
constexpr float kGeluCube = 0.044715f;

float softplus(float x) {
  return x > 20 ? x : std::log1p(std::exp(x));
}

float value_of(Activation function, float x) {
  switch (function) {
    case Activation::none:
      return x;
    case Activation::relu:
      return std::max(x, 0.0f);
    case Activation::relu6:
      return std::clamp(x, 0.0f, 6.0f);
    case Activation::leaky_relu:
      return x > 0 ? x : kLeak * x;
    case Activation::silu:
      return x * sigmoid(x);
    case Activation::sigmoid:
      return sigmoid(x);
    case Activation::hard_sigmoid:
      return std::clamp(x / 6 + 0.5f, 0.0f, 1.0f);
    case Activation::gelu:
      return 0.5f * x * (1 + std::tanh(kGelu * (x + kGeluCube * x * x * x)));
    case Activation::tanh:
      return std::tanh(x);
    case Activation::hard_swish:
      return x * std::clamp(x / 6 + 0.5f, 0.0f, 1.0f);
    case Activation::square_root:
      return std::sqrt(x);
    case Activation::exponential:
      return std::exp(x);
    case Activation::logarithm:
      return std::log(x);
    case Activation::square:
      return x * x;
    case Activation::reciprocal:
      return 1 / x;
    case Activation::absolute:
      return std::abs(x);
    case Activation::elu:
      return x > 0 ? x : std::expm1(x);
    case Activation::softplus:
      return softplus(x);
    case Activation::mish:
      return x * std::tanh(softplus(x));
    case Activation::error_function:
      return std::erf(x);
    case Activation::sine:
      return std::sin(x);
    case Activation::cosine:
      return std::cos(x);
    case Activation::power:
    case Activation::clip:
    case Activation::other:
      throw base::ConfigError(
          {}, "act",
          fmt::format("{} is costed only: its exponent, bounds or form is not known, so it "
                      "is not executed on numbers",
                      config::enum_name(function)));
  }
  return x;
}

/// Whether a value lies where the slope is that of the inside.
bool inside(Activation function, float x) {
  switch (function) {
    case Activation::relu6:
      return x > 0 && x < 6;
    case Activation::hard_sigmoid:
      return x > -3 && x < 3;
    default:
      return x > 0;
  }
}

float slope_by_mask(Activation function, float mask) {
  switch (function) {
    case Activation::leaky_relu:
      return mask != 0 ? 1 : kLeak;
    case Activation::absolute:
      return mask != 0 ? 1.0f : -1.0f;
    case Activation::hard_sigmoid:
      return mask / 6;
    default:
      return mask;
  }
}

float slope_by_input(Activation function, float x) {
  switch (function) {
    case Activation::silu: {
      const float s = sigmoid(x);
      return s * (1 + x * (1 - s));
    }
    case Activation::gelu: {
      const float t = std::tanh(kGelu * (x + kGeluCube * x * x * x));
      return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * kGelu * (1 + 3 * kGeluCube * x * x);
    }
    case Activation::hard_swish:
      return x <= -3 ? 0.0f : x >= 3 ? 1.0f : x / 3 + 0.5f;
    case Activation::logarithm:
      return 1 / x;
    case Activation::square:
      return 2 * x;
    case Activation::softplus:
      return sigmoid(x);
    case Activation::mish: {
      const float t = std::tanh(softplus(x));
      return t + x * (1 - t * t) * sigmoid(x);
    }
    case Activation::error_function:
      return 1.1283791670955126f * std::exp(-x * x);  // 2 / sqrt(pi)
    case Activation::sine:
      return std::cos(x);
    case Activation::cosine:
      return -std::sin(x);
    default:
      KILN_CHECK(false, "activation {} has no slope by its input", static_cast<int>(function));
  }
}

float slope_by_output(Activation function, float y) {
  switch (function) {
    case Activation::sigmoid:
      return y * (1 - y);
    case Activation::tanh:
      return 1 - y * y;
    case Activation::square_root:
      return 0.5f / y;
    case Activation::exponential:
      return y;
    case Activation::reciprocal:
      return -y * y;
    case Activation::elu:
      return y > 0 ? 1 : y + 1;
    default:
      KILN_CHECK(false, "activation {} has no slope by its output", static_cast<int>(function));
  }
}

void pass_back(Activation function, OpRun& run) {
  float* values = run.change().data();
  const std::size_t count = run.now().size();
  switch (workload::law_of(function).keeps) {
    case Keeps::nothing:
      return;
    case Keeps::mask: {
      const float* mask = run.in(Role::mask).data();
      if (function == Activation::relu || function == Activation::relu6)
        for (std::size_t i = 0; i < count; ++i) values[i] *= mask[i];
      else
        for (std::size_t i = 0; i < count; ++i) values[i] *= slope_by_mask(function, mask[i]);
      return;
    }
    case Keeps::input: {
      const float* x = run.in(Role::act_input).data();
      for (std::size_t i = 0; i < count; ++i) values[i] *= slope_by_input(function, x[i]);
      return;
    }
    case Keeps::output: {
      const float* y = run.in(Role::result).data();
      for (std::size_t i = 0; i < count; ++i) values[i] *= slope_by_output(function, y[i]);
      return;
    }
  }
}

}  // namespace

void execute(const workload::Activate& a, const Action& action, OpRun& run) {
  if (action.derivative == Derivative::input) return pass_back(a.function, run);
  float* values = run.change().data();
  const std::size_t count = run.now().size();
  if (run.writes(Role::act_input)) std::copy_n(values, count, run.out(Role::act_input).data());
  if (run.writes(Role::mask)) {
    float* mask = run.out(Role::mask).data();
    if (a.function == Activation::relu)
      for (std::size_t i = 0; i < count; ++i) mask[i] = values[i] > 0 ? 1.0f : 0.0f;
    else
      for (std::size_t i = 0; i < count; ++i) mask[i] = inside(a.function, values[i]) ? 1.0f : 0.0f;
  }
  if (a.function == Activation::relu)
    for (std::size_t i = 0; i < count; ++i) values[i] = values[i] > 0 ? values[i] : 0.0f;
  else
    for (std::size_t i = 0; i < count; ++i) values[i] = value_of(a.function, values[i]);
}

namespace {

/// How far apart the values along an axis lie, and how many there are.
struct Line {
  std::int64_t length, stride;
  std::int64_t outer;  ///< blocks in a sample
};

Line line_of(const workload::Shape& shape, int axis) {
  const std::int64_t length = shape.extent(axis);
  if (axis == shape.channel_axis()) return {length, 1, shape.positions()};
  std::int64_t stride = shape.channels();
  for (int i = axis + 1; i < shape.rank(); ++i)
    if (i != shape.channel_axis()) stride *= shape.extent(i);
  return {length, stride, shape.elements() / (length * stride)};
}

template <class Each>
void for_lines(const Line& line, std::int64_t samples, const Each& each) {
  for (std::int64_t block = 0; block < samples * line.outer; ++block)
    for (std::int64_t i = 0; i < line.stride; ++i)
      each(block * line.length * line.stride + i, block % line.outer);
}

}  // namespace

void execute(const workload::Softmax& softmax, const Action& action, OpRun& run) {
  const workload::Shape& shape =
      run.tensor(action.derivative == Derivative::none ? run.input(Role::data) : run.input(Role::result))
          .shape;
  const Line line = line_of(shape, softmax.axis);
  if (action.derivative == Derivative::input) {
    const float* y = run.in(Role::result).data();
    float* error = run.change().data();
    return for_lines(line, run.samples(), [&](std::int64_t first, std::int64_t) {
      float dot = 0;
      for (std::int64_t i = 0; i < line.length; ++i)
        dot += error[first + i * line.stride] * y[first + i * line.stride];
      for (std::int64_t i = 0; i < line.length; ++i) {
        const std::int64_t at = first + i * line.stride;
        error[at] = y[at] * (error[at] - dot);
      }
    });
  }
  const std::int64_t rows = shape.rank() >= 2 ? shape.extent(shape.rank() - 2) : 1;
  float* values = run.change().data();
  for_lines(line, run.samples(), [&](std::int64_t begin, std::int64_t block) {
    // A position attends to itself and to what is in front of it. Of a band its own place is the last.
    const std::int64_t seen = softmax.causal ? std::min(line.length, block % rows + 1) : line.length;
    const std::int64_t unseen = softmax.band ? line.length - seen : 0;
    for (std::int64_t i = 0; i < unseen; ++i) values[begin + i * line.stride] = 0;
    const std::int64_t first = begin + unseen * line.stride;
    float largest = values[first];
    for (std::int64_t i = 1; i < seen; ++i) largest = std::max(largest, values[first + i * line.stride]);
    float sum = 0;
    for (std::int64_t i = 0; i < seen; ++i) {
      float& value = values[first + i * line.stride];
      value = std::exp(value - largest);
      sum += value;
    }
    for (std::int64_t i = 0; i < seen; ++i) values[first + i * line.stride] /= sum;
    for (std::int64_t i = unseen + seen; i < line.length; ++i) values[begin + i * line.stride] = 0;
  });
}

}  // namespace kiln::learning
