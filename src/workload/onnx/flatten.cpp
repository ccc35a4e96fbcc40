// SPDX-License-Identifier: MIT
#include "workload/onnx/flatten.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "base/error.h"
#include "base/text.h"
#include "workload/onnx/fold.h"
#include "workload/onnx/inputs.h"
#include "workload/onnx/shape_rules.h"

namespace kiln::workload::onnx {
namespace {

/// Names of one graph; an inner graph sees those around it, a function sees none.
struct Scope {
  const Scope* outer = nullptr;
  std::map<std::string_view, ValueId> names;
  const std::map<std::string_view, Attribute>* arguments = nullptr;  ///< of the function that it stands in

  std::optional<ValueId> find(std::string_view name) const {
    for (const Scope* scope = this; scope != nullptr; scope = scope->outer)
      if (const auto found = scope->names.find(name); found != scope->names.end()) return found->second;
    return std::nullopt;
  }
};

class Flattener {
 public:
  Flattener(const Model& model, ModelReader& reader, const ImportOptions& options, const std::string& path)
      : model_(model),
        reader_(reader),
        options_(options),
        path_(path),
        folder_(std::filesystem::path(path).parent_path().string()),
        opset_(model.opset()) {
    for (const Function& function : model.functions) functions_[{function.domain, function.name}] = &function;
  }

  FlatGraph run() {
    Scope scope;
    add_tensors(model_.graph, scope);
    std::set<std::string_view> given;
    for (const Tensor& tensor : model_.graph.initializers) given.insert(tensor.name);
    std::vector<ValueInfo> inputs;
    std::copy_if(model_.graph.inputs.begin(), model_.graph.inputs.end(), std::back_inserter(inputs),
                 [&](const ValueInfo& input) { return given.count(input.name) == 0; });
    bind_inputs(inputs, options_, path_, graph_);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (!scope.names.emplace(inputs[i].name, graph_.inputs[i]).second)
        fail(fmt::format("input '{}'", inputs[i].name), "stands there twice");
    for (const ValueInfo& info : model_.graph.values) note_shape(info);
    for (const ValueInfo& info : model_.graph.outputs) note_shape(info);
    walk(model_.graph.nodes, scope, 0);
    for (const ValueInfo& output : model_.graph.outputs) {
      const auto id = scope.find(output.name);
      if (!id) fail("output '" + std::string(output.name) + "'", "no operator makes it");
      graph_.outputs.push_back(*id);
    }
    check_treated();
    return std::move(graph_);
  }

 private:
  [[noreturn]] void fail(const std::string& key, const std::string& message) const {
    throw base::ConfigError({path_, 0, 0}, key, message);
  }

  void note_shape(const ValueInfo& info) {
    if (!info.dims) return;
    for (const Dimension& dim : *info.dims)
      if (!dim.extent || *dim.extent < 1) return;
    Dims dims;
    for (const Dimension& dim : *info.dims) dims.push_back(*dim.extent);
    noted_[std::string(info.name)] = {info.type, std::move(dims)};
  }

  ValueId add(Value value) {
    graph_.values.push_back(std::move(value));
    return static_cast<ValueId>(graph_.values.size()) - 1;
  }

  ValueId add_tensor(const Tensor& tensor, std::string name) {
    check_data(tensor, folder_);
    Value value;
    value.name = std::move(name);
    value.type = tensor.type;
    value.dims = tensor.dims;
    value.constant = constant_of(tensor, folder_);
    value.fixed = true;
    value.tensor = tensor;
    const ValueId id = add(std::move(value));
    graph_.value(id).sources = {id};
    return id;
  }

  void add_tensors(const Graph& graph, Scope& scope) {
    for (const Tensor& tensor : graph.initializers) {
      if (scope.names.count(tensor.name) > 0)
        fail(fmt::format("initializer '{}'", tensor.name), "stands there twice");
      scope.names[tensor.name] = add_tensor(tensor, std::string(tensor.name));
    }
  }

