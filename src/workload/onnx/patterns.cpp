// SPDX-License-Identifier: MIT
#include "workload/onnx/patterns.h"

#include <algorithm>
#include <cmath>

namespace kiln::workload::onnx {
namespace {

/// Looks backwards from an operator.
class Matcher {
 public:
  explicit Matcher(FlatGraph& graph) : graph_(graph) {}

  FlatGraph& graph() { return graph_; }
  bool is_fixed(ValueId id) const { return id != kAbsent && graph_.value(id).fixed; }
  /// A known number, as one element.
  std::optional<double> number(ValueId id) const {
    if (id == kAbsent) return std::nullopt;
    const auto& constant = graph_.value(id).constant;
    if (!constant || constant->size() != 1) return std::nullopt;
    return constant->number(0);
  }
  bool is(ValueId id, double wanted) const {
    const auto found = number(id);
    return found && std::abs(*found - wanted) <= 1e-3 * std::max(1.0, std::abs(wanted));
  }
  /// What an Identity or a Cast of floats hands on.
  ValueId behind(ValueId id) const {
    constexpr int kFarthest = 16;
    for (int i = 0; i < kFarthest; ++i) {
      const FlatNode* node = graph_.producer(id);
      if (node == nullptr || !passes(*node)) break;
      id = node->inputs[0];
    }
    return id;
  }
  /// The operator that makes a value, when it is one of these.
  const FlatNode* made_by(ValueId id, std::string_view op) const {
    const FlatNode* node = graph_.producer(behind(id));
    return node != nullptr && node->op == op && node->problem.empty() ? node : nullptr;
  }
  /// The other operand of a commutative operator of which one is this number.
  std::optional<ValueId> other(const FlatNode* node, double one) const {
    if (node == nullptr || node->inputs.size() != 2) return std::nullopt;
    if (is(node->inputs[1], one)) return behind(node->inputs[0]);
    if (is(node->inputs[0], one)) return behind(node->inputs[1]);
    return std::nullopt;
  }

