// SPDX-License-Identifier: MIT
#include "cli/noc_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "cli/number_checks.h"
#include "cli/output_options.h"
#include "cli/set_option.h"
#include "cli/time_limit.h"
#include "noc/booksim_config.h"
#include "part/noc.h"

namespace kiln::cli {
namespace {

struct NocArguments {
  std::string config;
  std::vector<std::string> overrides;
  std::string pattern;
  std::string rate;
  std::string classes;
  std::string flows;
  std::string order = "in_turn";
  std::string format = "text";
  int packet = 0;
  int seeds = 1;
  int hot_node = -1;
  double hot_weight = 0;
  std::optional<int> sample_cycles;
  std::int64_t warmup_cycles = noc::MeasureConfig::Windows{}.warmup_cycles;
  std::int64_t measure_cycles = 0;
  bool saturation = false;
  bool lenient = false;
  std::optional<double> time_limit_s;
};

noc::Pattern pattern_named(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& entry : enum_names(static_cast<const noc::Pattern*>(nullptr))) {
    if (name == entry.name) return entry.value;
    names.emplace_back(entry.name);
  }
  throw base::ConfigError({}, "pattern", "unknown pattern '" + name + "'" + base::suggestion(name, names));
}

/// Whatever the command line leaves open is as in the network's file, if that is BookSim's.
void take_over(const noc::BooksimTraffic& traffic, part::NocLoadOptions& options) {
  options.traffic.pattern = traffic.pattern;
  if (traffic.load > 0) options.loads = {traffic.load};
  options.measure.sample_cycles = traffic.sample_cycles;
}

std::string run_loads(const NocArguments& arguments, const noc::LoadedNetwork& network,
                      base::Unknowns& unknowns, const base::Watch& watch) {
  const noc::StandaloneConfig& config = network.config;
  part::NocLoadOptions options;
  if (network.traffic) take_over(*network.traffic, options);
  options.measure.watch = watch;
  if (!arguments.pattern.empty()) options.traffic.pattern = pattern_named(arguments.pattern);
  options.traffic.packet_flits = arguments.packet > 0 ? arguments.packet : config.packet_flits;
  options.traffic.hot_node = arguments.hot_node;
  options.traffic.hot_weight = arguments.hot_weight;
  if (!arguments.classes.empty()) options.traffic.classes = part::parse_class_shares(arguments.classes);
  if (!arguments.rate.empty()) options.loads = part::parse_loads(arguments.rate);
  if (arguments.sample_cycles) options.measure.sample_cycles = *arguments.sample_cycles;
  if (arguments.measure_cycles > 0)
    options.measure.windows = {arguments.warmup_cycles, arguments.measure_cycles};
  options.seeds = arguments.seeds;
  options.find_saturation = arguments.saturation;
  if (options.loads.empty() && !options.find_saturation) {
    throw base::ConfigError({}, "rate", "give --rate (one load, a list or first:last:step) or --saturation");
  }
  part::NocLoadReport report = part::run_noc_loads(config, options);
  report.skipped = unknowns.skipped();
  return arguments.format == "json" ? part::to_json(report) : part::to_text(report);
}

std::string run_flows(const NocArguments& arguments, const noc::StandaloneConfig& config,
                      base::Unknowns& unknowns, const base::Watch& watch) {
  noc::StandaloneConfig sized = config;
  if (arguments.packet > 0) sized.packet_flits = arguments.packet;
  const auto order = arguments.order == "in_turn" ? part::FlowOrder::in_turn : part::FlowOrder::round_robin;
  part::NocFlowsReport report =
      part::run_noc_flows(sized, part::read_flows(arguments.flows, sized, unknowns), order, watch);
  report.skipped = unknowns.skipped();
  return arguments.format == "json" ? part::to_json(report) : part::to_text(report);
}

}  // namespace

void add_noc_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<NocArguments>();
  CLI::App* command =
      app.add_subcommand("noc", "The on-chip network alone: load points, curves, finite transfers");
  command
      ->add_option(
          "--config", arguments->config,
          "Network part, e.g. configs/parts/noc/reference_p1.yaml, or a BookSim configuration, which "
          "may bring pattern and rate")
      ->required();
  auto* pattern = command->add_option("--pattern", arguments->pattern,
                                      "uniform, transpose, bitcomp, tornado, neighbor, hotspot or gather");
  command
      ->add_option("--rate", arguments->rate, "Flits per node and cycle: 0.3, or 0.1,0.2, or first:last:step")
      ->needs(pattern);
  auto* saturation = command->add_flag("--saturation", arguments->saturation, "Find the highest stable load")
                         ->needs(pattern);
  auto* flows =
      command->add_option("--flows", arguments->flows,
                          "Finite transfers: CSV of src,dst,bytes|flits[,packet_flits,class,start_cycle]");
  flows->excludes(pattern);
  command->add_flag(
      "--lenient", arguments->lenient,
      "Skip and name keys of a BookSim configuration and columns of --flows that are not known");
  command
      ->add_option("--order", arguments->order,
                   "Flows of one source: in_turn or round_robin, packet by packet")
      ->check(CLI::IsMember({"in_turn", "round_robin"}))
      ->capture_default_str();
  command->add_option("--packet", arguments->packet, "Flits of a packet instead of packet_flits")
      ->check(above_zero());
  command->add_option("--classes", arguments->classes, "Shares of the load: gradient:0.25,activation:0.75");
  command->add_option("--seeds", arguments->seeds, "Runs per load: their mean, with its 95 % confidence")
      ->check(above_zero())
      ->capture_default_str();
  command->add_option("--hot-node", arguments->hot_node, "Node that hotspot and gather aim at")
      ->check(not_negative());
  command->add_option("--hot-weight", arguments->hot_weight, "Weight of the hot node against 1 of the others")
      ->check(above_zero());
  auto* sample_cycles =
      command
          ->add_option("--sample-cycles", arguments->sample_cycles,
                       "Length of a measuring period, 2000 unless a BookSim configuration says its own")
          ->check(above_zero());
  auto* measure =
      command->add_option("--measure-cycles", arguments->measure_cycles,
                          "Measure what is delivered in a window of so many cycles, at any load, in "
                          "place of BookSim's stopping rule");
  measure->check(above_zero())->needs(pattern)->excludes(saturation)->excludes(sample_cycles);
  command->add_option("--warmup-cycles", arguments->warmup_cycles, "Cycles before this window")
      ->check(not_negative())
      ->needs(measure)
      ->capture_default_str();
  add_time_limit(*command, arguments->time_limit_s, "End after this wall time as failed, e.g. 30s, 5min");
  add_set_option(*command, arguments->overrides);
  add_format_option(*command, arguments->format);
  command->callback([arguments, &context] {
    base::Unknowns unknowns(arguments->lenient ? base::Unknowns::Reading::lenient
                                               : base::Unknowns::Reading::strict);
    const noc::LoadedNetwork network = noc::load_network(arguments->config, arguments->overrides, unknowns);
    if (!network.traffic && arguments->pattern.empty() == arguments->flows.empty()) {
      throw base::ConfigError({}, "noc", "give either --pattern with --rate, or --flows");
    }
    const base::Watch watch = watch_for(context, arguments->time_limit_s);
    context.out << (arguments->flows.empty() ? run_loads(*arguments, network, unknowns, watch)
                                             : run_flows(*arguments, network.config, unknowns, watch));
  });
}

}  // namespace kiln::cli
