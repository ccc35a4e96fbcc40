// SPDX-License-Identifier: MIT
// Matrix products, reductions and recurrent layers.
#include <algorithm>

#include "base/error.h"
#include "workload/onnx/shape_rules.h"

namespace kiln::workload::onnx {
namespace {

void matmul(Shaper& s) {
  Dims a = s.dims(0), b = s.dims(1);
  if (a.empty() || b.empty()) refuse("a scalar has no rows or columns");
  const bool row = a.size() == 1, column = b.size() == 1;
  if (row) a.insert(a.begin(), 1);
  if (column) b.push_back(1);
  const std::int64_t k = a.back(), b_k = b[b.size() - 2];
  if (k != b_k) refuse(fmt::format("factors of {} and {}", text_of(s.dims(0)), text_of(s.dims(1))));
  const std::size_t rank = std::max(a.size(), b.size());
  Dims out(rank, 1);
  for (std::size_t i = 2; i < rank; ++i) {
    const std::int64_t left = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t right = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (left != right && left != 1 && right != 1)
      refuse(fmt::format("factors of {} and {}", text_of(s.dims(0)), text_of(s.dims(1))));
    out[rank - 1 - i] = std::max(left, right);
  }
  out[rank - 2] = a[a.size() - 2];
  out[rank - 1] = b.back();
  const auto shifted = [&](std::size_t input, const Dims& padded) {
    const Value& value = s.in(input);
    if (value.fixed || value.batch_axis < 0) return -1;
    return value.batch_axis + static_cast<int>(rank - padded.size());
  };
  int batch = shifted(0, a);
  if (batch < 0) batch = shifted(1, b);
  if (column) out.pop_back();
  if (row) {
    out.erase(out.end() - (column ? 1 : 2));
    if (batch > 0 && batch >= static_cast<int>(rank) - 2) --batch;
  }
  s.set(0, std::move(out), batch);
}

void gemm(Shaper& s) {
  const Dims& a = s.dims(0);
  const Dims& b = s.dims(1);
  if (a.size() != 2 || b.size() != 2) refuse(fmt::format("factors of {} and {}", text_of(a), text_of(b)));
  const bool turn_a = s.attributes().integer("transA", 0) != 0,
             turn_b = s.attributes().integer("transB", 0) != 0;
  if (a[turn_a ? 0 : 1] != b[turn_b ? 1 : 0])
    refuse(fmt::format("factors of {} and {}", text_of(a), text_of(b)));
  const int batch = s.in(0).batch_axis;
  s.set(0, {a[turn_a ? 1 : 0], b[turn_b ? 0 : 1]}, batch < 0 ? -1 : turn_a ? 1 - batch : batch);
}

void reduce(Shaper& s) {
  const Dims& in = s.dims(0);
  const std::vector<bool> over = reduced_over(s);
  const bool keep = s.attributes().integer("keepdims", 1) != 0;
  Dims out;
  int batch = -1;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (static_cast<int>(i) == s.in(0).batch_axis && (!over[i] || keep)) batch = static_cast<int>(out.size());
    if (!over[i] || keep) out.push_back(over[i] ? 1 : in[i]);
  }
  s.set(0, std::move(out), batch);
}

void arg_extreme(Shaper& s) {
  Dims out = s.dims(0);
  const int axis = s.axis("axis", 0, s.rank(0));
  int batch = s.in(0).batch_axis;
  if (s.attributes().integer("keepdims", 1) != 0) {
    out[static_cast<std::size_t>(axis)] = 1;
  } else {
    out.erase(out.begin() + axis);
    if (batch > axis) --batch;
  }
  s.set(0, std::move(out), ElementType::int64, batch);
}

/// X (steps, samples, in), W (directions, gates * hidden, in); with layout 1 the samples come first.
void recurrent(Shaper& s) {
  const Dims& x = s.dims(0);
  const Dims& w = s.dims(1);
  const Dims& r = s.dims(2);
  if (x.size() != 3 || w.size() != 3 || r.size() != 3)
    refuse(fmt::format("reads {}, weights {} and {}", text_of(x), text_of(w), text_of(r)));
  const bool samples_first = s.attributes().integer("layout", 0) != 0;
  const std::int64_t steps = x[samples_first ? 1 : 0], samples = x[samples_first ? 0 : 1];
  const std::int64_t directions = r[0], hidden = r[2];
  if (samples_first) {
    s.set(0, {samples, steps, directions, hidden}, 0);
    for (const std::size_t state : {1, 2}) s.set(state, {samples, directions, hidden}, 0);
  } else {
    s.set(0, {steps, directions, samples, hidden}, 2);
    for (const std::size_t state : {1, 2}) s.set(state, {directions, samples, hidden}, 1);
  }
}

/// Opset 23: queries (N, H, T, h) or (N, T, H h).
void attention(Shaper& s) {
  const Dims& q = s.dims(0);
  const Dims& k = s.dims(1);
  const Dims& v = s.dims(2);
  if (q.size() != k.size() || q.size() != v.size() || (q.size() != 3 && q.size() != 4))
    refuse(fmt::format("queries of {}, keys of {} and values of {}", text_of(q), text_of(k), text_of(v)));
  Dims out = q;
  if (q.size() == 4) {
    out[3] = v[3];
  } else {
    const std::int64_t heads = s.attributes().integer("q_num_heads", 0);
    const std::int64_t kv_heads = s.attributes().integer("kv_num_heads", 0);
    if (heads < 1 || kv_heads < 1 || v[2] % kv_heads != 0) refuse("q_num_heads and kv_num_heads do not fit");
    out[2] = elements_of({v[2] / kv_heads, heads});
  }
  s.set(0, std::move(out), s.in(0).batch_axis);
}

}  // namespace

std::vector<bool> reduced_over(const Shaper& s) {
  const std::vector<std::int64_t> axes = s.integers("axes", 1);
  const bool all = axes.empty() && s.attributes().integer("noop_with_empty_axes", 0) == 0;
  std::vector<bool> over(s.dims(0).size(), all);
  for (const std::int64_t axis : axes) over[static_cast<std::size_t>(Shaper::axis(axis, s.rank(0)))] = true;
  return over;
}

ShapeRule product_rule(std::string_view op) {
  if (op == "MatMul" || op == "MatMulInteger") return matmul;
  if (op == "Gemm") return gemm;
  if (op.starts_with("Reduce")) return reduce;
  if (op == "ArgMax" || op == "ArgMin") return arg_extreme;
  if (op == "LSTM" || op == "GRU" || op == "RNN") return recurrent;
  if (op == "Attention") return attention;
  return nullptr;
}

}  // namespace kiln::workload::onnx
