// SPDX-License-Identifier: MIT
#include "workload/onnx/emitter.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "workload/layer_kind.h"
#include "workload/layer_table.h"
#include "workload/onnx/shape_rules.h"

namespace kiln::workload::onnx {
namespace {

/// "features.0" of "features.0.weight".
std::string without_suffix(std::string name) {
  for (const std::string_view suffix : {".weight", ".bias", "_weight", "_W", ".kernel"})
    if (name.size() > suffix.size() && name.ends_with(suffix)) {
      name.resize(name.size() - suffix.size());
      break;
    }
  return name;
}

}  // namespace

std::string clean_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '.';
    if (c == '/' || c == ':')
      out += out.empty() ? "" : ".";
    else
      out += plain ? c : '_';
  }
  constexpr std::size_t kLongest = 100;
  if (out.size() > kLongest) out.resize(kLongest);
  while (!out.empty() && out.back() == '.') out.pop_back();
  const bool starts_well =
      !out.empty() && ((out[0] >= 'a' && out[0] <= 'z') || (out[0] >= 'A' && out[0] <= 'Z'));
  return starts_well || out.empty() ? out : "n" + out;
}

Emitter::Emitter(FlatGraph& graph, const ImportOptions& options, std::string path)
    : graph_(graph), options_(options), path_(std::move(path)) {}

bool Emitter::is_fixed(const FlatNode& node, std::size_t input) const {
  return node.has(input) && value(node.inputs[input]).fixed;
}

const Value& Emitter::fixed(const FlatNode& node, std::size_t input, std::string_view what) const {
  if (!is_fixed(node, input)) refuse(fmt::format("{} depend on the data; they have to be in the file", what));
  return value(node.inputs[input]);
}

const Place& Emitter::at(const FlatNode& node, std::size_t input) const {
  if (!node.has(input)) refuse(fmt::format("input {} is missing", input));
  return place(node.inputs[input]);
}

const Place& Emitter::place(ValueId id) const {
  const auto found = places_.find(id);
  if (found != places_.end()) return found->second;
  if (value(id).fixed)
    refuse(fmt::format("'{}' is a constant where Kiln has a layer's output", value(id).name));
  refuse(fmt::format("'{}' has no layer of its own", value(id).name));
}

int Emitter::sample_axis(ValueId id, std::int64_t axis) const {
  const int own = graph_.sample_axis(id, Shaper::axis(axis, static_cast<int>(value(id).dims->size())));
  if (own < 0) refuse("works across samples; a training step has its samples side by side");
  return own;
}

Place Emitter::shaped(ValueId id, int channel_axis) {
  Place here = place(id);
  const Dims wanted = sample(id);
  const int last = static_cast<int>(wanted.size()) - 1;
  if (here.shape.extents() == wanted && (channel_axis < 0 || here.shape.channel_axis() == channel_axis))
    return here;
  // Channels that keep their place are still the channels; of what is cut anew the last axis is.
  int axis = channel_axis;
  for (int i = 0; axis < 0 && i <= last; ++i)
    if (wanted[static_cast<std::size_t>(i)] == here.shape.channels() &&
        product_before(wanted, i) == product_before(here.shape.extents(), here.shape.channel_axis()))
      axis = i;
  LayerConfig config;
  config.op = LayerOp::reshape;
  config.name = unique(here.name == "input" ? "shaped" : here.name + ".shaped");
  std::replace(config.name.begin(), config.name.end(), ':', '.');
  config.shape = wanted;
  if (axis >= 0 && axis != last) config.axis = axis;
  Place made = add(config, {here});
  if (channel_axis < 0) places_[id] = made;
  return made;
}

LayerConfig Emitter::layer(const FlatNode& node, LayerOp op, ValueId weights) {
  LayerConfig config;
  config.op = op;
  std::string name;
  if (weights != kAbsent && value(weights).sources.size() == 1) {
    const Value& source = value(value(weights).sources[0]);
    if (without_suffix(source.name) != source.name) name = clean_name(without_suffix(source.name));
  }
  if (name.empty()) name = clean_name(node.name);
  config.name = unique(name.empty() ? base::to_lower(node.op) : name);
  return config;
}

std::string Emitter::unique(std::string name) {
  const std::string wanted = name == "input" ? "input_layer" : std::move(name);
  std::string made = wanted;
  for (int& next = names_[wanted]; names_.count(made) > 0 && (made != wanted || next > 0);)
    made = fmt::format("{}_{}", wanted, ++next);
  ++names_[made];
  return made;
}

Place Emitter::add(LayerConfig config, const std::vector<Place>& from) {
  const auto& layers = result_.network.layers;
  for (const Place& source : from) {
    config.from.push_back(source.name);
    read_.insert(source.name);
  }
  const Layer& made = builder_->add(config);
  result_.network.layers.push_back(std::move(config));
  return {made.name, made.outputs[0], static_cast<int>(layers.size()) - 1};
}

Place Emitter::part(const Place& whole, int output) const {
  const Layer& made = builder_->network().layers[static_cast<std::size_t>(whole.layer)];
  if (made.outputs.size() == 1) return whole;
  return {fmt::format("{}:{}", whole.name, output), made.outputs[static_cast<std::size_t>(output)],
          whole.layer};
}

void Emitter::set(ValueId output, Place place) {
  places_[output] = std::move(place);
}

const FlatNode* Emitter::only_reader(ValueId id) const {
  if (readers_[static_cast<std::size_t>(id)] != 1) return nullptr;
  const auto found = consumers_.find(id);
  return found == consumers_.end() ? nullptr : found->second.front();
}

LayerConfig* Emitter::extendable(ValueId id) {
  const auto found = places_.find(id);
  if (found == places_.end() || found->second.layer < 0) return nullptr;
  if (only_reader(id) == nullptr) return nullptr;
  LayerConfig& config = result_.network.layers[static_cast<std::size_t>(found->second.layer)];
  if (config.name != found->second.name || read_.count(config.name) > 0) return nullptr;
  return &config;
}

void Emitter::count(ValueId id) {
  if (id == kAbsent || !is_real(value(id).type) || elements_of(*value(id).dims) <= 1) return;
  bool known = false;
  for (const ValueId source : value(id).sources) {
    const Value& tensor = value(source);
    const bool stored = is_real(tensor.type) || tensor.type == ElementType::int8 ||
                        tensor.type == ElementType::uint8 || tensor.type == ElementType::int4;
    if (!stored || !tensor.dims || elements_of(*tensor.dims) <= 1) continue;
    if (counted_.insert(source).second)
      result_.parameters += elements_of(*tensor.dims);
    else
      known = true;
  }
  if (known) ++shared_weights_;
}

void Emitter::note(std::string text) {
  auto& notes = result_.notes;
  constexpr std::size_t kMost = 50;
  if (notes.size() < kMost && std::find(notes.begin(), notes.end(), text) == notes.end())
    notes.push_back(std::move(text));
}

std::string Emitter::table_of(ValueId weights) const {
  const auto& sources = value(weights).sources;
  if (sources.size() != 1) return "";
  const auto found = tables_.find(sources[0]);
  return found == tables_.end() ? "" : found->second;
}

void Emitter::own_table(ValueId table, const std::string& layer) {
  if (value(table).sources.size() == 1) tables_.emplace(value(table).sources[0], layer);
}

}  // namespace kiln::workload::onnx