  void walk(const std::vector<Node>& nodes, Scope& scope, int depth) {
    if (depth > Limits{}.depth)
      fail("", fmt::format("graphs and functions stand in one another {} deep", depth));
    for (const Node& node : nodes) {
      std::string label(!node.name.empty() ? node.name : node.outputs.empty() ? "" : node.outputs[0]);
      const std::string key = fmt::format("{} '{}'", node.op, label);
      if (++graph_.nodes_in_file > Limits{}.nodes)
        fail(key, "more operators than 10^6 with functions inlined");
      try {
        visit(node, std::move(label), scope, depth);
      } catch (const WireError& error) {
        fail(key, fmt::format("byte {}: {}", error.offset(), error.what()));
      }
    }
  }

  void visit(const Node& node, std::string label, Scope& scope, int depth) {
    FlatNode flat;
    flat.op = node.op;
    flat.name = std::move(label);
    flat.opset = opset_;
    if (!is_standard(node.domain) && functions_.count({node.domain, node.op}) == 0)
      flat.problem = fmt::format("is an operator of '{}', which is not supported", node.domain);
    for (const std::string_view input : node.inputs) {
      if (input.empty()) {
        flat.inputs.push_back(kAbsent);
        continue;
      }
      const auto id = scope.find(input);
      if (!id)
        fail(fmt::format("{} '{}'", node.op, flat.name),
             fmt::format("reads '{}', which nothing before it makes (operators have to stand in order)",
                         input));
      flat.inputs.push_back(*id);
    }
    for (const Attribute& attribute : node.attributes) set_attribute(flat, attribute, scope);
    if (const auto function = functions_.find({node.domain, node.op}); function != functions_.end())
      return inline_function(*function->second, flat, node, scope, depth);
    if (flat.problem.empty() && is_standard(node.domain) && node.op == "If" &&
        inline_if(flat, node, scope, depth))
      return;
    treat(flat);
    if (flat.op == "Constant" && flat.problem.empty())
      return bind(node.outputs.empty() ? "" : node.outputs[0], add_constant(flat), scope, flat);
    append(std::move(flat), node, scope);
  }

  static void set_attribute(FlatNode& flat, const Attribute& attribute, const Scope& scope) {
    if (attribute.refers_to.empty()) return flat.attributes.set(attribute.name, attribute);
    for (const Scope* at = &scope; at != nullptr; at = at->outer) {
      if (at->arguments == nullptr) continue;
      const auto found = at->arguments->find(attribute.refers_to);
      if (found != at->arguments->end()) flat.attributes.set(attribute.name, found->second);
      return;
    }
  }

  void bind(std::string_view name, ValueId id, Scope& scope, const FlatNode& node) {
    if (name.empty()) return;
    if (!scope.names.emplace(name, id).second)
      fail(fmt::format("{} '{}'", node.op, node.name), fmt::format("makes '{}' a second time", name));
  }

  void treat(FlatNode& flat) {
    const auto found = options_.treat.find(flat.name);
    if (found == options_.treat.end()) return;
    treated_.insert(flat.name);
    flat.problem.clear();
    flat.op = found->second == Treatment::identity      ? "Identity"
              : found->second == Treatment::elementwise ? "Elementwise"
                                                        : "Host";
    if (flat.op != "Host") flat.inputs.resize(std::min<std::size_t>(1, flat.inputs.size()));
  }

  void check_treated() const {
    std::vector<std::string> names;
    for (const FlatNode& node : graph_.nodes) names.push_back(node.name);
    for (const auto& [name, how] : options_.treat)
      if (treated_.count(name) == 0)
        fail("treat." + name, "no operator has this name" + base::suggestion(name, nearest(name, names)));
  }

  /// A few of many names, so that a suggestion stays short.
  static std::vector<std::string> nearest(const std::string& name, const std::vector<std::string>& names) {
    const std::string near = base::nearest_name(name, names);
    if (!near.empty()) return {near};
    return {names.begin(),
            names.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(5, names.size()))};
  }

