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
  layer.in = {k, m, 1};
  layer.out = {n, m, 1};
  layer.weight_parameters = bounded_product({k, n});
  layer.macs = bounded_product({m, n, k});
  return layer;
}

std::int64_t outputs(const base::CsvRow& row, std::int64_t in, std::int64_t kernel, std::int64_t stride) {
  if (kernel > in)
    row.fail(
        fmt::format("a filter of {} is larger than the IFMAP of {} (fold the padding into it)", kernel, in));
  return (in - kernel + stride - 1) / stride + 1;
}

Layer convolution_layer(const base::CsvRow& row, const ScalesimForm& form) {
  Layer layer;
  layer.in = {extent(row, 5, "Channels"), extent(row, 1, "IFMAP height"), extent(row, 2, "IFMAP width")};
  const std::int64_t kernel_h = extent(row, 3, "filter height"), kernel_w = extent(row, 4, "filter width");
  const std::int64_t filters = extent(row, 6, "number of filters"), stride_h = extent(row, 7, "stride");
  const std::int64_t stride_w = form.two_strides ? extent(row, 8, "stride") : stride_h;
  const bool depthwise = row.cell(0).find("DP") != std::string::npos;
  layer.op = depthwise ? LayerOp::depthwise : LayerOp::conv;
  layer.groups = depthwise ? static_cast<std::int32_t>(layer.in.channels) : 1;
  layer.out = {bounded_product({filters, layer.groups}), outputs(row, layer.in.height, kernel_h, stride_h),
               outputs(row, layer.in.width, kernel_w, stride_w)};
  const auto narrow = [](std::int64_t value) { return static_cast<std::int32_t>(value); };
  layer.window = {narrow(kernel_h),          narrow(kernel_w),        narrow(stride_h),
                  narrow(stride_w),          narrow(layer.in.height), narrow(layer.in.width),
                  narrow(layer.out.height),  narrow(layer.out.width), narrow(layer.in.channels),
                  narrow(layer.out.channels)};
  layer.weight_parameters =
      bounded_product({layer.out.channels, kernel_h, kernel_w, layer.in.channels / layer.groups});
  layer.macs = bounded_product({layer.weight_parameters, layer.out.height, layer.out.width});
  return layer;
}

Layer read_layer(const base::CsvRow& row, const ScalesimForm& form) {
  try {
    return form.gemm ? gemm_layer(row) : convolution_layer(row, form);
  } catch (const std::out_of_range& too_large) {
    row.fail(too_large.what());
  }
}

}  // namespace

Network read_scalesim_topology(const std::string& path, std::string_view text) {
  const base::CsvTable table(path, text);
  const ScalesimForm form = scalesim_form(path, table.header());
  Network network;
  network.name = std::filesystem::path(path).stem().string();
  for (const base::CsvRow& row : table.rows()) {
    check_columns(row, form, table.header());
    Layer layer = read_layer(row, form);
    layer.name = row.cell(0);
    layer.inputs = {static_cast<int>(network.layers.size()) - 1};
    network.layers.push_back(std::move(layer));
  }
  if (network.layers.empty())
    throw base::ConfigError({path, 1, 1}, "layers", "the file has a header but no layer");
  network.input = network.layers.front().in;
  return network;
}

}  // namespace kiln::workload
