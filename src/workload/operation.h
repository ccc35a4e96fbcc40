// SPDX-License-Identifier: MIT
// What is computed: one struct of attributes per operation. A layer has one, an Op of the step has one or
// more that are fused. Everything that costs or executes an operation needs is in its struct; its matrix
// product and its lane operations follow from there (operation.cpp).
//
// Batches are not part of an operation: `samples` is the batch that it is run on. Extents are per sample.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "workload/activation.h"
#include "workload/part.h"
#include "workload/precision.h"
#include "workload/rules.h"
#include "workload/window.h"

namespace kiln::workload {

/// C[m,n] += A[m,k] B[k,n], `repeats` independent ones of that shape (groups; attention: batch*heads).
struct Gemm {
  std::int64_t m = 0, n = 0, k = 0, repeats = 1;
  std::int64_t macs() const { return m * n * k * repeats; }
};

/// Which derivative of the loss an operation forms; `none` is the operation itself.
enum class Derivative {
  none,
  input,         ///< with respect to the (first) input
  second_input,  ///< with respect to the second input
  parameters,
  statistics  ///< the two sums per channel that the derivative of a batch norm needs first
};

/// Lane operations of the vector unit: `passes` over all elements, each of `per_element`.
struct LaneWork {
  double per_element = 0;
  int passes = 1;
};

/// Cross-correlation, weights (out, in / groups, [kernel_d,] kernel_h, kernel_w); as a product with im2col.
struct Convolution {
  ConvShape window;
  std::int32_t groups = 1;
  bool depthwise = false;               ///< one filter per channel: a mapping of its own on the array
  PartKind weights = PartKind::weight;  ///< which of the layer's parameters it multiplies by
};
/// The adjoint of a convolution: `window` is that of the convolution from the result to the input, whose
/// in_channels are the result's. Weights (in, out / groups, kernel_h, kernel_w).
struct TransposedConvolution {
  ConvShape window;
  std::int32_t groups = 1;
};
/// Y = X W^T, weights (out, in).
struct Dense {
  std::int64_t positions = 1, in = 0, out = 0;
  double scale = 1;                     ///< of the result; whoever writes the weights can absorb it
  PartKind weights = PartKind::weight;  ///< which of the layer's parameters it multiplies by
};
/// Y = X W_e^T on the rows of each expert e of a mixture, weights (experts, out, in). The rows of an expert
/// lie together, those of expert 0 first; which tokens they are is decided by the numbers (TopK), how many
/// are to be expected by `rows`. Where experts have a capacity, all have as many, empty ones counted.
struct ExpertProduct {
  std::int64_t in = 0, out = 0;
  std::vector<std::int64_t> rows;       ///< by expert, of a sample
  std::int64_t capacity = 0;            ///< that all of them have; 0: as many as the numbers say
  double scale = 1;                     ///< of the result, as of Dense
  PartKind weights = PartKind::weight;  ///< which of the layer's parameters it multiplies by
  std::int64_t experts() const { return static_cast<std::int64_t>(rows.size()); }
  std::int64_t all_rows() const;
};
/// Which matrix of a product is a band: a row of it has the places within a window alone, column w of row i
/// that of the other side's row i - (window - 1) + w. Rows in front of the first are zeros.
enum class Band {
  none,
  result,  ///< scores: each query's products with the keys within its window
  factor   ///< the first one: the same scores times values
};
/// C = A B of two activations, `products` of them in a sample, with `b_products` different B (fewer where a
/// group of attention heads shares keys and values).
struct MatrixProduct {
  Gemm one;  ///< of one sample; `repeats` products; of a band the rows within the window
  std::int64_t b_products = 1;
  bool transpose_a = false, transpose_b = false;  ///< as stored
  double scale = 1;                               ///< of the result
  bool causal = false;  ///< what is right of the diagonal is computed and masked afterwards
  Band band = Band::none;
  std::int64_t window() const { return band == Band::result ? one.n : band == Band::factor ? one.k : 0; }
};

/// Softmax(Q K^T) V with scores that never leave the tile (FlashAttention-2, Dao 2023): beside the result the
/// logarithm of each row's sum of exponentials stays, and the backward pass forms the scores once more. Of
/// one sample; `key_heads` differ where groups of heads share keys and values.
struct TiledAttention {
  std::int64_t queries = 1, keys = 1, heads = 1, key_heads = 1;
  std::int64_t width = 1, value_width = 1;  ///< of a head
  double scale = 1;                         ///< of the scores
  bool causal = false;
  std::int64_t window = 0;  ///< keys that a query sees, its own place the last; 0: all
  bool query_error = true, key_error = true, value_error = true;  ///< what a backward pass forms
  bool scores_error() const { return query_error || key_error; }
  std::int64_t keys_met() const { return window > 0 ? window : keys; }
  std::int64_t scores() const { return queries * keys_met() * heads; }
};
/// Sum over the channels of each head of two values: error times result, which the derivative of a softmax
/// takes off.
struct HeadProduct {
  std::int64_t heads = 1;
};

enum class CellKind { lstm, gru };
/// A recurrent layer; gates in the order of PyTorch (lstm: i, f, g, o; gru: r, z, n), two bias vectors.
struct Recurrence {
  CellKind cell = CellKind::lstm;
  std::int64_t steps = 1, in = 0, hidden = 0;
  bool reverse = false;  ///< from the last token to the first
  bool biases = true;
  int states = 0;  ///< inputs 1 and 2 are the states in front of the first step (hidden, cell)
  std::int64_t gates() const { return cell == CellKind::lstm ? 4 : 3; }
};
/// Its products with the input, of all steps at once.
struct RecurrentInput {
  Recurrence of;
};
/// Its products with the state, step after step, and the cell behind them.
struct RecurrentStep {
  Recurrence of;
};

struct LookUp {  ///< rows of a table; backward: scatter and add
  std::int64_t entries = 0, width = 0;
};
struct AddPositions {  ///< a learned vector per token, `class_tokens` learned tokens in front
  std::int64_t class_tokens = 0;
};
/// Rotary positions (Su et al. 2021): channels i and i + turned / 2 of each head are a vector that is turned
/// by position * 10,000^(-2i / turned). Backward turns the error back.
struct Rotate {
  std::int64_t width = 0, turned = 0;  ///< channels of a head, and the first ones that are turned
};

/// The `top` experts of each token with the largest scores, and these scores as their weights: divided by
/// their sum where `normalised` (Mixtral), as they are elsewhere. The lower number goes first among equals.
struct TopK {
  std::int64_t top = 1;
  bool normalised = false;
  std::vector<std::int64_t> rows;  ///< by expert: those to be expected of a sample, see expert_balance.h
  std::int64_t capacity = 0;       ///< rows of a sample that an expert has room for; 0: for all
  std::int64_t experts() const { return static_cast<std::int64_t>(rows.size()); }
  std::int64_t wanted_rows() const;  ///< of a sample: as many as tokens have experts
  std::int64_t kept_rows() const;    ///< of these, for which their expert is expected to have room
  std::int64_t rows_behind() const;  ///< that experts compute: with a capacity, as many for each of them
};
/// A row of the token for every expert that it goes to, in the order of the experts, tokens in theirs. With a
/// capacity each expert has as many rows: first those of tokens whose first choice it is, in the order of the
/// tokens, then those of second choices, and so on (GShard, Lepikhin et al. 2021, algorithm 1). Tokens that
/// find no room have no row there; rows that are left are zero.
struct Dispatch {
  std::int64_t top = 1, experts = 1, capacity = 0;
};
/// The other way: of each token the sum of its experts' rows, weighted; without those that were dropped.
struct CombineExperts {
  std::int64_t top = 1, experts = 1, capacity = 0;
};

enum class PoolKind { max, average };
struct Pool {
  PoolKind kind = PoolKind::max;
  ConvShape window;
  bool count_padding = false;  ///< average: divide by the whole kernel at the edges, too
};
struct ReduceMean {
  std::vector<int> axes;  ///< of the input; they stay, with extent 1
};

enum class CombineKind { add, subtract, multiply, divide };
enum class SecondOperand {
  input,
  learned,  ///< the part `operand` of the layer's parameters, repeated over samples
  fixed     ///< one number
};
struct Combine {  ///< element by element of all inputs; extents of 1 and vectors are repeated
  CombineKind kind = CombineKind::add;
  int inputs = 2;  ///< the second operand counted, whatever it is
  SecondOperand second = SecondOperand::input;
  double value = 0;  ///< of `fixed`
};
struct Activate {
  Activation function = Activation::none;
};

enum class NormKind { batch, layer, group, instance, rms };
/// Normalised with its own statistics, then scaled and (but rms) shifted per channel.
struct Normalise {
  NormKind kind = NormKind::layer;
  std::int64_t groups = 1;  ///< of channels that share statistics; layer: 1
  double epsilon = 1e-5;
};
struct BatchStatistics {  ///< mean and deviation per channel over samples and positions
  double epsilon = 1e-5;
};
/// Scale and shift per channel, by the statistics of this batch or by stored ones that are folded in.
struct ScaleShift {
  bool stored_statistics = false;
};
struct Softmax {
  int axis = 0;  ///< of the input
  bool causal = false;
  bool band = false;  ///< of scores within a window (Band::result): query i sees the last i + 1 of them
};

struct Concatenate {
  int axis = 0;
};
struct Split {
  int axis = 0;
};
struct Slice {
  int axis = 0;
  std::int64_t begin = 0, end = 0, step = 1;  ///< 0 <= begin < end <= extent
};
enum class PadMode { zero, reflect, edge };
struct Pad {
  PadMode mode = PadMode::zero;
  Padding padding;
};
enum class Interpolation { nearest, linear, cubic };
/// Rows and columns repeated, left out or interpolated.
struct Resize {
  Interpolation interpolation = Interpolation::nearest;
  std::int64_t in_h = 1, in_w = 1, out_h = 1, out_w = 1;
};
struct Transpose {
  std::vector<int> order;  ///< axes of the input in the order of the output
};
struct Reshape {};  ///< the same values in logical order

struct AddBias {};
struct SumError {};     ///< over samples and positions: gradient of what was added everywhere
struct RepeatError {};  ///< backward of an operand that was repeated: sums over where it went
struct Accumulate {};   ///< adds what is there already
/// A weight gradient grows by a further contribution.
struct AddToGradient {
  bool within_sum =
      false;  ///< a sum that is formed anyway starts from the old value: no operation of its own
};
/// Fake quantisation, straight through backward inside the range.
struct FakeQuantise {
  Precision precision = Precision::int8;
  int passes = 1;            ///< 2: the range of the values of this step first
  bool shares_mask = false;  ///< clipping joins the mask of an activation
};
/// Weights of a product from their storage format (TrainingConfig::base_weights) to the array's.
struct Dequantise {};
struct Loss {
  LossKind kind = LossKind::cross_entropy;
  bool distilled = false;  ///< a second term against a teacher's outputs
};
struct ScaleLoss {};
struct OverflowCheck {};
struct Encode {};  ///< COMPRESS of the gradient of one layer; the codec is lowering's
struct Reduce {};  ///< sum over the workers
struct Update {
  OptimizerKind optimizer = OptimizerKind::sgd;
  bool unscale = false;  ///< divides by the loss scale first
};
/// Parameters move along a random direction z that is drawn anew from the step's seed in every pass over
/// them: by `epsilons` perturbations, and down the slope of the loss along z where it `descends` (Malladi et
/// al. 2023, algorithm 1).
struct Perturb {
  int epsilons = 0;
  bool descends = false;
  Parts parts;  ///< of the block, those that move
};
/// That slope: the losses on either side of the weights, of all workers, over their distance.
struct ProjectLoss {};

using Operation =
    std::variant<Convolution, TransposedConvolution, Dense, ExpertProduct, MatrixProduct, TiledAttention,
                 HeadProduct, Recurrence, RecurrentInput, RecurrentStep, TopK, Dispatch, CombineExperts,
                 LookUp, AddPositions, Rotate, Pool, ReduceMean, Combine, Activate, Normalise,
                 BatchStatistics, ScaleShift, Softmax, Concatenate, Split, Slice, Pad, Resize, Transpose,
                 Reshape, AddBias, SumError, RepeatError, Accumulate, AddToGradient, FakeQuantise, Dequantise,
                 Loss, ScaleLoss, OverflowCheck, Encode, Reduce, Update, Perturb, ProjectLoss>;

/// The unit that executes an operation, and how.
enum class OpKind {
  gemm,       ///< MAC array: conv, linear, matmul, LSTM gates
  depthwise,  ///< MAC array with its own mapping
  vector,     ///< vector unit only: normalisation, activation, pooling, add, softmax, loss
  gather,     ///< embedding look-up and its scatter-add
  compress,   ///< encode the weight gradient of one layer
  reduce,     ///< sum the workers' gradients of one layer
  update,     ///< optimizer on one layer's parameters
  perturb,    ///< one layer's parameters along a random direction
  project     ///< losses of all workers to one slope
};
OpKind kind_of(const Operation&);

/// The product of an operation (im2col for convolutions) on `samples` samples; no MACs if it has none.
/// Forward Y[m,n] = X[m,k] W[k,n] with m = samples * positions; the error is dX = dY W^T: (m, k, n), the
/// weight gradient dW = X^T dY: (k, n, m), the convention of SCALE-Sim's backward topologies.
Gemm gemm_of(const Operation&, Derivative, std::int64_t samples);
LaneWork lanes_of(const Operation&, Derivative);
/// The window of a convolution; nullptr for everything else.
const ConvShape* window_of(const Operation&);
/// "convolution", "dense", ...
std::string_view name_of(const Operation&);

}  // namespace kiln::workload
