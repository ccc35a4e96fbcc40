// SPDX-License-Identifier: MIT
#include "fuzz/parsers/table.h"

#include <cmath>
#include <sstream>

#include "base/csv.h"
#include "base/units.h"
#include "claims/formula.h"
#include "cli/catalogue.h"
#include "compression/gradient_file.h"
#if KILN_HAS_LEARNING
#include "learning/data/array.h"
#endif
#include "experiment/curve_table.h"
#include "noc/booksim_config.h"
#include "output/marker.h"
#include "part/dram_requests.h"
#include "part/noc.h"
#include "part/npu_topology.h"
#include "report/condition.h"
#include "solve/axis.h"
#include "stats/trace_reader.h"
#include "sweep/plan.h"
#include "sweep/point_store.h"
#include "sweep/results.h"
#include "thermal/hotspot_channels.h"
#include "thermal/hotspot_config.h"
#include "thermal/hotspot_materials.h"
#include "thermal/hotspot_stack.h"
#include "thermal/power_trace.h"
#include "thermal/start_temperatures.h"
#include "workload/hf/import.h"
#include "workload/onnx/import.h"
#include "workload/scalesim.h"

namespace kiln::fuzz {

namespace {

constexpr std::int64_t kGradients = 16;  // as many as the seeds hold

/// A parser may say more than yes: what it returned is looked at, too.
void require(bool holds, const char* promise) {
  if (!holds) throw std::logic_error(fmt::format("broken promise: {}", promise));
}

/// For parsers with an error of their own, which their callers turn into a ConfigError.
template <class Refusal>
Parse refusing_with(Parse parse) {
  return [parse = std::move(parse)](std::string_view bytes, const std::string& path) {
    try {
      parse(bytes, path);
    } catch (const Refusal& refusal) {
      throw base::ConfigError({path, 0, 0}, "", refusal.what());
    }
  };
}

std::string shipped(const std::string& name) {
  return std::string(KILN_SOURCE_DIR) + "/configs/" + name;
}

/// What is accepted is written out, and that is read back to the same.
void read_configuration(const cli::FileKind& kind, std::string_view bytes, const std::string& path) {
  config::schema_of(bytes);
  const std::string effective = kind.effective(config::parse_yaml(path, bytes), path);
  std::string again;
  try {
    again = kind.effective(config::parse_yaml(path, effective), path);
  } catch (const base::ConfigError& error) {
    throw std::logic_error(fmt::format("its effective configuration is refused: {}", error.what()));
  }
  require(again == effective, "the effective configuration is read back to itself");
}

void read_set(std::string_view bytes, const std::string&) {
  static const std::string file = shipped("packages/soc_b.yaml");
  static const config::Node package = config::parse_yaml_file(file);
  config::Node tree = package;
  config::apply_override(tree, std::string(bytes));
  cli::file_kind("package").effective(tree, file);
}

void read_quantity(std::string_view bytes, const std::string&) {
  bool known = false;
  std::string refusal;
  for (int d = 0; d <= static_cast<int>(base::Dimension::fraction); ++d) {
    const auto dimension = static_cast<base::Dimension>(d);
    try {
      const double value = base::parse_quantity(bytes, dimension);
      known = true;
      require(std::isfinite(value), "a quantity is finite");
      require(base::parse_quantity(base::format_quantity(value, dimension), dimension) == value,
              "a quantity is read back to itself");
    } catch (const base::UnitError& error) {
      refusal = error.what();
    }
  }
  if (!known) throw base::UnitError(refusal);
}

void read_csv(std::string_view bytes, const std::string& path) {
  const base::CsvTable table(path, bytes);
  for (const base::CsvRow& row : table.rows())
    for (std::size_t i = 0; i < row.size(); ++i)
      require(std::isfinite(row.number_at(i)), "a number in a table is finite");
}

void read_flows(std::string_view bytes, const std::string& path) {
  const noc::StandaloneConfig config;
  base::Unknowns strict;
  for (const part::NocFlow& flow : part::parse_flows(bytes, path, config, strict))
    require(flow.packets >= 1 && flow.packet_flits >= 1 && flow.last_flits <= flow.packet_flits &&
                flow.destination < config.nodes(),
            "a flow fits the network");
}

void read_booksim(std::string_view bytes, const std::string& path) {
  base::Unknowns unknowns(base::Unknowns::Reading::lenient);
  const noc::BooksimNetwork network = noc::read_booksim(bytes, path, unknowns);
  require(network.traffic.load >= 0 && network.traffic.load <= 1, "a load is a share of the peak");
  cli::file_kind("noc").effective(network.tree, path);
}

void read_dram_trace(std::string_view bytes, const std::string& path) {
  static const auto config = config::load<dram::DramConfig>(shipped("parts/dram/lpddr4_3200.yaml")).value;
  for (const bool lenient : {true, false}) {
    base::Unknowns unknowns(lenient ? base::Unknowns::Reading::lenient : base::Unknowns::Reading::strict);
    const auto requests = part::trace_requests(std::make_unique<std::istringstream>(std::string(bytes)), path,
                                               config, {.lenient = lenient}, unknowns);
    for (part::Request request; requests->next(request);)
      require(request.channel < static_cast<std::size_t>(config.organisation.channels),
              "a request has a channel");
  }
}

void read_flp(std::string_view bytes, const std::string& path) {
  const thermal::Floorplan plan = thermal::parse_flp(bytes, path, {"upper", "lower"});
  for (const thermal::Block& block : plan.blocks)
    require(block.rectangle().area_m2() > 0, "a block has an area");
}

void read_ptrace(std::string_view bytes, const std::string& path) {
  static const thermal::Floorplan plan =
      thermal::parse_flp("a 1e-3 1e-3 0 0\nb 1e-3 1e-3 1e-3 0\nc 1e-3 1e-3 2e-3 0\n", "three.flp");
  for (const double watts : thermal::parse_ptrace(bytes, path, plan).mean_w())
    require(std::isfinite(watts), "a mean power is finite");
}

void read_hotspot(std::string_view bytes, const std::string& path) {
  cli::file_kind("package").effective(thermal::package_from_hotspot(bytes, path), path);
}

void read_materials(std::string_view bytes, const std::string& path) {
  thermal::HotspotMaterials().add(bytes, path);
}

void read_lcf(std::string_view bytes, const std::string& path) {
  int number = 0;
  for (const thermal::HotspotLayer& layer : thermal::parse_lcf(bytes, path))
    require(layer.number == number++ && layer.thickness_m > 0 && !layer.plan.empty(), "a layer is whole");
}

void read_channel_network(std::string_view bytes, const std::string& path) {
  const thermal::ChannelsConfig lanes = thermal::parse_channel_network(bytes, path, {0, 0, 5e-3, 3e-3});
  require(lanes.count * lanes.width_m < 5.1e-3, "channels fit the die");
}

void read_start(std::string_view bytes, const std::string& path) {
  thermal::StartTemperatures::parse(bytes, path);
}

void read_gradients(std::string_view bytes, const std::string&) {
  for (const float value : compression::parse_gradients(bytes, kGradients).values)
    require(std::isfinite(value), "a gradient is finite");
}

void read_marker(std::string_view bytes, const std::string& path) {
  const auto marker = output::parse_marker(bytes);
  if (!marker) throw base::ConfigError({path, 0, 0}, "", "no marker: all is the user's");
  const std::string text = output::to_text(*marker);
  require(output::to_text(output::parse_marker(text).value()) == text, "a marker is read back to itself");
}

void read_loads(std::string_view bytes, const std::string&) {
  for (const double load : part::parse_loads(std::string(bytes)))
    require(std::isfinite(load) && load > 0, "a load is a positive number");
}

#if KILN_HAS_LEARNING
void check_array(const learning::Array& array) {
  require(learning::values_of(array.extents) == static_cast<std::int64_t>(array.values.size()),
          "an array holds the values of its extents");
  for (const float value : array.values) require(std::isfinite(value), "a value of data is finite");
}

/// Readers of data; each gets what is unpacked where it begins like gzip.
std::vector<Parser> data_parsers() {
  const auto of = [](auto read) {
    return refusing_with<learning::DataFileError>(
        [read](std::string_view bytes, const std::string&) { read(learning::unpacked(std::string(bytes))); });
  };
  return {{"idx", {"idx"}, of([](const std::string& bytes) { check_array(learning::read_idx(bytes)); })},
          {"npy_data", {"npy_data"}, of([](const std::string& bytes) {
             check_array(learning::read_npy(bytes));
           })},
          {"npz", {"npz"}, of([](const std::string& bytes) {
             for (const auto& [name, array] : learning::read_npz(bytes)) check_array(array);
           })},
          {"cifar10", {"cifar10"}, of([](const std::string& bytes) {
             check_array(learning::read_cifar10(bytes).values);
           })},
          {"csv_windows", {"csv_windows"}, of([](const std::string& bytes) {
             check_array(learning::read_csv_windows(bytes, "sensors.csv", "label", 2, 1).values);
           })}};
}
#endif

/// With symbols bound as the seeds have them.
void read_onnx(std::string_view bytes, const std::string& path) {
  workload::onnx::ImportOptions options;
  options.bind["batch"] = 2;
  const workload::NetworkConfig network = workload::onnx::import_model(bytes, path, options).network;
  workload::build_network(network);
}

void read_hf(std::string_view bytes, const std::string& path) {
  const workload::NetworkConfig network = workload::hf::import_model(bytes, path, {.sequence = 16}).network;
  workload::build_network(network);
}

std::vector<Parser> others() {
  const auto text = [](std::string_view bytes) { return std::string(bytes); };
  return {
      {"set", {"set"}, read_set},
      {"quantity", {"quantity"}, refusing_with<base::UnitError>(read_quantity)},
      {"csv", {"topology", "flows", "csv"}, read_csv},
      {"network_topology",
       {"topology"},
       [](auto bytes, const auto& path) { workload::read_scalesim_topology(path, bytes); }},
      {"onnx", {"onnx"}, read_onnx},
      {"hf", {"hf"}, read_hf},
      {"npu_topology", {"topology"}, [](auto bytes, const auto& path) { part::parse_topology(path, bytes); }},
      {"flows", {"flows"}, read_flows},
      {"curve", {"curve"}, [](auto bytes, const auto& path) { experiment::read_curve_table(path, bytes); }},
      {"booksim", {"booksim"}, read_booksim},
      {"dram_trace", {"dram_trace"}, read_dram_trace},
      {"flp", {"flp"}, read_flp},
      {"ptrace", {"ptrace"}, read_ptrace},
      {"hotspot", {"hotspot"}, read_hotspot},
      {"hotspot_materials", {"hotspot_materials"}, read_materials},
      {"lcf", {"lcf"}, read_lcf},
      {"channel_network", {"channel_network"}, read_channel_network},
      {"start_temperatures", {"start_temperatures"}, read_start},
      {"gradients", {"gradients"}, refusing_with<compression::GradientFileError>(read_gradients)},
      {"plan", {"plan"}, [](auto bytes, const auto& path) { sweep::parse_plan(bytes, path); }},
      {"marker", {"marker"}, read_marker},
      {"summary", {"summary"}, [](auto bytes, const auto& path) { sweep::parse_summary(bytes, path); }},
      {"failure",
       {"failure"},
       [=](auto bytes, const auto& path) {
         sweep::parse_failure(text(bytes), {path, 1, 1});
       }},
      {"fail_on",
       {"fail_on"},
       [=](auto bytes, const auto&) { report::parse_condition("--fail-on", text(bytes)); }},
      {"timeline", {"timeline"}, [](auto bytes, const auto& path) { stats::read_trace(bytes, path); }},
      {"axis", {"axis"}, [=](auto bytes, const auto&) { solve::parse_axes("--over", {text(bytes)}); }},
      {"formula", {"formula"}, refusing_with<claims::FormulaError>([=](auto bytes, const auto&) {
         claims::names_in(text(bytes));
       })},
      {"injection", {"injection"}, [=](auto bytes, const auto&) { part::parse_injection(text(bytes)); }},
      {"loads", {"loads"}, read_loads},
      {"class_shares",
       {"class_shares"},
       [=](auto bytes, const auto&) { part::parse_class_shares(text(bytes)); }},
  };
}

/// Kinds that include many files are slow; those of a single experiment less so.
int share_of(std::string_view kind) {
  for (const std::string_view includes_many : {"experiment", "soc", "silicon", "claims", "check"})
    if (kind == includes_many) return 1;
  for (const std::string_view of_experiment : {"sweep", "job", "fleet", "pipeline", "squeeze"})
    if (kind == of_experiment) return 3;
  return 10;
}

}  // namespace

const std::vector<Parser>& parsers() {
  static const std::vector<Parser> all = [] {
    std::vector<Parser> list;
    for (const cli::FileKind& kind : cli::file_kinds()) {
      list.push_back({kind.name(),
                      {"yaml"},
                      [&kind](auto bytes, const auto& path) { read_configuration(kind, bytes, path); },
                      share_of(kind.name())});
    }
    for (Parser& parser : others()) list.push_back(std::move(parser));
#if KILN_HAS_LEARNING
    for (Parser& parser : data_parsers()) list.push_back(std::move(parser));
#endif
    return list;
  }();
  return all;
}

}  // namespace kiln::fuzz
