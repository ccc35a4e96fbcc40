// SPDX-License-Identifier: MIT
#include "fleet/payload.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compression/closed_form.h"

namespace kiln::fleet {

namespace {

/// Places that a common seed draws are the same on all devices.
bool fills_up(const experiment::CompressionConfig& compression) {
  return compression.enabled && compression::is_sparse(compression.codec) &&
         compression.codec.selection != compression::Selection::random_k;
}

double closed_bits(const compression::CodecConfig& codec, std::int64_t elements, std::int64_t entries) {
  return static_cast<double>(compression::closed_form_bits(codec, elements, entries).total());
}

/// Entries that a sparse code of so many bytes holds, by its closed form.
std::int64_t entries_in(const compression::CodecConfig& codec, std::int64_t elements, std::uint64_t bytes) {
  std::int64_t low = 0, high = elements;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (closed_bits(codec, elements, middle) < 8 * static_cast<double>(bytes))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

}  // namespace

Payload::Payload(const experiment::Prepared& prepared, const experiment::CompressionConfig& compression)
    : ratio_(prepared.compression.ratio()), grows_(fills_up(compression)) {
  const workload::StepGraph& graph = prepared.graph;
  std::vector<Layer> by_layer(graph.layers.size());
  std::vector<double> weight_bits(graph.layers.size(), 0);
  for (const workload::Tensor& tensor : graph.tensors)
    if (tensor.cls == workload::TensorClass::weight && tensor.layer != workload::kNone)
      weight_bits[static_cast<std::size_t>(tensor.layer)] = tensor.bits_per_element;
  for (const workload::Tensor& tensor : graph.tensors) {
    if (tensor.cls != workload::TensorClass::weight_gradient) continue;
    const auto at = static_cast<std::size_t>(tensor.layer);
    Layer& layer = by_layer[at];
    layer.name = graph.layers[at].name;
    layer.place = at;
    layer.elements += tensor.elements();
    layer.plain_bytes += static_cast<std::uint64_t>(tensor.bytes());
    const double bits = weight_bits[at] > 0 ? weight_bits[at] : tensor.bits_per_element;
    layer.model_bytes +=
        static_cast<std::uint64_t>(std::ceil(static_cast<double>(tensor.elements()) * bits / 8));
  }
  for (std::size_t i = 0; i < by_layer.size(); ++i) {
    Layer& layer = by_layer[i];
    if (layer.elements == 0) continue;
    layer.coded_bytes = layer.plain_bytes;
    if (compression.enabled) {
      layer.codec = compression.codec_of(layer.name);
      layer.coded_bytes = prepared.compression.plan.layers[i].payload_bytes;
      if (grows_) layer.kept = entries_in(layer.codec, layer.elements, layer.coded_bytes);
    }
    layers_.push_back(layer);
  }
  buckets_.resize(1);
  for (std::size_t i = 0; i < layers_.size(); ++i) buckets_[0].push_back(i);
}

std::uint64_t Payload::bytes(const Layer& layer, int merged) const {
  if (merged <= 1 || !grows_) return layer.coded_bytes;
  const auto all = static_cast<double>(layer.elements);
  const double density = std::min(1.0, static_cast<double>(layer.kept) / all);
  const auto kept = static_cast<std::int64_t>(std::llround(all * (1 - std::pow(1 - density, merged))));
  const double one = closed_bits(layer.codec, layer.elements, layer.kept);
  const double all_of_them = closed_bits(layer.codec, layer.elements, kept);
  const double scaled = one > 0 ? static_cast<double>(layer.coded_bytes) * all_of_them / one : 0;
  return std::min(std::max(layer.plain_bytes, layer.coded_bytes),
                  static_cast<std::uint64_t>(std::ceil(scaled)));
}

std::vector<std::uint64_t> Payload::layers(int merged) const {
  std::vector<std::uint64_t> all;
  for (const Layer& layer : layers_) all.push_back(bytes(layer, merged));
  return all;
}

std::vector<std::uint64_t> Payload::layers(int merged, std::size_t bucket) const {
  std::vector<std::uint64_t> all;
  for (const std::size_t layer : buckets_[bucket]) all.push_back(bytes(layers_[layer], merged));
  return all;
}

std::vector<std::uint64_t> Payload::model() const {
  std::vector<std::uint64_t> all;
  for (const Layer& layer : layers_) all.push_back(layer.model_bytes);
  return all;
}

std::uint64_t Payload::plain_bytes() const {
  std::uint64_t all = 0;
  for (const Layer& layer : layers_) all += layer.plain_bytes;
  return all;
}

std::string Payload::shape_text() const {
  std::string text;
  for (const Layer& layer : layers_) text += fmt::format("{} {}\n", layer.name, layer.elements);
  return text;
}

std::uint64_t sum(const std::vector<std::uint64_t>& layers) {
  return std::accumulate(layers.begin(), layers.end(), std::uint64_t{0});
}

link::Packets cut_range(const link::Link& link, const std::vector<std::uint64_t>& layers, std::uint64_t from,
                        std::uint64_t to, std::uint64_t stamp_bytes) {
  link::Packets packets;
  std::uint64_t begin = 0;
  for (const std::uint64_t bytes : layers) {
    const std::uint64_t end = begin + bytes;
    const std::uint64_t first = std::max(begin, from), last = std::min(end, to);
    if (first < last) packets += link.cut(last - first, stamp_bytes);
    begin = end;
  }
  return packets;
}

link::Packets cut_all(const link::Link& link, const std::vector<std::uint64_t>& layers,
                      std::uint64_t stamp_bytes) {
  return cut_range(link, layers, 0, sum(layers), stamp_bytes);
}

}  // namespace kiln::fleet
