// SPDX-License-Identifier: MIT
#include "workload/scalesim.h"

#include <filesystem>
#include <stdexcept>

#include "base/csv.h"
#include "base/error.h"
#include "workload/bounded.h"
#include "workload/scalesim_form.h"

namespace kiln::workload {
namespace {

Layer gemm_layer(const base::CsvRow& row) {
  const std::int64_t m = extent(row, 1, "M"), n = extent(row, 2, "N"), k = extent(row, 3, "K");
  Layer layer;
  layer.op = LayerOp::linear;
  layer.in = Shape::tokens(m, k);
  layer.out = Shape::tokens(m, n);
  layer.operation = Dense{m, k, n};
  layer.parts = {{PartKind::weight, {n, k}}};
  bounded_product({k, n});
  return layer;
}

/// Padding is part of the IFMAP; a last window that reaches over its edge counts.
void place(const base::CsvRow& row, ConvShape& window) {
  const auto refuse = [&](std::int32_t in, std::int32_t kernel) {
    if (kernel > in)
      row.fail(fmt::format("a filter of {} is larger than the IFMAP of {} (fold the padding into it)", kernel,
                           in));
  };
  refuse(window.in_h, window.kernel_h);
  refuse(window.in_w, window.kernel_w);
  const auto outputs = [](std::int32_t in, std::int32_t kernel, std::int32_t stride) {
    return static_cast<std::int32_t>((std::int64_t{in} - kernel + stride - 1) / stride + 1);
  };
  window.out_h = outputs(window.in_h, window.kernel_h, window.stride_h);
  window.out_w = outputs(window.in_w, window.kernel_w, window.stride_w);
}

Layer convolution_layer(const base::CsvRow& row, const ScalesimForm& form) {
  const auto narrow = [&](std::size_t column, std::string_view what) {
    return static_cast<std::int32_t>(extent(row, column, what));
  };
  Convolution convolution;
  ConvShape& window = convolution.window;
  window.in_channels = narrow(5, "Channels");
  window.in_h = narrow(1, "IFMAP height");
  window.in_w = narrow(2, "IFMAP width");
  window.kernel_h = narrow(3, "filter height");
  window.kernel_w = narrow(4, "filter width");
  const std::int64_t filters = extent(row, 6, "number of filters");
  window.stride_h = narrow(7, "stride");
  window.stride_w = form.two_strides ? narrow(8, "stride") : window.stride_h;
  convolution.depthwise = row.cell(0).find("DP") != std::string::npos;
  convolution.groups = convolution.depthwise ? window.in_channels : 1;
  place(row, window);
  const std::int64_t out = bounded_product({filters, convolution.groups});
  window.out_channels = static_cast<std::int32_t>(out);
  Layer layer;
  layer.op = convolution.depthwise ? LayerOp::depthwise : LayerOp::conv;
  layer.in = Shape::map(window.in_channels, window.in_h, window.in_w);
  layer.out = Shape::map(out, window.out_h, window.out_w);
  layer.parts = {
      {PartKind::weight, {out, window.in_channels / convolution.groups, window.kernel_h, window.kernel_w}}};
  bounded_product({out, window.kernel_h, window.kernel_w, window.in_channels / convolution.groups});
  layer.operation = convolution;
  return layer;
}

Layer read_layer(const base::CsvRow& row, const ScalesimForm& form) {
  try {
    Layer layer = form.gemm ? gemm_layer(row) : convolution_layer(row, form);
    layer.macs = forward_macs(layer.operation);
    layer.outputs = {layer.out};
    return layer;
  } catch (const std::out_of_range& too_large) {
    row.fail(too_large.what());
  }
}

}  // namespace

Network read_scalesim_topology(const std::string& path, std::string_view text) {
  const base::CsvTable table(path, text);
  base::Unknowns strict;
  const ScalesimForm form = scalesim_form(path, table.header(), strict);
  Network network;
  network.name = std::filesystem::path(path).stem().string();
  for (const base::CsvRow& row : table.rows()) {
    if (!is_layer(row, form, table.header(), strict)) continue;
    Layer layer = read_layer(row, form);
    layer.name = row.cell(0);
    layer.inputs = {{static_cast<int>(network.layers.size()) - 1, 0}};
    network.layers.push_back(std::move(layer));
  }
  if (network.layers.empty())
    throw base::ConfigError({path, 1, 1}, "layers", "the file has a header but no layer");
  network.input = network.layers.front().in;
  network.outputs = {{static_cast<int>(network.layers.size()) - 1, 0}};
  return network;
}

}  // namespace kiln::workload