  ValueId add_constant(const FlatNode& flat) {
    const Attributes& a = flat.attributes;
    if (const Attribute* value = a.find("value"); value != nullptr)
      if (const auto span = tensor_of(*value); span) return add_tensor(reader_.tensor(*span), flat.name);
    Value value;
    value.name = flat.name;
    value.fixed = true;
    Constant numbers;
    if (const Attribute* whole = a.find("value_int"); whole != nullptr) {
      numbers = Constant::of({integer_of(*whole)});
      value.dims = Dims{};
    } else if (const Attribute* wholes = a.find("value_ints"); wholes != nullptr) {
      numbers = Constant::of(integers_of(*wholes));
    } else if (const Attribute* one = a.find("value_float"); one != nullptr) {
      numbers.real = true;
      numbers.reals = {static_cast<double>(real_of(*one))};
      value.dims = Dims{};
    } else if (const Attribute* many = a.find("value_floats"); many != nullptr) {
      numbers.real = true;
      for (const float number : reals_of(*many)) numbers.reals.push_back(static_cast<double>(number));
    } else {
      fail("Constant '" + flat.name + "'", "has no dense numbers");
    }
    value.type = numbers.real ? ElementType::float32 : ElementType::int64;
    if (!value.dims) value.dims = Dims{static_cast<std::int64_t>(numbers.size())};
    if (static_cast<std::int64_t>(numbers.size()) <= kMostFolded) value.constant = std::move(numbers);
    const ValueId id = add(std::move(value));
    graph_.value(id).sources = {id};
    return id;
  }

  /// A branch is taken when the condition is known; its results have the names of the operator's.
  bool inline_if(FlatNode& flat, const Node& node, Scope& scope, int depth) {
    if (flat.inputs.empty() || flat.inputs[0] == kAbsent) {
      flat.problem = "has no condition";
      return false;
    }
    const Value& condition = graph_.value(flat.inputs[0]);
    if (!condition.constant || condition.constant->size() != 1) {
      flat.problem = "its condition is not known" + unbound_inputs();
      return false;
    }
    const bool yes = condition.constant->number(0) != 0;
    const Attribute* branch = flat.attributes.find(yes ? "then_branch" : "else_branch");
    const auto span = branch == nullptr ? std::nullopt : graph_of(*branch);
    if (!span) fail("If '" + flat.name + "'", "has no graph for the branch that is taken");
    const Graph inner = reader_.graph(*span);
    Scope own;
    own.outer = &scope;
    add_tensors(inner, own);
    walk(inner.nodes, own, depth + 1);
    if (inner.outputs.size() != node.outputs.size())
      fail("If '" + flat.name + "'", "has another number of results than its branch");
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const auto id = own.find(inner.outputs[i].name);
      if (!id) fail("If '" + flat.name + "'", fmt::format("no operator makes '{}'", inner.outputs[i].name));
      bind(node.outputs[i], *id, scope, flat);
    }
    return true;
  }

  /// "; scalar inputs may decide it: --bind sr=..." or nothing.
  std::string unbound_inputs() const {
    std::vector<std::string> open;
    for (const ValueId id : graph_.inputs) {
      const Value& input = graph_.value(id);
      if (!input.constant && !is_real(input.type) && elements_of(*input.dims) == 1)
        open.push_back(input.name);
    }
    if (open.empty()) return "; Kiln takes a branch only when the file decides which";
    std::vector<std::string> bindings;
    for (const std::string& name : open) bindings.push_back(name + "=...");
    return "; bind the scalar inputs that may decide it: --bind " + base::join(bindings, " ");
  }

