// SPDX-License-Identifier: MIT
#include "experiment/gradient_codec.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "compression/codec.h"
#include "compression/gradient_source.h"
#include "compression/power_sgd.h"
#include "compression/round_trip.h"
#include "compression/steady_state.h"
#include "experiment/gradient_files.h"

namespace kiln::experiment {

namespace {

std::string source_of(const config::InputFile& file, const compression::GradientFile& gradients) {
  if (gradients.not_finite == 0) return file.path;
  return fmt::format("{}, {} values not finite and taken as zero", file.path, gradients.not_finite);
}

/// One layer's, and what its encoding comes to.
struct Gradient {
  const workload::Tensor* tensor;
  std::string name;        ///< of its layer
  std::size_t first;       ///< its place among the values given
  bool read_back = false;  ///< its code is decoded again
  compression::EncodedSize size = {};
};

compression::EncodedSize encode(const compression::Codec& codec, std::span<const float> given,
                                std::uint64_t seed, const Gradient& gradient) {
  const std::int64_t elements = gradient.tensor->elements();
  const auto layer = static_cast<std::uint64_t>(gradient.tensor->layer);
  std::vector<float> made;
  if (given.empty()) {
    made = compression::gradient_source(elements, seed, layer);
    given = made;
  } else {
    given = given.subspan(gradient.first, static_cast<std::size_t>(elements));
  }
  base::Rng rng(seed, fmt::format("layer{}", layer), "codec");
  if (!gradient.read_back) return compression::encode_in_steady_state(codec, given, rng);
  compression::Sent sent;
  const compression::Encoded encoded = compression::encode_in_steady_state(codec, given, rng, &sent);
  compression::check_round_trip(codec, encoded, sent, gradient.name);
  return encoded;
}

/// Elements of a dense code that are read back: some of its blocks.
constexpr std::int64_t kDenseSample = 1 << 14;

/// A dense code's size needs no values; those of a sample show that it can be read back.
compression::EncodedSize size_of_dense(const compression::Codec& codec, std::uint64_t seed,
                                       const Gradient& gradient) {
  const std::int64_t elements = gradient.tensor->elements();
  if (gradient.read_back) {
    compression::State state;
    compression::Sent sent;
    base::Rng rng(seed, gradient.name, "sample");
    const std::vector<float> values = compression::gradient_source(
        std::min(elements, kDenseSample), seed, static_cast<std::uint64_t>(gradient.tensor->layer));
    const compression::Encoded encoded = codec.encode(values, state, rng, &sent);
    compression::check_round_trip(codec, encoded, sent, gradient.name);
  }
  return codec.dense_size(elements);
}

/// Factors are as long as the matrices ask, whatever is in them; a layer without such matrices sends its
/// gradient as it is.
compression::EncodedSize size_of_factors(const compression::CodecConfig& codec, const Gradient& gradient,
                                         lowering::LayerCodec& layer) {
  const compression::PowerSgd factors(codec, workload::matrices_of(gradient.tensor->parts),
                                      gradient.tensor->elements());
  layer.factors = factors.matrices();
  layer.plain = layer.factors.empty();
  if (!layer.plain) return factors.size();
  compression::EncodedSize size;
  size.elements = size.kept = gradient.tensor->elements();
  size.bits.payload = 8 * gradient.tensor->bytes();
  return size;
}

/// Tensors whose code is read back: the largest, where places are widest, the smallest, and some between.
void choose_read_back(std::vector<Gradient>& gradients) {
  constexpr std::size_t kSampled = 4;
  std::vector<Gradient*> by_size;
  for (Gradient& gradient : gradients) by_size.push_back(&gradient);
  std::ranges::stable_sort(by_size, {}, [](const Gradient* g) { return g->tensor->elements(); });
  for (std::size_t i = 0; i < kSampled && !by_size.empty(); ++i)
    by_size[i * (by_size.size() - 1) / (kSampled - 1)]->read_back = true;
}

/// Values, residuals and the code of a layer are held at once, some 16 bytes an element.
constexpr std::int64_t kMostElements = std::int64_t{1} << 25;

void check_measurable(const std::vector<Gradient>& gradients) {
  for (const Gradient& gradient : gradients) {
    const std::int64_t elements = gradient.tensor->elements();
    if (elements <= kMostElements) continue;
    throw base::ConfigError(
        {}, "compression.codec.selection",
        fmt::format(
            "layer {} has {} gradients; up to {} a layer can be encoded to measure the ratio: take a smaller "
            "layer, freeze it, or a dense selection, whose ratio needs no values",
            gradient.name, elements, kMostElements));
  }
}

}  // namespace

MeasuredCompression measure_compression(const CompressionConfig& config, const workload::StepGraph& graph,
                                        std::uint64_t seed, const base::Watch& watch) {
  MeasuredCompression measured;
  measured.plan.layers.resize(graph.layers.size());
  std::int64_t all = 0;
  for (const workload::Tensor& tensor : graph.tensors)
    if (tensor.cls == workload::TensorClass::weight_gradient) all += tensor.elements();
  measured.original_bits = 32 * all;
  measured.compressed_bits = measured.original_bits;
  measured.source = "none: gradients are sent as they are";
  if (!config.enabled) {
    // Plain gradients at their storage precision.
    measured.compressed_bits = 0;
    for (const workload::Tensor& tensor : graph.tensors)
      if (tensor.cls == workload::TensorClass::weight_gradient)
        measured.compressed_bits += 8 * tensor.bytes();
    return measured;
  }
  const compression::GradientFile file = read_gradients(config.gradients, graph);
  const std::vector<float>& given = file.values;
  // A dense code has the same size for all values, so no gradient is made up and encoded.
  const bool low_rank = compression::is_low_rank(config.codec);
  const bool any_values = low_rank || (given.empty() && !compression::is_sparse(config.codec));
  measured.source = low_rank        ? "factors: as long for all gradients"
                    : any_values    ? "dense code: the same for all gradients"
                    : given.empty() ? fmt::format("seeded source, seed {}, encoded in full", seed)
                                    : source_of(config.gradients, file);
  measured.compressed_bits = 0;
  const auto codec_of = [&](const Gradient& gradient) {
    return compression::Codec(config.codec_of(gradient.name));
  };
  std::vector<std::string> names;
  for (const workload::LayerInfo& layer : graph.layers) names.push_back(layer.name);
  config.layers.require_names(names, "compression.layers");
  // Exact selection and histograms need the whole gradient first; what is decided per element streams.
  measured.plan.streaming = !low_rank && (!compression::is_sparse(config.codec) ||
                                          config.codec.selector == compression::Selector::previous_step ||
                                          config.codec.selection == compression::Selection::random_k ||
                                          config.codec.selection == compression::Selection::threshold);
  // A code that needs the whole gradient first is made by the tile, wherever its engine is wanted.
  const bool by_tile = config.placement == sim::CodingSite::ni && !measured.plan.streaming;
  measured.plan.site = by_tile ? sim::CodingSite::mac_output : config.placement;
  measured.plan.state_bytes_per_element = compression::state_bytes_per_element(config.codec);
  std::vector<Gradient> gradients;
  std::size_t elements = 0;
  for (const workload::Tensor& tensor : graph.tensors) {
    if (tensor.cls != workload::TensorClass::weight_gradient) continue;
    gradients.push_back({&tensor, graph.layers[static_cast<std::size_t>(tensor.layer)].name, elements});
    elements += static_cast<std::size_t>(tensor.elements());
  }
  if (!any_values) check_measurable(gradients);
  choose_read_back(gradients);
  if (any_values) {
    for (Gradient& gradient : gradients)
      gradient.size =
          low_rank ? size_of_factors(config.codec_of(gradient.name), gradient,
                                     measured.plan.layers[static_cast<std::size_t>(gradient.tensor->layer)])
                   : size_of_dense(codec_of(gradient), seed, gradient);
  } else {
    base::for_each_in_parallel(gradients.size(), [&](std::size_t i) {
      watch.check();
      gradients[i].size = encode(codec_of(gradients[i]), given, seed, gradients[i]);
    });
  }
  for (const Gradient& gradient : gradients) {
    lowering::LayerCodec& layer = measured.plan.layers[static_cast<std::size_t>(gradient.tensor->layer)];
    layer.payload_bytes += gradient.size.bytes_needed();
    layer.work += gradient.size.work;
    measured.compressed_bits += gradient.size.bits.total();
  }
  return measured;
}

}  // namespace kiln::experiment
