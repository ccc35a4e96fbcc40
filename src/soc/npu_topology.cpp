// SPDX-License-Identifier: MIT
#include "soc/npu_topology.h"

#include <algorithm>

#include "base/csv.h"
#include "base/error.h"
#include "base/file.h"

namespace kiln::soc {
namespace {

constexpr std::size_t kConvolutionCells = 8;
constexpr std::size_t kGemmCells = 4;
constexpr double kMostMacs = 1e15;  // some days of a large accelerator: more is a slip of the pen
constexpr const char* kForms =
    "a layer list starts with 'Layer, M, N, K' (GEMM) or 'Layer name, IFMAP Height, IFMAP Width, Filter "
    "Height, "
    "Filter Width, Channels, Num Filter, Strides' (convolution)";

bool names_gemm(const std::vector<std::string>& header) {
  return header.size() >= kGemmCells && header[1] == "M" && header[2] == "N" && header[3] == "K";
}

// Cells that a trailing comma leaves empty do not count.
std::size_t filled_cells(const std::vector<std::string>& header) {
  return static_cast<std::size_t>(
      std::count_if(header.begin(), header.end(), [](const std::string& cell) { return !cell.empty(); }));
}

std::int64_t positive(const base::CsvRow& row, std::size_t index, const std::vector<std::string>& header) {
  const std::int64_t value = row.integer_at(index);
  if (value <= 0) row.fail(fmt::format("{}: {} must be positive", header[index], value));
  return value;
}

/// SCALE-Sim v3 adds a column of N:M ratios; layers that are not dense are refused rather than taken for
/// dense.
void refuse_unread(const base::CsvRow& row, std::size_t known, const std::vector<std::string>& header) {
  for (std::size_t i = known; i < row.size(); ++i) {
    const std::string& cell = row.cell(i);
    if (cell.empty() || cell == "1:1") continue;
    const std::string name =
        i < header.size() && !header[i].empty() ? header[i] : fmt::format("column {}", i + 1);
    row.fail(fmt::format("'{}' in {} is not taken: leave it empty; weight sparsity is --set npu.sparsity=...",
                         cell, name));
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
  layer.gemm = {positive(row, 1, header), positive(row, 2, header), positive(row, 3, header)};
  refuse_unread(row, kGemmCells, header);
  check_size(row, layer);
  return layer;
}

TopologyLayer convolution_layer(const base::CsvRow& row, const std::vector<std::string>& header) {
  TopologyLayer layer;
  layer.name = row.cell(0);
  layer.is_convolution = true;
  layer.depthwise = layer.name.find("DP") != std::string::npos;
  auto& c = layer.convolution;
  c = {positive(row, 1, header), positive(row, 2, header), positive(row, 3, header), positive(row, 4, header),
       positive(row, 5, header), positive(row, 6, header), positive(row, 7, header)};
  if (c.kernel_height > c.height || c.kernel_width > c.width)
    row.fail(fmt::format("filter {} x {} is larger than the input {} x {}; add the padding to the input",
                         c.kernel_height, c.kernel_width, c.height, c.width));
  lowering::ConvolutionShape one = c;
  if (layer.depthwise) one.channels = one.filters = 1;
  layer.gemm = lowering::forward_gemm(one);
  refuse_unread(row, kConvolutionCells, header);
  check_size(row, layer);
  return layer;
}

}  // namespace

std::vector<TopologyLayer> parse_topology(const std::string& path, std::string_view text) {
  const base::CsvTable table(path, text);
  const auto& header = table.header();
  const bool gemm = names_gemm(header);
  if (!gemm && (filled_cells(header) < kConvolutionCells || header.front().empty()))
    throw base::ConfigError({path, 1, 1}, "", fmt::format("header not understood; {}", kForms));
  std::vector<TopologyLayer> layers;
  for (const base::CsvRow& row : table.rows())
    layers.push_back(gemm ? gemm_layer(row, header) : convolution_layer(row, header));
  if (layers.empty()) throw base::ConfigError({path, 1, 1}, "", "holds no layers");
  return layers;
}

std::vector<TopologyLayer> read_topology(const std::string& path) {
  return parse_topology(path, base::read_file(path));
}

}  // namespace kiln::soc
