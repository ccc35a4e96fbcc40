// SPDX-License-Identifier: MIT
#include "drawn_pair.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "config/load.h"
#include "device/device.h"
#include "run/mapping_choice.h"
#include "support/draw.h"
#include "support/forked.h"
#include "support/scratch_folder.h"

namespace kiln::testing {

namespace {

std::string image_network(Draw& draw) {
  const int side = draw.between(8, 40), input = draw.one_of<int>({1, 3, 16});
  std::string text =
      fmt::format("name: drawn\nsource: test\ninput: {{channels: {}, height: {}, width: {}}}\nlayers:\n",
                  input, side, side);
  const int layers = draw.between(2, 6);
  for (int i = 0; i < layers; ++i) {
    const int stride = i > 0 && i < 4 && draw.with(0.3) ? 2 : 1;
    if (i > 0 && draw.with(0.3))
      text += fmt::format("  - {{name: l{}, op: depthwise, kernel: {}, stride: {}, act: relu6}}\n", i,
                          draw.one_of<int>({3, 5}), stride);
    else
      text += fmt::format("  - {{name: l{}, op: conv, out: {}, kernel: {}, stride: {}, act: relu}}\n", i,
                          8 * draw.between(1, 16), draw.one_of<int>({1, 3, 5}), stride);
    if (draw.with(0.3)) text += fmt::format("  - {{name: n{}, op: batchnorm}}\n", i);
  }
  text += "  - {name: gap, op: global_pool}\n";
  return text + fmt::format("  - {{name: fc, op: linear, out: {}}}\n", draw.between(2, 200));
}

std::string dense_network(Draw& draw) {
  std::string text = fmt::format(
      "name: drawn\nsource: test\ninput: {{channels: {}, height: 1, width: 1}}\nlayers:\n"
      "  - {{name: f, op: flatten}}\n",
      draw.between(64, 800));
  const int layers = draw.between(2, 5);
  for (int i = 0; i < layers; ++i)
    text += fmt::format("  - {{name: l{}, op: linear, out: {}, act: relu}}\n", i, 16 * draw.between(1, 48));
  return text + "  - {name: z, op: linear, out: 10}\n";
}

}  // namespace

const char* name(Law law) {
  switch (law) {
    case Law::fewer_samples:
      return "fewer samples";
    case Law::more_tiles:
      return "more tiles";
    case Law::more_bandwidth:
      return "more bandwidth";
    case Law::fewer_bits:
      return "fewer bits";
    case Law::wider_links:
      return "wider links";
    case Law::more_ports:
      return "more ports";
  }
  return "";
}

std::string Drawn::text() const {
  return fmt::format(
      "batch {} x {}, {}, {}x{} arrays, {} lanes, {} KiB, {} tiles, {} channels, {} ports, {} B links, "
      "windows of {} KiB, {} MHz, gradients {}, activations {}, recompute {}{}\n{}",
      batch, micro_batches, optimizer, array, array, lanes, local_sram_kib, tiles, channels, ports,
      link_bytes, dma_window_kib, clock_mhz, gradients, activations, recompute,
      compressed ? ", compressed" : "", network);
}

std::vector<std::string> Drawn::overrides(const std::string& network_file) const {
  std::string units = "soc.units=[";
  for (int i = 0; i < ports; ++i)
    units += fmt::format("{{name: mem{}, kind: memory, column: {}, row: 0}}, ", i, 3 - i);
  for (int i = 0; i < tiles; ++i)
    units += fmt::format("{{name: npu{}, kind: npu, column: {}, row: {}}}, ", i, i % 4, 1 + i / 4);
  units +=
      "{name: host, kind: host, column: 0, row: 3}, {name: sram0, kind: gradient_sram, column: 1, row: 3}, "
      "{name: sram1, kind: gradient_sram, column: 2, row: 3}, {name: io, kind: io, column: 3, row: 3}]";
  std::vector<std::string> set = {
      "workload=" + network_file,
      "governor={policies: [{kind: performance}]}",
      "run.audit_windows=0",
      "mapping={}",
      fmt::format("training.batch={}", batch),
      fmt::format("training.micro_batches={}", micro_batches),
      fmt::format("training.optimizer.kind={}", optimizer),
      fmt::format("training.recompute.mode={}", recompute),
      fmt::format("training.precision.gradients={}", gradients),
      fmt::format("training.precision.activations={0}", activations),
      fmt::format("training.precision.saved_activations={0}", activations),
      fmt::format("soc.npu.rows={}", array),
      fmt::format("soc.npu.cols={}", array),
      fmt::format("soc.npu.vector_lanes={}", lanes),
      fmt::format("soc.npu.local_sram={} KiB", local_sram_kib),
      fmt::format("soc.noc.link_bytes={} B", link_bytes),
      fmt::format("soc.dma.read_window={} KiB", dma_window_kib),
      fmt::format("soc.dma.write_window={} KiB", dma_window_kib),
      "soc.noc.rows=4",
      fmt::format("soc.operating_points.points=[{{frequency: {} MHz}}]", clock_mhz),
      fmt::format("soc.memory.dram.organisation.channels={}", channels),
      units};
  if (compressed) {
    set.emplace_back("compression.enabled=true");
    set.emplace_back("compression.codec={selection: top_k, density: 0.1, values: int8, index: rice}");
  }
  return set;
}

Drawn draw(int number) {
  Draw draw("mapping", "drawn", number);
  Drawn drawn;
  drawn.network = draw.with(0.75) ? image_network(draw) : dense_network(draw);
  drawn.batch = draw.between(1, 16);
  drawn.micro_batches = draw.with(0.2) ? 2 : 1;
  drawn.batch *= drawn.micro_batches;
  drawn.optimizer = draw.one_of<const char*>({"sgd", "momentum", "adam"});
  drawn.array = draw.one_of<int>({8, 16, 32});
  drawn.lanes = draw.one_of<int>({8, 32, 64});
  drawn.local_sram_kib = draw.one_of<int>({64, 128, 256, 512});
  drawn.tiles = draw.between(1, 7);
  drawn.channels = draw.one_of<int>({1, 2, 4});
  drawn.ports = draw.one_of<int>({1, drawn.channels});
  drawn.link_bytes = draw.one_of<int>({4, 8, 16, 32});
  drawn.clock_mhz = draw.one_of<int>({200, 400, 800});
  drawn.gradients = draw.one_of<const char*>({"fp32", "fp16"});
  drawn.recompute = draw.one_of<const char*>({"none", "none", "sqrt", "optimal"});
  drawn.compressed = draw.with(0.25);
  drawn.dma_window_kib = draw.one_of<int>({8, 16, 32, 128});
  return drawn;
}

Drawn bettered(Drawn drawn, Law law, int number) {
  Draw draw("mapping", name(law), number);
  switch (law) {
    case Law::fewer_samples:
      if (drawn.batch == drawn.micro_batches) drawn.batch += drawn.micro_batches;
      drawn.batch -= drawn.micro_batches * draw.between(1, drawn.batch / drawn.micro_batches - 1);
      break;
    case Law::more_tiles:
      drawn.tiles += draw.between(1, 8 - drawn.tiles);
      break;
    case Law::more_bandwidth:
      drawn.channels *= 2;
      break;
    case Law::fewer_bits:
      if (draw.with(0.5))
        drawn.gradients = drawn.gradients == "fp32" ? "fp16" : "fp8";
      else
        drawn.activations = "fp8";
      break;
    case Law::wider_links:
      drawn.link_bytes *= 2;
      break;
    case Law::more_ports:
      drawn.channels = std::max(drawn.channels, 2);
      drawn.ports = drawn.channels;
      break;
  }
  return drawn;
}

Outcome simulate(const Drawn& drawn, const std::vector<std::string>& settings) {
  const ScratchFolder folder;
  const std::string file = folder.write("network.yaml", drawn.network);
  const Forked child = in_child(
      [&] {
        nlohmann::json out;
        try {
          std::vector<std::string> overrides = drawn.overrides(file);
          overrides.insert(overrides.end(), settings.begin(), settings.end());
          const auto experiment =
              config::load<experiment::ExperimentConfig>(
                  std::string(KILN_SOURCE_DIR) + "/configs/experiments/passive_edge.yaml", overrides)
                  .value;
          experiment::Prepared prepared = experiment::prepare(experiment);
          const device::Device device(experiment, prepared.plan);
          const run::Monitor monitor;
          run::StepStore steps(experiment, prepared, device.power(), device.top_point().frequency_hz,
                               monitor);
          run::MappingChoice choice =
              run::choose_mapping(experiment, prepared, steps, device, {}, monitor.watch);
          out["way"] = experiment::text_of(prepared.way, prepared.target.tiles);
          const lowering::Price price = run::price_of(steps, device, device.top_point());
          out["time"] = price.time;
          out["energy"] = price.energy;
          out["forward_macs"] = static_cast<double>(prepared.graph.macs(workload::Phase::forward)) /
                                static_cast<double>(prepared.graph.batch);
        } catch (const std::exception& error) {
          out = {{"error", error.what()}};
        }
        return out.dump();
      },
      {.wall_s = 300});
  const nlohmann::json out = nlohmann::json::parse(child.text, nullptr, false);
  if (out.is_discarded()) return {.error = "the child crashed"};
  if (out.contains("error")) return {.error = out["error"]};
  return {{out["time"], out["energy"]}, out["forward_macs"], out["way"], ""};
}

}  // namespace kiln::testing
