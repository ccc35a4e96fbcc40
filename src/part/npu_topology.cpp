// SPDX-License-Identifier: MIT
#include "part/npu_topology.h"

#include "base/csv.h"
#include "base/error.h"
#include "base/file.h"
#include "workload/bounded.h"
#include "workload/scalesim_form.h"

namespace kiln::part {
namespace {

constexpr double kMostMacs = 1e15;  // some days of a large accelerator: more is a slip of the pen

std::int64_t named_extent(const base::CsvRow& row, std::size_t index,
                          const std::vector<std::string>& header) {
  return workload::extent(row, index, header[index]);
}

/// What the sizes of the GEMM are products of.
void check_counts(const base::CsvRow& row, const lowering::ConvolutionShape& c) {
  try {
    workload::bounded_product({c.height, c.width});
    workload::bounded_product({c.kernel_height, c.kernel_width, c.channels});
  } catch (const std::out_of_range& too_large) {
    row.fail(too_large.what());
  }
}

void check_size(const base::CsvRow& row, const TopologyLayer& layer) {
  const lowering::GemmShape& g = layer.gemm;
  const double macs = static_cast<double>(g.m) * static_cast<double>(g.n) * static_cast<double>(g.k) *
                      (layer.depthwise ? static_cast<double>(layer.convolution.channels) : 1.0);
  if (macs > kMostMacs)
    row.fail(fmt::format("{:.3g} multiplications in one layer; at most {:.0e}", macs, kMostMacs));
}

TopologyLayer gemm_layer(const base::CsvRow& row, const std::vector<std::string>& header) {
  TopologyLayer layer;
  layer.name = row.cell(0);
  layer.gemm = {named_extent(row, 1, header), named_extent(row, 2, header), named_extent(row, 3, header)};
  check_size(row, layer);
  return layer;
}

TopologyLayer convolution_layer(const base::CsvRow& row, const std::vector<std::string>& header,
                                bool two_strides) {
  TopologyLayer layer;
  layer.name = row.cell(0);
  layer.is_convolution = true;
  layer.depthwise = layer.name.find("DP") != std::string::npos;
  auto& c = layer.convolution;
  c = {named_extent(row, 1, header), named_extent(row, 2, header),
       named_extent(row, 3, header), named_extent(row, 4, header),
       named_extent(row, 5, header), named_extent(row, 6, header),
       named_extent(row, 7, header), named_extent(row, two_strides ? 8 : 7, header)};
  if (c.kernel_height > c.height || c.kernel_width > c.width)
    row.fail(fmt::format("filter {} x {} is larger than the input {} x {}; add the padding to the input",
                         c.kernel_height, c.kernel_width, c.height, c.width));
  lowering::ConvolutionShape one = c;
  if (layer.depthwise) one.channels = one.filters = 1;
  check_counts(row, one);
  layer.gemm = lowering::forward_gemm(one);
  check_size(row, layer);
  return layer;
}

}  // namespace

std::vector<TopologyLayer> parse_topology(const std::string& path, std::string_view text,
                                          base::Unknowns& unknowns) {
  const base::CsvTable table(path, text);
  const auto& header = table.header();
  const workload::ScalesimForm form = workload::scalesim_form(path, header, unknowns);
  std::vector<TopologyLayer> layers;
  for (const base::CsvRow& row : table.rows()) {
    if (!workload::is_layer(row, form, header, unknowns)) continue;
    layers.push_back(form.gemm ? gemm_layer(row, header) : convolution_layer(row, header, form.two_strides));
  }
  if (layers.empty()) throw base::ConfigError({path, 1, 1}, "", "holds no layers");
  return layers;
}

std::vector<TopologyLayer> parse_topology(const std::string& path, std::string_view text) {
  base::Unknowns strict;
  return parse_topology(path, text, strict);
}

std::vector<TopologyLayer> read_topology(const std::string& path, base::Unknowns& unknowns) {
  return parse_topology(path, base::read_file(path), unknowns);
}

std::vector<TopologyLayer> read_topology(const std::string& path) {
  base::Unknowns strict;
  return read_topology(path, strict);
}

}  // namespace kiln::part
