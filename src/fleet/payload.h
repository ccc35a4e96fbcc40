// SPDX-License-Identifier: MIT
// The bytes of a device's gradient, layer by layer, as its codec leaves them: measured by encoding them in
// full, and for sums of several devices' gradients how sparse codes fill up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiment/prepare.h"
#include "link/transfer.h"

namespace kiln::fleet {

class Payload {
 public:
  Payload(const experiment::Prepared& prepared, const experiment::CompressionConfig& compression);

  /// From now on gradients go in these buckets: places among the layers, each in one of them.
  void cut(std::vector<std::vector<std::size_t>> buckets) { buckets_ = std::move(buckets); }
  std::size_t buckets() const { return buckets_.size(); }
  const std::vector<std::vector<std::size_t>>& all_buckets() const { return buckets_; }
  /// Bytes by layer of a bucket, in its order, when gradients of `merged` devices are added up.
  std::vector<std::uint64_t> layers(int merged, std::size_t bucket) const;
  /// Bytes by layer when the gradients of `merged` devices are added up. Of a sparse code the places of
  /// different devices are taken as independent: density 1 - (1 - d)^merged, never more bytes than plain
  /// ones.
  std::vector<std::uint64_t> layers(int merged) const;
  /// The trained parameters themselves, plain: what a device gets that does not have the last model.
  std::vector<std::uint64_t> model() const;
  std::uint64_t plain_bytes() const;
  std::uint64_t plain_bytes(std::size_t layer) const { return layers_[layer].plain_bytes; }
  std::size_t layer_count() const { return layers_.size(); }
  /// Place of a layer in the network's graph, and its name.
  std::size_t graph_layer(std::size_t layer) const { return layers_[layer].place; }
  const std::string& name(std::size_t layer) const { return layers_[layer].name; }
  double ratio() const { return ratio_; }  ///< against fp32, of one device's gradient
  /// Whether sums of gradients are as long as one.
  bool grows() const { return grows_; }
  /// Layers and their sizes, to tell networks apart.
  std::string shape_text() const;

 private:
  struct Layer {
    std::string name;
    std::size_t place = 0;  ///< in the graph
    std::int64_t elements = 0;
    std::uint64_t plain_bytes = 0, coded_bytes = 0, model_bytes = 0;
    compression::CodecConfig codec;
    std::int64_t kept = 0;  ///< of a sparse code
  };
  std::uint64_t bytes(const Layer& layer, int merged) const;

  std::vector<Layer> layers_;
  std::vector<std::vector<std::size_t>> buckets_;
  double ratio_ = 1;
  bool grows_ = false;
};

std::uint64_t sum(const std::vector<std::uint64_t>& layers);

/// The part of a message between two of its bytes, cut into packets; none holds bytes of two layers, since
/// its stamp names one.
link::Packets cut_range(const link::Link& link, const std::vector<std::uint64_t>& layers, std::uint64_t from,
                        std::uint64_t to, std::uint64_t stamp_bytes);
/// All of it.
link::Packets cut_all(const link::Link& link, const std::vector<std::uint64_t>& layers,
                      std::uint64_t stamp_bytes);

}  // namespace kiln::fleet
