// SPDX-License-Identifier: MIT
#include "workload/operation.h"

#include <algorithm>
#include <numeric>

#include "workload/vector_cost.h"

namespace kiln::workload {
namespace {

Gemm derived(const Gemm& forward, Derivative derivative) {
  switch (derivative) {
    case Derivative::input:
      return {forward.m, forward.k, forward.n, forward.repeats};
    case Derivative::second_input:
    case Derivative::parameters:
      return {forward.k, forward.n, forward.m, forward.repeats};
    case Derivative::none:
    case Derivative::statistics:
      return forward;
  }
  return forward;
}

/// Matrix products. What has none falls through to the template.
struct Product {
  Derivative derivative;
  std::int64_t samples;

  Gemm operator()(const Convolution& o) const {
    const ConvShape& w = o.window;
    return derived({samples * w.out_positions(), w.out_channels / o.groups,
                    w.positions() * (w.in_channels / o.groups), o.groups},
                   derivative);
  }
  Gemm operator()(const TransposedConvolution& o) const {
    const ConvShape& w = o.window;
    return derived({samples * w.out_positions(), w.positions() * (w.in_channels / o.groups),
                    w.out_channels / o.groups, o.groups},
                   derivative);
  }
  Gemm operator()(const Dense& o) const {
    return derived({samples * o.positions, o.out, o.in, 1}, derivative);
  }
  /// Of all experts together: they differ in their number of rows alone.
  Gemm operator()(const ExpertProduct& o) const {
    return derived({samples * o.all_rows(), o.out, o.in, 1}, derivative);
  }
  Gemm operator()(const MatrixProduct& o) const {
    const Gemm all{o.one.m, o.one.n, o.one.k, samples * o.one.repeats};
    // Of a band the second factor has as many rows as the first, and each of them is a sum over the window.
    const bool along_band = derivative == Derivative::second_input && o.band != Band::none;
    if (!along_band) return derived(all, derivative);
    return o.band == Band::factor ? all : derived(all, Derivative::input);
  }
  /// Q K^T and P V; backward scores again, their error, and of each factor. One after the other, as if the
  /// sum went over all of their widths.
  Gemm operator()(const TiledAttention& o) const {
    const std::int64_t back = (o.scores_error() ? o.value_width : 0) + (o.value_error ? o.value_width : 0) +
                              (o.query_error ? o.width : 0) + (o.key_error ? o.width : 0);
    return {o.queries, o.keys_met(), o.width + (derivative == Derivative::none ? o.value_width : back),
            samples * o.heads};
  }
  Gemm operator()(const RecurrentInput& o) const {
    return derived({samples * o.of.steps, o.of.gates() * o.of.hidden, o.of.in, 1}, derivative);
  }
  Gemm operator()(const RecurrentStep& o) const {
    const std::int64_t hidden = o.of.hidden, gates = o.of.gates() * hidden;
    // The weight gradient is summed over the steps in one product.
    if (derivative == Derivative::parameters) return {hidden, gates, samples * o.of.steps, 1};
    return derived({samples, gates, hidden, o.of.steps}, derivative);
  }
  template <class Other>
  Gemm operator()(const Other&) const {
    return {};
  }
};

LaneWork norm_lanes(NormKind kind, Derivative derivative) {
  const bool rms = kind == NormKind::rms;
  switch (derivative) {
    case Derivative::none:
      return kind == NormKind::batch ? LaneWork{kScaleShift}
                                     : LaneWork{rms ? kRmsNormPass : kLayerNormPass, 2};
    case Derivative::input:
      if (kind == NormKind::batch) return {kNormBackward};
      return {rms ? kRmsNormBackwardPass : kLayerNormBackwardPass, 2};
    case Derivative::parameters:
      return {rms ? kRmsNormGradient : kLayerNormGradient};
    case Derivative::statistics:
      return {kNormReduce};
    case Derivative::second_input:
      return {};
  }
  return {};
}

/// Lane operations per element. Array operations have none of their own.
struct Lanes {
  Derivative derivative;
  bool forward() const { return derivative == Derivative::none; }