  void inline_function(const Function& function, const FlatNode& call, const Node& node, Scope& scope,
                       int depth) {
    Scope own;
    std::map<std::string_view, Attribute> arguments;
    for (const Attribute& attribute : function.defaults) arguments[attribute.name] = attribute;
    for (const Attribute& attribute : node.attributes)
      if (const Attribute* given = call.attributes.find(attribute.name); given != nullptr)
        arguments[attribute.name] = *given;
    own.arguments = &arguments;
    for (std::size_t i = 0; i < function.inputs.size() && i < call.inputs.size(); ++i)
      if (call.inputs[i] != kAbsent) own.names[function.inputs[i]] = call.inputs[i];
    walk(function.nodes, own, depth + 1);
    for (std::size_t i = 0; i < node.outputs.size() && i < function.outputs.size(); ++i) {
      const auto id = own.find(function.outputs[i]);
      if (!id) fail(fmt::format("{} '{}'", node.op, call.name), "its function does not make a result");
      bind(node.outputs[i], *id, scope, call);
    }
  }

  void append(FlatNode flat, const Node& node, Scope& scope) {
    const auto at = static_cast<int>(graph_.nodes.size());
    for (const std::string_view output : node.outputs) {
      if (output.empty()) {
        flat.outputs.push_back(kAbsent);
        continue;
      }
      Value value;
      value.name = output;
      value.producer = at;
      const ValueId id = add(std::move(value));
      flat.outputs.push_back(id);
      bind(output, id, scope, flat);
    }
    if (flat.op == "QuantizeLinear" || flat.op == "DequantizeLinear") graph_.is_quantised = true;
    understand(flat);
    graph_.nodes.push_back(std::move(flat));
  }

  /// Finds shapes, marks what follows from the file, computes what is small.
  void understand(FlatNode& flat) {
    if (flat.op == "Host") give_noted_shapes(flat);
    if (!flat.problem.empty() || flat.outputs.empty()) return;
    for (const ValueId input : flat.inputs)
      if (input != kAbsent && !graph_.value(input).dims) return;  // a problem further up is told there
    try {
      infer_shapes(graph_, flat);
      const bool of_shape = flat.op == "Shape" || flat.op == "Size";
      bool fixed = flat.op != "Host";
      std::vector<ValueId> sources;
      for (const ValueId input : flat.inputs) {
        if (input == kAbsent) continue;
        fixed = fixed && graph_.value(input).fixed;
        const auto& from = graph_.value(input).sources;
        sources.insert(sources.end(), from.begin(), from.end());
      }
      if (!fixed && !of_shape) return;
      std::sort(sources.begin(), sources.end());
      sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
      constexpr std::size_t kMostSources = 64;
      for (const ValueId output : flat.outputs) {
        if (output == kAbsent) continue;
        graph_.value(output).fixed = true;
        if (!of_shape && sources.size() <= kMostSources) graph_.value(output).sources = sources;
      }
      fold(graph_, flat);
    } catch (const NodeError& error) {
      flat.problem = error.message;
    } catch (const std::out_of_range& error) {
      flat.problem = error.what();
    }
  }

  void give_noted_shapes(const FlatNode& flat) {
    for (const ValueId output : flat.outputs) {
      if (output == kAbsent) continue;
      const auto noted = noted_.find(graph_.value(output).name);
      if (noted == noted_.end()) continue;
      graph_.value(output).type = noted->second.first;
      Dims dims = noted->second.second;
      const bool samples = dims.size() > 1 && dims[0] == graph_.file_batch;
      if (samples) dims[0] = 1;
      graph_.value(output).dims = std::move(dims);
      graph_.value(output).batch_axis = samples ? 0 : -1;
    }
  }

  const Model& model_;
  ModelReader& reader_;
  const ImportOptions& options_;
  const std::string& path_;
  std::string folder_;
  std::int64_t opset_;
  std::map<std::pair<std::string_view, std::string_view>, const Function*> functions_;
  std::map<std::string, std::pair<ElementType, Dims>> noted_;  ///< shapes that the file states
  std::set<std::string> treated_;
  FlatGraph graph_;
};

}  // namespace

FlatGraph flatten(const Model& model, ModelReader& reader, const ImportOptions& options,
                  const std::string& path) {
  return Flattener(model, reader, options, path).run();
}

}  // namespace kiln::workload::onnx