 private:
  static bool passes(const FlatNode& node) {
    return (node.op == "Identity" || node.op == "Cast" || node.op == "Dropout") && !node.inputs.empty();
  }
  FlatGraph& graph_;
};

void become(FlatNode& node, const char* op, std::vector<ValueId> inputs) {
  node.op = op;
  node.inputs = std::move(inputs);
}

/// x + 0, x - 0, x * 1, x / 1.
bool nothing(Matcher& m, FlatNode& node) {
  const bool adds = node.op == "Add" || node.op == "Sub", scales = node.op == "Mul" || node.op == "Div";
  if ((!adds && !scales) || node.inputs.size() != 2) return false;
  const double neutral = adds ? 0 : 1;
  for (const int k : {1, 0}) {
    const ValueId x = node.inputs[static_cast<std::size_t>(1 - k)];
    if (k == 0 && (node.op == "Sub" || node.op == "Div")) continue;
    if (m.number(node.inputs[static_cast<std::size_t>(k)]) != neutral || m.is_fixed(x)) continue;
    if (m.graph().value(x).dims != m.graph().value(node.outputs[0]).dims) continue;
    become(node, "Identity", {x});
    return true;
  }
  return false;
}

/// clip(x + 3, 0, 6)
bool is_gate_of(Matcher& m, ValueId gate, ValueId x) {
  const FlatNode* clip = m.made_by(gate, "Clip");
  if (clip == nullptr || clip->inputs.empty()) return false;
  const bool bounds = clip->inputs.size() >= 3
                          ? m.is(clip->inputs[1], 0) && m.is(clip->inputs[2], 6)
                          : clip->attributes.real("min", -1) == 0 && clip->attributes.real("max", -1) == 6;
  return bounds && m.other(m.made_by(clip->inputs[0], "Add"), 3) == m.behind(x);
}

/// x clip(x + 3, 0, 6) / 6, divided before or behind; x hard_sigmoid(x) with slope 1/6.
bool hard_swish(Matcher& m, FlatNode& node) {
  const bool divides = node.op == "Div" && node.inputs.size() == 2 && m.is(node.inputs[1], 6);
  const bool multiplies = node.op == "Mul" && m.other(&node, 1.0 / 6).has_value();
  if (divides || multiplies) {
    const FlatNode* product = m.made_by(divides ? node.inputs[0] : *m.other(&node, 1.0 / 6), "Mul");
    if (product == nullptr) return false;
    for (const std::size_t k : {std::size_t{0}, std::size_t{1}})
      if (is_gate_of(m, product->inputs[1 - k], product->inputs[k])) {
        become(node, "HardSwish", {m.behind(product->inputs[k])});
        return true;
      }
    return false;
  }
  if (node.op != "Mul" || node.inputs.size() != 2) return false;
  for (const std::size_t k : {std::size_t{0}, std::size_t{1}}) {
    const ValueId x = m.behind(node.inputs[k]), gate = node.inputs[1 - k];
    const FlatNode* divided = m.made_by(gate, "Div");
    const FlatNode* hard = m.made_by(gate, "HardSigmoid");
    const bool by_six =
        divided != nullptr && m.is(divided->inputs[1], 6) && is_gate_of(m, divided->inputs[0], x);
    const bool sixth = hard != nullptr && m.behind(hard->inputs[0]) == x &&
                       std::abs(hard->attributes.real("alpha", 0.2) - 1.0 / 6) < 1e-3;
    if (!by_six && !sixth) continue;
    become(node, "HardSwish", {x});
    return true;
  }
  return false;
}

/// x sigmoid(x), x tanh(softplus(x)).
bool gated(Matcher& m, FlatNode& node) {
  if (node.op != "Mul" || node.inputs.size() != 2) return false;
  for (const std::size_t k : {std::size_t{0}, std::size_t{1}}) {
    const ValueId x = m.behind(node.inputs[k]), gate = node.inputs[1 - k];
    if (m.is_fixed(x)) continue;
    if (const FlatNode* sigmoid = m.made_by(gate, "Sigmoid"); sigmoid && m.behind(sigmoid->inputs[0]) == x) {
      become(node, "Swish", {x});
      return true;
    }
    const FlatNode* tanh = m.made_by(gate, "Tanh");
    const FlatNode* soft = tanh == nullptr ? nullptr : m.made_by(tanh->inputs[0], "Softplus");
    if (soft == nullptr || m.behind(soft->inputs[0]) != x) continue;
    become(node, "Mish", {x});
    return true;
  }
  return false;
}

/// The argument of 1 + erf(x / sqrt 2), or of 1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)), whose form is not
/// looked at further.
std::optional<ValueId> gelu_gate(Matcher& m, ValueId gate) {
  const FlatNode* add = m.made_by(gate, "Add");
  const auto inner = m.other(add, 1);
  if (!inner) return std::nullopt;
  if (const FlatNode* erf = m.made_by(*inner, "Erf"); erf != nullptr) {
    if (const FlatNode* div = m.made_by(erf->inputs[0], "Div"); div && m.is(div->inputs[1], std::sqrt(2.0)))
      return m.behind(div->inputs[0]);
    return m.other(m.made_by(erf->inputs[0], "Mul"), std::sqrt(0.5));
  }
  const FlatNode* tanh = m.made_by(*inner, "Tanh");
  const auto sum =
      tanh == nullptr ? std::nullopt : m.other(m.made_by(tanh->inputs[0], "Mul"), std::sqrt(2 / M_PI));
  const FlatNode* cubic = sum ? m.made_by(*sum, "Add") : nullptr;
  if (cubic == nullptr) return std::nullopt;
  for (const std::size_t k : {std::size_t{0}, std::size_t{1}})
    if (const auto cube = m.other(m.made_by(cubic->inputs[k], "Mul"), 0.044715); cube)
      return m.behind(cubic->inputs[1 - k]);
  return std::nullopt;
}

/// 0.5 x (1 + ...), in any order of the three factors.
bool gelu(Matcher& m, FlatNode& node) {
  if (node.op != "Mul" || node.inputs.size() != 2) return false;
  std::vector<ValueId> factors;
  bool half = false;
  const auto take = [&](const FlatNode& product) {
    for (const ValueId input : product.inputs) {
      if (m.is(input, 0.5))
        half = true;
      else
        factors.push_back(m.behind(input));
    }
  };
  take(node);
  for (std::size_t i = 0; i < factors.size() && factors.size() < 3; ++i) {
    const FlatNode* inner = half && factors.size() == 2 ? nullptr : m.made_by(factors[i], "Mul");
    if (inner == nullptr) continue;
    factors.erase(factors.begin() + static_cast<std::ptrdiff_t>(i));
    take(*inner);
    break;
  }
  if (!half || factors.size() != 2) return false;
  for (const std::size_t k : {std::size_t{0}, std::size_t{1}})
    if (gelu_gate(m, factors[1 - k]) == factors[k]) {
      become(node, "Gelu", {factors[k]});
      return true;
    }
  return false;
}

bool over_last_axis(Matcher& m, const FlatNode& mean) {
  std::vector<std::int64_t> axes = mean.attributes.integers("axes");
  if (mean.inputs.size() > 1 && mean.inputs[1] != kAbsent && m.graph().value(mean.inputs[1]).constant)
    axes = m.graph().value(mean.inputs[1]).constant->ints;
  const auto& dims = m.graph().value(mean.inputs[0]).dims;
  return dims && axes.size() == 1 &&
         (axes[0] == -1 || axes[0] + 1 == static_cast<std::int64_t>(dims->size()));
}

/// Of sqrt(mean(y^2) + epsilon) over the last axis: y, and epsilon.
std::optional<std::pair<ValueId, double>> deviation(Matcher& m, ValueId id) {
  ValueId sum = kAbsent;
  if (const FlatNode* root = m.made_by(id, "Sqrt"); root != nullptr) sum = root->inputs[0];
  if (const FlatNode* power = m.made_by(id, "Pow"); power && m.is(power->inputs[1], 0.5))
    sum = power->inputs[0];
  const FlatNode* add = m.made_by(sum, "Add");
  if (add == nullptr) return std::nullopt;
  for (const std::size_t k : {std::size_t{0}, std::size_t{1}}) {
    const auto epsilon = m.number(add->inputs[1 - k]);
    const FlatNode* mean = m.made_by(add->inputs[k], "ReduceMean");
    if (!epsilon || mean == nullptr || !over_last_axis(m, *mean)) continue;
    if (const FlatNode* square = m.made_by(mean->inputs[0], "Pow"); square && m.is(square->inputs[1], 2))
      return std::pair(m.behind(square->inputs[0]), *epsilon);
    const FlatNode* product = m.made_by(mean->inputs[0], "Mul");
    if (product && m.behind(product->inputs[0]) == m.behind(product->inputs[1]))
      return std::pair(m.behind(product->inputs[0]), *epsilon);
  }
  return std::nullopt;
}

/// (x - mean x) / deviation, x / root mean square.
bool row_norm(Matcher& m, FlatNode& node) {
  ValueId numerator = kAbsent, denominator = kAbsent;
  if (node.op == "Div" && node.inputs.size() == 2) {
    numerator = node.inputs[0];
    denominator = node.inputs[1];
  } else if (node.op == "Mul" && node.inputs.size() == 2) {
    for (const std::size_t k : {std::size_t{0}, std::size_t{1}})
      if (const FlatNode* inverse = m.made_by(node.inputs[k], "Reciprocal"); inverse != nullptr) {
        denominator = inverse->inputs[0];
        numerator = node.inputs[1 - k];
      }
  }
  if (denominator == kAbsent) return false;
  const auto found = deviation(m, denominator);
  if (!found || m.behind(numerator) != found->first) return false;
  node.facts["epsilon"] = as_written(static_cast<float>(found->second));
  const FlatNode* centred = m.made_by(numerator, "Sub");
  const FlatNode* mean = centred == nullptr ? nullptr : m.made_by(centred->inputs[1], "ReduceMean");
  if (mean != nullptr && m.behind(mean->inputs[0]) == m.behind(centred->inputs[0]) &&
      over_last_axis(m, *mean)) {
    become(node, "LayerNormalization", {m.behind(centred->inputs[0])});
    return true;
  }
  become(node, "RMSNormalization", {found->first});
  return true;
}

/// reshape(instance_norm(reshape(x))) with one scale per group: exporters write group norms so.
bool group_norm(Matcher& m, FlatNode& node) {
  if (node.op != "Reshape") return false;
  const FlatNode* inner = m.made_by(node.inputs[0], "InstanceNormalization");
  const FlatNode* before = inner == nullptr ? nullptr : m.made_by(inner->inputs[0], "Reshape");
  if (before == nullptr) return false;
  const auto& whole = m.graph().value(node.outputs[0]).dims;
  const auto& cut = m.graph().value(before->outputs[0]).dims;
  const ValueId x = m.behind(before->inputs[0]);
  if (!whole || !cut || cut->size() != 3 || whole != m.graph().value(x).dims || whole->size() < 3)
    return false;
  node.facts["groups"] = static_cast<double>((*cut)[1]);
  node.facts["epsilon"] = inner->attributes.real("epsilon", 1e-5);
  become(node, "GroupNormalization", {x});
  return true;
}

/// A scale and a shift behind a norm that has none yet become its own.
bool scaled_norm(Matcher& m, FlatNode& node) {
  const bool scales = node.op == "Mul", shifts = node.op == "Add";
  if ((!scales && !shifts) || node.inputs.size() != 2) return false;
  for (const std::size_t k : {std::size_t{0}, std::size_t{1}}) {
    const FlatNode* norm = m.graph().producer(m.behind(node.inputs[k]));
    const ValueId own = node.inputs[1 - k];
    if (norm == nullptr || norm->facts.count("epsilon") == 0 || !m.is_fixed(own)) continue;
    const bool layer = norm->op == "LayerNormalization", rms = norm->op == "RMSNormalization";
    if (!layer && !rms && norm->op != "GroupNormalization") continue;
    if (norm->inputs.size() != (scales ? 1U : 2U) || (rms && shifts)) continue;
    const Dims& dims = *m.graph().value(norm->inputs[0]).dims;
    const std::int64_t channels = layer || rms ? dims.back() : dims[1];
    if (elements_of(*m.graph().value(own).dims) != channels) continue;
    const FlatNode found = *norm;
    node.facts = found.facts;
    node.attributes = {};
    std::vector<ValueId> inputs = found.inputs;
    inputs.push_back(own);
    become(node, found.op.c_str(), std::move(inputs));
    return true;
  }
  return false;
}

}  // namespace

void find_patterns(FlatGraph& graph) {
  Matcher matcher(graph);
  for (FlatNode& node : graph.nodes) {
    if (!node.problem.empty() || node.outputs.empty()) continue;
    if (node.outputs[0] == kAbsent || graph.value(node.outputs[0]).fixed ||
        !graph.value(node.outputs[0]).dims)
      continue;
    for (const auto pattern : {nothing, hard_swish, gelu, gated, row_norm, group_norm, scaled_norm})
      if (pattern(matcher, node)) break;
  }
}

}  // namespace kiln::workload::onnx