  LaneWork operator()(const TransposedConvolution&) const {
    return {forward() ? kAccumulate : 0};  // products that meet in one place are added up
  }
  LaneWork operator()(const RecurrentStep& o) const {
    if (derivative == Derivative::parameters) return {};
    if (o.of.cell == CellKind::gru) return {forward() ? kGruCell : kGruCellBackward};
    return {forward() ? kLstmCell : kLstmCellBackward};
  }
  LaneWork operator()(const TiledAttention& o) const {
    if (!forward()) return {kTiledSoftmaxBackward};
    // The sum that a row is divided by is known at its end.
    return {kTiledSoftmax + static_cast<double>(o.value_width) / static_cast<double>(o.keys_met())};
  }
  LaneWork operator()(const HeadProduct&) const { return {kMultiplyAdd}; }
  LaneWork operator()(const TopK& o) const {
    const double chosen = static_cast<double>(o.top) / static_cast<double>(o.experts());
    // A score is held against the smallest one so far of those that are kept in order.
    const double counted = o.capacity > 0 ? 2 * chosen : 0;  // rows of an expert so far, and is there room?
    if (forward())
      return {static_cast<double>(o.top) + counted + (o.normalised ? (kTranscendental + 1) * chosen : 0)};
    return {kCopy + (o.normalised ? 4 * chosen : 0)};
  }
  LaneWork operator()(const Dispatch&) const { return {forward() ? kCopy : kAccumulate}; }
  LaneWork operator()(const CombineExperts&) const {
    return {derivative == Derivative::input ? 1.0 : kMultiplyAdd};
  }
  LaneWork operator()(const LookUp&) const { return {kAccumulate}; }
  LaneWork operator()(const AddPositions&) const { return {kAccumulate}; }
  LaneWork operator()(const Rotate& o) const {
    const double share = static_cast<double>(o.turned) / static_cast<double>(o.width);
    return {kRotate * share + kCopy * (1 - share)};
  }
  LaneWork operator()(const Pool& o) const {
    return {forward() ? static_cast<double>(o.window.positions()) : kCopy};
  }
  LaneWork operator()(const ReduceMean&) const { return {kAccumulate}; }
  LaneWork operator()(const Combine& o) const {
    const bool divide = o.kind == CombineKind::divide;
    if (forward()) return {(o.inputs - 1) * (divide ? kTranscendental : 1.0)};
    if (derivative == Derivative::parameters) {
      const double slope = divide ? kTranscendental + 1 : o.kind == CombineKind::multiply ? 1 : 0;
      return {slope + kAccumulate};
    }
    return {divide ? kTranscendental + 1 : 1.0};
  }
  LaneWork operator()(const Activate& o) const {
    const ActivationLaw& law = law_of(o.function);
    return {forward() ? law.forward_ops : law.backward_ops};
  }
  LaneWork operator()(const Normalise& o) const { return norm_lanes(o.kind, derivative); }
  LaneWork operator()(const BatchStatistics&) const { return {kBatchStatistics}; }
  LaneWork operator()(const ScaleShift&) const { return {kScaleShift}; }
  LaneWork operator()(const Softmax&) const {
    return forward() ? LaneWork{kSoftmaxPass, 3} : LaneWork{kSoftmaxBackwardPass, 2};
  }
  LaneWork operator()(const Concatenate&) const { return {kCopy}; }
  LaneWork operator()(const Split&) const { return {kCopy}; }
  LaneWork operator()(const Slice&) const { return {kCopy}; }
  LaneWork operator()(const Pad&) const { return {kCopy}; }
  LaneWork operator()(const Resize& o) const {
    // A place of the result is the weighted sum of 2 x 2 or 4 x 4 of the input.
    return {o.interpolation == Interpolation::nearest  ? kCopy
            : o.interpolation == Interpolation::linear ? 4
                                                       : 16};
  }
  LaneWork operator()(const Transpose&) const { return {kCopy}; }
  LaneWork operator()(const Reshape&) const { return {kCopy}; }
  LaneWork operator()(const AddBias&) const { return {kAddBias}; }
  LaneWork operator()(const SumError&) const { return {kAccumulate}; }
  LaneWork operator()(const RepeatError&) const { return {kAccumulate}; }
  LaneWork operator()(const Accumulate&) const { return {kAccumulate}; }
  LaneWork operator()(const AddToGradient& o) const { return {o.within_sum ? 0 : kAccumulate}; }
  LaneWork operator()(const FakeQuantise& o) const {
    if (forward()) return {(kFakeQuantise + kRangeObserve) / o.passes, o.passes};
    return {o.shares_mask ? 0.0 : 1.0};
  }
  LaneWork operator()(const Dequantise&) const { return {kDequantise}; }
  LaneWork operator()(const Loss& o) const { return {loss_ops(o.kind) * (o.distilled ? 2 : 1), 3}; }
  LaneWork operator()(const ScaleLoss&) const { return {kScaleShift}; }
  LaneWork operator()(const OverflowCheck&) const { return {kOverflowCheck}; }
  LaneWork operator()(const Update& o) const {
    return {optimizer_ops(o.optimizer) + (o.unscale ? kUnscale : 0)};
  }
  LaneWork operator()(const Perturb&) const { return {kGaussian + kPerturb}; }
  LaneWork operator()(const ProjectLoss&) const { return {kAccumulate}; }
  template <class Other>
  LaneWork operator()(const Other&) const {
    return {};
  }
};

struct Kind {
  OpKind operator()(const Convolution& o) const { return o.depthwise ? OpKind::depthwise : OpKind::gemm; }
  OpKind operator()(const TransposedConvolution&) const { return OpKind::gemm; }
  OpKind operator()(const Dense&) const { return OpKind::gemm; }
  OpKind operator()(const ExpertProduct&) const { return OpKind::gemm; }
  OpKind operator()(const MatrixProduct&) const { return OpKind::gemm; }
  OpKind operator()(const TiledAttention&) const { return OpKind::gemm; }
  OpKind operator()(const RecurrentInput&) const { return OpKind::gemm; }
  OpKind operator()(const RecurrentStep&) const { return OpKind::gemm; }
  OpKind operator()(const LookUp&) const { return OpKind::gather; }
  OpKind operator()(const Encode&) const { return OpKind::compress; }
  OpKind operator()(const Reduce&) const { return OpKind::reduce; }
  OpKind operator()(const Update&) const { return OpKind::update; }
  OpKind operator()(const Perturb&) const { return OpKind::perturb; }
  OpKind operator()(const ProjectLoss&) const { return OpKind::project; }
  template <class Other>
  OpKind operator()(const Other&) const {
    return OpKind::vector;
  }
};

/// In the order of the variant.
constexpr std::string_view kNames[] = {"convolution",
                                       "transposed_convolution",
                                       "dense",
                                       "expert_product",
                                       "matrix_product",
                                       "tiled_attention",
                                       "head_product",
                                       "recurrence",
                                       "recurrent_input",
                                       "recurrent_step",
                                       "top_k",
                                       "dispatch",
                                       "combine_experts",
                                       "look_up",
                                       "positions",
                                       "rotate",
                                       "pool",
                                       "reduce_mean",
                                       "combine",
                                       "activation",
                                       "normalise",
                                       "batch_statistics",
                                       "scale_shift",
                                       "softmax",
                                       "concatenate",
                                       "split",
                                       "slice",
                                       "pad",
                                       "resize",
                                       "transpose",
                                       "reshape",
                                       "add_bias",
                                       "sum_error",
                                       "repeat_error",
                                       "accumulate",
                                       "add_to_gradient",
                                       "fake_quantise",
                                       "dequantise",
                                       "loss",
                                       "scale_loss",
                                       "overflow_check",
                                       "encode",
                                       "reduce",
                                       "update",
                                       "perturb",
                                       "project_loss"};
static_assert(std::size(kNames) == std::variant_size_v<Operation>);

}  // namespace

namespace {

std::int64_t sum_of(const std::vector<std::int64_t>& rows) {
  return std::accumulate(rows.begin(), rows.end(), std::int64_t{0});
}

}  // namespace

std::int64_t ExpertProduct::all_rows() const {
  return sum_of(rows);
}

std::int64_t TopK::wanted_rows() const {
  return sum_of(rows);
}

std::int64_t TopK::kept_rows() const {
  if (capacity == 0) return wanted_rows();
  std::int64_t kept = 0;
  for (const std::int64_t own : rows) kept += std::min(own, capacity);
  return kept;
}

std::int64_t TopK::rows_behind() const {
  return capacity == 0 ? wanted_rows() : capacity * experts();
}

OpKind kind_of(const Operation& operation) {
  return std::visit(Kind{}, operation);
}

Gemm gemm_of(const Operation& operation, Derivative derivative, std::int64_t samples) {
  return std::visit(Product{derivative, samples}, operation);
}

LaneWork lanes_of(const Operation& operation, Derivative derivative) {
  return std::visit(Lanes{derivative}, operation);
}

const ConvShape* window_of(const Operation& operation) {
  const auto* convolution = std::get_if<Convolution>(&operation);
  return convolution == nullptr ? nullptr : &convolution->window;
}

std::string_view name_of(const Operation& operation) {
  return kNames[operation.index()];
}

}  // namespace kiln::workload
