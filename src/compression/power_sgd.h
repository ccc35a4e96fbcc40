// SPDX-License-Identifier: MIT
// PowerSGD (Vogels, Karimireddy & Jaggi, NeurIPS 2019): of each matrix M (n x m) of a gradient the workers
// send two factors, P (n x r) and Q (m x r), one step of a power iteration that begins where the last step
// ended.
//
//   P = sum over workers of M_w Q,   P^ = orthogonalise(P),   Q = sum over workers of M_w' P^    (algorithm
//   1) what arrives is P^ Q'; worker w keeps M_w - P^ Q_w' and adds it to its next gradient (algorithm 2)
//
// Both sums are linear, so any all-reduce adds them up without decoding, and W workers do what one does with
// the sum of their gradients.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/matrix_shape.h"
#include "base/rng.h"
#include "compression/codec.h"

namespace kiln::compression {

/// A matrix that is sent as two factors of this rank.
struct Factored : base::MatrixShape {
  std::int64_t rank = 0;

  std::int64_t first_elements() const { return rank * rows; }      ///< of P
  std::int64_t second_elements() const { return rank * columns; }  ///< of Q
  std::int64_t macs() const { return rank * elements(); }          ///< of M Q, of M' P and of P Q'
  /// Multiply-adds of orthogonalising P: each column loses what it shares with those before it, twice, and is
  /// brought to length 1.
  std::int64_t orthogonalise_ops() const { return 2 * rank * rank * rows; }
};

class PowerSgd {
 public:
  /// What a worker's message goes through on its way to the sum.
  using Transmit = std::function<void(int worker, std::span<float> message)>;

  /// Of a gradient of `elements` with these matrices. A matrix whose factors would be as many numbers as it
  /// has is sent as it is, as is everything outside of the matrices.
  PowerSgd(const CodecConfig& config, std::span<const base::MatrixShape> matrices, std::int64_t elements);

  const std::vector<Factored>& matrices() const { return matrices_; }
  /// Elements that are sent as they are.
  std::int64_t plain_elements() const { return plain_; }
  /// What each worker sends, 32 (r (n + m) + plain elements) bits, and does. All know how long it is: there
  /// is no header.
  EncodedSize size() const;

  /// Replaces each worker's gradient by P^ Q_w', its part of what the sum of all comes to. `states` are the
  /// workers'; the first one's holds Q for the next step. NaN and infinities are taken as 0.
  void exchange(std::span<const std::span<float>> gradients, std::span<State> states, base::Rng& rng,
                const Transmit& transmit = {}) const;

 private:
  /// Of one worker.
  struct Message {
    std::span<const float> values;  ///< gradient and residual
    std::span<float> sent;          ///< what is made of them, as the worker knows it
    std::span<float> arrived;       ///< the same unless it was transmitted wrong
  };
  using Messages = std::vector<Message>;

  void exchange_matrix(const Factored& matrix, const Messages& messages, std::span<float> q, base::Rng& rng,
                       const Transmit& transmit) const;
  void exchange_plain(const Message& message, int worker, const Transmit& transmit) const;

  CodecConfig config_;
  std::vector<Factored> matrices_;  ///< by offset
  std::int64_t elements_;
  std::int64_t plain_;
};

/// Makes `columns` vectors of `length` that lie one behind another orthonormal, in their order (modified
/// Gram-Schmidt, each one twice: Giraud et al. 2005). A vector that those before it span to fp32's accuracy
/// becomes 0.
void orthogonalise(std::span<float> vectors, std::int64_t columns, std::int64_t length);

}  // namespace kiln::compression
