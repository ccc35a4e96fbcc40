// SPDX-License-Identifier: MIT
#include "workload/onnx/fold.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "workload/onnx/shape_rules.h"
#include "workload/onnx/slice_of.h"

namespace kiln::workload::onnx {
namespace {

using Index = std::vector<std::int64_t>;

/// Place of an element with this index among values of `dims`; extents of 1 are repeated, missing axes stand
/// in front.
std::size_t place(const Dims& dims, const Index& index) {
  std::int64_t at = 0;
  const std::size_t skip = index.size() - dims.size();
  for (std::size_t i = 0; i < dims.size(); ++i) at = at * dims[i] + (dims[i] == 1 ? 0 : index[skip + i]);
  return static_cast<std::size_t>(at);
}

Index index_of(const Dims& dims, std::size_t element) {
  Index index(dims.size(), 0);
  auto rest = static_cast<std::int64_t>(element);
  for (std::size_t i = dims.size(); i-- > 0;) {
    index[i] = rest % dims[i];
    rest /= dims[i];
  }
  return index;
}

/// Elements of `out` that are elements of `in`: `source` turns an index of the result into one of `in`.
template <class Source>
Constant moved(const Constant& in, const Dims& in_dims, const Dims& out_dims, const Source& source) {
  return gathered(in, static_cast<std::size_t>(elements_of(out_dims)),
                  [&](std::size_t i) { return place(in_dims, source(index_of(out_dims, i))); });
}

std::int64_t checked(bool overflow, std::int64_t value) {
  if (overflow) refuse("whole numbers that overflow");
  return value;
}

std::int64_t whole(std::string_view op, std::int64_t a, std::int64_t b) {
  std::int64_t r = 0;
  if (op == "Add" || op == "Sum") return checked(__builtin_add_overflow(a, b, &r), r);
  if (op == "Sub") return checked(__builtin_sub_overflow(a, b, &r), r);
  if (op == "Mul") return checked(__builtin_mul_overflow(a, b, &r), r);
  if (op == "Min") return std::min(a, b);
  if (op == "Max") return std::max(a, b);
  if (op == "And") return a != 0 && b != 0;
  if (op == "Or") return a != 0 || b != 0;
  if (op == "Xor") return (a != 0) != (b != 0);
  if (b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min())) refuse("a division by zero");
  return op == "Mod" ? ((a % b) + b) % b : a / b;
}

double real(std::string_view op, double a, double b) {
  if (op == "Add" || op == "Sum") return a + b;
  if (op == "Sub") return a - b;
  if (op == "Mul") return a * b;
  if (op == "Div") return a / b;
  if (op == "Pow") return std::pow(a, b);
  if (op == "Min") return std::min(a, b);
  if (op == "Max") return std::max(a, b);
  return std::fmod(a, b);
}

bool compare(std::string_view op, double a, double b) {
  if (op == "Equal") return a == b;
  if (op == "Greater") return a > b;
  if (op == "Less") return a < b;
  return op == "GreaterOrEqual" ? a >= b : a <= b;
}

constexpr std::string_view kArithmetic[] = {"Add", "Sum", "Sub", "Mul", "Div", "Pow",
                                            "Min", "Max", "Mod", "And", "Or",  "Xor"};
constexpr std::string_view kComparison[] = {"Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual"};

/// Truncated, as a cast does.
std::int64_t as_whole(double value) {
  if (!(std::abs(value) < 9e18)) refuse("numbers too large for whole ones");
  return static_cast<std::int64_t>(value);
}

/// Puts one element of `from` behind those of `to`; whole numbers stay exact.
void append(Constant& to, const Constant& from, std::size_t at) {
  if (to.real)
    to.reals.push_back(from.number(at));
  else
    to.ints.push_back(from.real ? as_whole(from.reals[at]) : from.ints[at]);
}

Constant combined(Shaper& s, const Dims& out) {
  const std::string_view op = s.node().op;
  const bool compares = one_of(kComparison, op);
  Constant result;
  Constant left = *s.in(0).constant;
  Dims left_dims = s.dims(0);
  for (std::size_t k = 1; k < s.node().inputs.size(); ++k) {
    const Constant& right = *s.in(k).constant;
    result = {};
    result.real = (left.real || right.real || op == "Pow") && !compares;
    for (std::size_t i = 0; i < static_cast<std::size_t>(elements_of(out)); ++i) {
      const Index index = index_of(out, i);
      const std::size_t a = place(left_dims, index), b = place(s.dims(k), index);
      if (compares)
        result.ints.push_back(compare(op, left.number(a), right.number(b)));
      else if (result.real)
        result.reals.push_back(real(op, left.number(a), right.number(b)));
      else
        result.ints.push_back(whole(op, left.ints[a], right.ints[b]));
    }
    left = result;
    left_dims = out;
  }
  if (s.node().inputs.size() == 1) return left;
  if (op == "Pow" && !s.in(0).constant->real) {  // the result has the type of the base
    result.real = false;
    for (const double value : result.reals) {
      if (!(std::abs(value) < 9e18)) refuse("whole numbers that overflow");
      result.ints.push_back(static_cast<std::int64_t>(value));
    }
  }
  return result;
}

using RealFunction = double (*)(double);
RealFunction function_of(std::string_view op) {
  static const std::map<std::string_view, RealFunction> functions = {
      {"Neg", [](double x) { return -x; }},
      {"Abs", [](double x) { return std::abs(x); }},
      {"Sqrt", [](double x) { return std::sqrt(x); }},
      {"Exp", [](double x) { return std::exp(x); }},
      {"Log", [](double x) { return std::log(x); }},
      {"Floor", [](double x) { return std::floor(x); }},
      {"Ceil", [](double x) { return std::ceil(x); }},
      {"Round", [](double x) { return std::nearbyint(x); }},
      {"Reciprocal", [](double x) { return 1 / x; }},
      {"Not", [](double x) { return x == 0 ? 1.0 : 0.0; }},
      {"Sin", [](double x) { return std::sin(x); }},
      {"Cos", [](double x) { return std::cos(x); }},
      {"Sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }},
      {"Tanh", [](double x) { return std::tanh(x); }},
      {"Relu", [](double x) { return std::max(0.0, x); }}};
  const auto found = functions.find(op);
  return found == functions.end() ? nullptr : found->second;
}

Constant mapped(const Constant& in, RealFunction function) {
  Constant out = in;
  for (double& value : out.reals) value = function(value);
  for (std::int64_t& value : out.ints) {
    const double result = function(static_cast<double>(value));
    if (!(std::abs(result) < 9e15)) refuse("whole numbers that overflow");
    value = static_cast<std::int64_t>(result);
  }
  return out;
}

Constant cast(const Constant& in, bool to_real, bool to_boolean) {
  Constant out;
  out.real = to_real;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const double value = in.number(i);
    if (to_real) {
      out.reals.push_back(value);
    } else if (!in.real) {
      out.ints.push_back(to_boolean ? in.ints[i] != 0 : in.ints[i]);
    } else {
      const std::int64_t truncated = as_whole(value);
      out.ints.push_back(to_boolean ? value != 0 : truncated);
    }
  }
  return out;
}

Constant gather(Shaper& s, const Dims& out) {
  const int axis = s.axis("axis", 0, s.rank(0));
  const Dims& dims = s.dims(0);
  const Dims& index_dims = s.dims(1);
  const std::int64_t extent = dims[static_cast<std::size_t>(axis)];
  const std::vector<std::int64_t> indices = s.known_integers(1, "indices");
  return moved(*s.in(0).constant, dims, out, [&](const Index& index) {
    const Index which(index.begin() + axis,
                      index.begin() + axis + static_cast<std::ptrdiff_t>(index_dims.size()));
    std::int64_t taken = indices[place(index_dims, which)];
    if (taken < 0) taken += extent;
    if (taken < 0 || taken >= extent) refuse(fmt::format("index {} of {}", taken, extent));
    Index from(index.begin(), index.begin() + axis);
    from.push_back(taken);
    from.insert(from.end(), index.begin() + axis + static_cast<std::ptrdiff_t>(index_dims.size()),
                index.end());
    return from;
  });
}

Constant slice(Shaper& s, const Dims& out) {
  const std::vector<AxisRange> ranges = ranges_of(s);
  return moved(*s.in(0).constant, s.dims(0), out, [&](Index index) {
    for (const AxisRange& range : ranges) {
      std::int64_t& at = index[static_cast<std::size_t>(range.axis)];
      at = range.begin + at * range.step;
    }
    return index;
  });
}

Constant concat(Shaper& s, const Dims& out) {
  const int axis = s.axis("axis", 1, s.rank(0));
  Constant result;
  result.real = s.in(0).constant->real;
  for (std::size_t i = 0; i < static_cast<std::size_t>(elements_of(out)); ++i) {
    Index index = index_of(out, i);
    std::int64_t& at = index[static_cast<std::size_t>(axis)];
    std::size_t k = 0;
    for (; at >= s.dims(k)[static_cast<std::size_t>(axis)]; ++k)
      at -= s.dims(k)[static_cast<std::size_t>(axis)];
    append(result, *s.in(k).constant, place(s.dims(k), index));
  }
  return result;
}

Constant where(Shaper& s, const Dims& out) {
  Constant result;
  result.real = s.in(1).constant->real;
  for (std::size_t i = 0; i < static_cast<std::size_t>(elements_of(out)); ++i) {
    const Index index = index_of(out, i);
    const bool first = s.in(0).constant->number(place(s.dims(0), index)) != 0;
    const std::size_t k = first ? 1 : 2;
    append(result, *s.in(k).constant, place(s.dims(k), index));
  }
  return result;
}

Constant transposed(Shaper& s, const Dims& out) {
  const std::vector<std::int64_t> order = order_of(s);
  return moved(*s.in(0).constant, s.dims(0), out, [&](const Index& index) {
    Index from(index.size());
    for (std::size_t i = 0; i < order.size(); ++i) from[static_cast<std::size_t>(order[i])] = index[i];
    return from;
  });
}

Constant tiled(Shaper& s, const Dims& out) {
  const Dims& dims = s.dims(0);
  return moved(*s.in(0).constant, dims, out, [&](Index index) {
    for (std::size_t i = 0; i < dims.size(); ++i) index[i] %= dims[i];
    return index;
  });
}

/// Over all axes or some: product, sum, largest, smallest.
Constant reduced(Shaper& s, const Dims& out) {
  const Constant& in = *s.in(0).constant;
  const std::vector<bool> over = reduced_over(s);
  const std::string_view op = s.node().op;
  const std::string_view step = op == "ReduceProd"  ? "Mul"
                                : op == "ReduceMax" ? "Max"
                                : op == "ReduceMin" ? "Min"
                                                    : "Add";
  Dims kept;
  for (std::size_t i = 0; i < over.size(); ++i) kept.push_back(over[i] ? 1 : s.dims(0)[i]);
  const auto count = static_cast<std::size_t>(elements_of(out));
  Constant result;
  result.real = in.real;
  std::vector<bool> begun(count, false);
  const int of_nothing = op == "ReduceProd" ? 1 : 0;
  result.reals.resize(in.real ? count : 0, of_nothing);
  result.ints.resize(in.real ? 0 : count, of_nothing);
  for (std::size_t i = 0; i < in.size(); ++i) {
    const std::size_t at = place(kept, index_of(s.dims(0), i));
    if (in.real)
      result.reals[at] = begun[at] ? real(step, result.reals[at], in.reals[i]) : in.reals[i];
    else
      result.ints[at] = begun[at] ? whole(step, result.ints[at], in.ints[i]) : in.ints[i];
    begun[at] = true;
  }
  return result;
}

Constant filled(Shaper& s, const Dims& out) {
  Constant value;
  value.real = true;
  value.reals = {0};
  if (const Attribute* attribute = s.attributes().find("value"); attribute != nullptr)
    if (const auto span = tensor_of(*attribute); span) {
      const Tensor tensor = ModelReader().tensor(*span);
      if (tensor.external) refuse("its value is in another file; Kiln reads it from the model");
      if (const auto known = constant_of(tensor, ""); known && known->size() == 1) value = *known;
    }
  return gathered(value, static_cast<std::size_t>(elements_of(out)),
                  [](std::size_t) { return std::size_t{0}; });
}

Constant counted(Shaper& s, const Dims& out) {
  const Constant &begin = s.known_number(0, "start"), &step = s.known_number(2, "delta");
  Constant result;
  result.real = begin.real || step.real;
  for (std::int64_t i = 0; i < elements_of(out); ++i) {
    if (result.real)
      result.reals.push_back(begin.number(0) + static_cast<double>(i) * step.number(0));
    else
      result.ints.push_back(whole("Add", begin.ints[0], whole("Mul", i, step.ints[0])));
  }
  return result;
}

/// The numbers of output 0, when this operator is one that is computed here.
std::optional<Constant> computed(Shaper& s, const Dims& out) {
  const std::string_view op = s.node().op;
  const auto copied = [&] { return *s.in(0).constant; };
  if (op == "Reshape" || op == "Flatten" || op == "Squeeze" || op == "Unsqueeze" || op == "Identity" ||
      op == "Dropout")
    return copied();
  if (op == "Cast" || op == "CastLike") {
    const ElementType type = s.graph().value(s.node().outputs[0]).type;
    return cast(copied(), is_real(type), type == ElementType::boolean);
  }
  if (one_of(kArithmetic, op) || one_of(kComparison, op)) return combined(s, out);
  if (const RealFunction function = function_of(op); function != nullptr) return mapped(copied(), function);
  if (op == "Gather") return gather(s, out);
  if (op == "Slice") return slice(s, out);
  if (op == "Concat") return concat(s, out);
  if (op == "Where") return where(s, out);
  if (op == "Transpose") return transposed(s, out);
  if (op == "Expand") return moved(copied(), s.dims(0), out, [](const Index& index) { return index; });
  if (op == "Tile") return tiled(s, out);
  if (op == "ReduceProd" || op == "ReduceSum" || op == "ReduceMax" || op == "ReduceMin")
    return reduced(s, out);
  if (op == "ConstantOfShape") return filled(s, out);
  if (op == "Range") return counted(s, out);
  return std::nullopt;
}

}  // namespace

void fold(FlatGraph& graph, const FlatNode& node) {
  Shaper s(graph, node);
  if (node.outputs.empty() || node.outputs[0] == kAbsent) return;
  Value& output = graph.value(node.outputs[0]);
  if (node.op == "Shape" || node.op == "Size") {
    Constant numbers;
    if (node.op == "Size") {
      numbers = Constant::of({elements_of(s.dims(0))});
    } else {
      const std::int64_t begin = node.attributes.integer("start", 0);
      const auto skip = std::clamp<std::int64_t>(begin < 0 ? begin + s.rank(0) : begin, 0, s.rank(0));
      const auto first = s.dims(0).begin() + skip;
      numbers = Constant::of({first, first + (*output.dims)[0]});
    }
    output.constant = std::move(numbers);
    return;
  }
  for (const ValueId input : node.inputs)
    if (input != kAbsent && !graph.value(input).constant) return;
  if (!output.dims || elements_of(*output.dims) > kMostFolded) return;
  output.constant = computed(s, *output.dims);
  if (output.constant && static_cast<std::int64_t>(output.constant->size()) != elements_of(*output.dims))
    output.constant.reset();
}

}  // namespace kiln::workload::onnx
