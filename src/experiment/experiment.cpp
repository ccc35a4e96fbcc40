// SPDX-License-Identifier: MIT
#include "experiment/experiment.h"

#include <algorithm>
#include <stdexcept>

#include "config/load.h"
#include "experiment/governor_rules.h"
#include "experiment/prepare.h"
#include "noc/codec_engine.h"
#include "workload/training_plan.h"

namespace kiln::experiment {

using base::Dimension;

std::span<const config::EnumName<Horizon>> enum_names(const Horizon*) {
  static constexpr config::EnumName<Horizon> kNames[] = {
      {Horizon::steady, "steady"}, {Horizon::steps, "steps"}, {Horizon::duration, "duration"}};
  return kNames;
}

std::span<const config::EnumName<EqualBlocks>> enum_names(const EqualBlocks*) {
  static constexpr config::EnumName<EqualBlocks> kNames[] = {{EqualBlocks::repeat, "repeat"},
                                                             {EqualBlocks::simulate, "simulate"}};
  return kNames;
}

std::span<const config::EnumName<MappingChoice>> enum_names(const MappingChoice*) {
  static constexpr config::EnumName<MappingChoice> kNames[] = {{MappingChoice::data, "data"},
                                                               {MappingChoice::channel, "channel"},
                                                               {MappingChoice::layer_wise, "layer_wise"},
                                                               {MappingChoice::automatic, "auto"}};
  return kNames;
}

std::span<const config::EnumName<CutChoice>> enum_names(const CutChoice*) {
  static constexpr config::EnumName<CutChoice> kNames[] = {
      {CutChoice::rows, "rows"}, {CutChoice::samples, "samples"}, {CutChoice::automatic, "auto"}};
  return kNames;
}

const config::Record<MappingConfig>& describe(const MappingConfig*) {
  static const auto record =
      config::Record<MappingConfig>("mapping", "How the step is spread over the tiles")
          .field("parallel", &MappingConfig::parallel,
                 {.doc = "data: the batch over tiles; channel: output channels over tiles; layer_wise: per "
                         "layer, the faster of both by estimate; auto: the best of these by simulation",
                  .source = "the best mapping is the fair base line for compression"})
          .field("cut", &MappingConfig::cut,
                 {.doc = "Where data mapping divides a batch that is no multiple of the tiles: rows: evenly, "
                         "inside samples; samples: between them; auto: the better by simulation",
                  .source = "neither is better for all networks"})
          .field("tiles", &MappingConfig::tiles,
                 {.doc = "Tiles that take part; absent: all", .min = 1, .max = 4096})
          .field(
              "objective", &MappingConfig::objective,
              {.doc = "What auto, and a dataflow of `best`, is chosen by: time (energy decides within 1 %), "
                      "energy (time decides within 1 %), or edp, the product of both",
               .source = "what a training step is bought for"})
          .field("residency_horizon", &MappingConfig::residency_horizon,
                 {.doc = "Operations a tensor may stay in local SRAM for",
                  .min = 0,
                  .max = 1000,
                  .source = "estimate: a layer with its norm and activation"})
          .field("reduce_delay", &MappingConfig::reduce_delay,
                 {.doc = "Layers of backward work between a WGRAD and its REDUCE",
                  .min = 0,
                  .max = 1000,
                  .source = "estimate: one layer hides the slowest tile"})
          .field("gradients_in_sram", &MappingConfig::gradients_in_sram,
                 {.doc = "Use the gradient buffer where gradients, payloads and residuals fit",
                  .source = "the articles' design"});
  return record;
}

const config::Record<LayerCodecConfig>& describe(const LayerCodecConfig*) {
  static const auto record =
      config::Record<LayerCodecConfig>("layer_codec", "What a layer's gradient is coded with instead")
          .field("density", &LayerCodecConfig::density,
                 {.doc = "Share of the elements sent", .min = 1e-6, .max = 1, .source = "the codec's"})
          .field("rank", &LayerCodecConfig::rank,
                 {.doc = "Rank of the factors of power_sgd", .min = 1, .max = 1024, .source = "the codec's"})
          .field("values", &LayerCodecConfig::values,
                 {.doc = "How a value is written", .source = "the codec's"})
          .field("block", &LayerCodecConfig::block,
                 {.doc = "Values that share a scale; 0 is the whole tensor",
                  .min = 0,
                  .max = 1 << 24,
                  .source = "the codec's"});
  return record;
}

compression::CodecConfig CompressionConfig::codec_of(const std::string& layer) const {
  if (layers.empty()) return codec;
  const LayerCodecConfig own = layers.apply(layer, {codec.density, codec.rank, codec.values, codec.block});
  compression::CodecConfig changed = codec;
  changed.density = own.density;
  changed.rank = own.rank;
  changed.values = own.values;
  changed.block = own.block;
  // Read once more, since rules hold over keys of both.
  const config::Node written = config::Value<compression::CodecConfig>::write(changed, {});
  return config::read_tree<compression::CodecConfig>(written, "").value;
}

const config::Record<CompressionConfig>& describe(const CompressionConfig*) {
  static const auto record =
      config::Record<CompressionConfig>("compression", "Gradient compression")
          .field("enabled", &CompressionConfig::enabled,
                 {.doc = "Compress gradients between WGRAD and REDUCE", .source = "off: the base line"})
          .field("placement", &CompressionConfig::placement,
                 {.doc = "Where: at the MAC array's output, in the network interface, or in the routers "
                         "(links only)",
                  .source = "articles, section 9.1: right behind the MAC array"})
          .field("codec", &CompressionConfig::codec,
                 {.doc = "Selection, values, index coding, error feedback"})
          .field(
              "gradients", &CompressionConfig::gradients,
              {.doc =
                   "Gradients to measure the ratio on: a file, .npy or raw little-endian fp32, exactly as "
                   "many as the trained layers have, or a folder with one for each layer, called as it is; "
                   "empty: the seeded source",
               .source = "seeded source: see compression/gradient_source.h"})
          .field("work_to_accuracy", &CompressionConfig::work_to_accuracy,
                 {.doc = "How many more steps compressed training takes"})
          .field("layers", &CompressionConfig::layers,
                 {.doc = "What differs from layer to layer, by name or pattern; later entries win"})
          .check([](const CompressionConfig& c, config::Checker& check) {
            if (!c.enabled) return;
            for (const config::PatternEntry& entry : c.layers.entries()) {
              if (entry.settings.find("density") != nullptr && !compression::is_sparse(c.codec))
                check.fail(
                    "layers",
                    fmt::format("{}.density: this selection does not choose elements; take another one",
                                entry.pattern));
              if (entry.settings.find("rank") != nullptr && !compression::is_low_rank(c.codec))
                check.fail("layers", fmt::format("{}.rank: is of codec.selection power_sgd alone; remove it",
                                                 entry.pattern));
            }
            if (c.placement == sim::CodingSite::none)
              check.fail("placement", "is none while compression is enabled; use mac_output, ni or router");
            const noc::CodecKind kind =
                c.codec.error_feedback ? noc::CodecKind::quantise_with_feedback : noc::CodecKind::quantise;
            if (const std::string why = noc::refusal(c.placement, kind); !why.empty())
              check.fail("placement", why);
            if (c.placement == sim::CodingSite::router && compression::is_sparse(c.codec))
              check.fail("placement",
                         "a router may only code losslessly or quantise; selection needs mac_output or ni");
            if (c.placement != sim::CodingSite::mac_output && compression::is_low_rank(c.codec))
              check.fail("placement", "power_sgd multiplies matrices, which only the array does: mac_output");
          });
  return record;
}

const config::Record<RunConfig>& describe(const RunConfig*) {
  static const auto record =
      config::Record<RunConfig>("run", "How long and how closely to simulate")
          .field("horizon", &RunConfig::horizon,
                 {.doc = "steady: periodic steady state; steps: that many from cold; duration: device time "
                         "from cold",
                  .source = "hot, as in use"})
          .field("steps", &RunConfig::steps,
                 {.doc = "Steps of horizon `steps`, each simulated in full",
                  .min = 1,
                  .max = 1e6,
                  .source = "one"})
          .field("duration", &RunConfig::duration_s,
                 {.doc = "Device time of horizon `duration`",
                  .unit = Dimension::time,
                  .min = 1e-3,
                  .max = 1e6,
                  .source = "a second"})
          .field("rate", &RunConfig::rate_samples_per_s,
                 {.doc = "Samples per second asked for; the chip idles clock-gated in between",
                  .min = 1e-6,
                  .max = 1e9})
          .field("fidelity", &RunConfig::fidelity,
                 {.doc = "How closely memory and network of the step are simulated"})
          .field("equal_blocks", &RunConfig::equal_blocks,
                 {.doc = "repeat: of many equal blocks of layers in a row some are simulated and stand for "
                         "the others, "
                         "in bulk and if they agree within 1 % of the step; simulate: all are",
                  .source = "repeated, language models take a third of the time"})
          .field("audit_windows", &RunConfig::audit_windows,
                 {.doc = "Windows of the step whose bulk subsystems are re-run at flit and command level",
                  .min = 0,
                  .max = 64,
                  .source = "start, middle and end"})
          .field(
              "audit_window", &RunConfig::audit_window_s,
              {.doc = "Length of an audit window; absent: the time in which memory moves 4 MiB at its peak",
               .unit = Dimension::time,
               .min = 1e-7,
               .max = 1e-1})
          .field("ledger_window", &RunConfig::ledger_window_s,
                 {.doc = "Resolution of power over time inside a step",
                  .unit = Dimension::time,
                  .min = 1e-6,
                  .max = 1,
                  .source = "estimate: far below thermal time constants"})
          .field("seed", &RunConfig::seed,
                 {.doc = "Seed of all random numbers", .min = 0, .max = 9e15, .source = "any"});
  return record;
}

const config::Record<EnvironmentConfig>& describe(const EnvironmentConfig*) {
  static const auto record =
      config::Record<EnvironmentConfig>("environment", "Surroundings")
          .field("ambient", &EnvironmentConfig::ambient_c,
                 {.doc = "Air or coolant inlet temperature",
                  .unit = Dimension::temperature,
                  .min = -200,
                  .max = 120,
                  .source = "room temperature"})
          .field("start", &EnvironmentConfig::start_c,
                 {.doc = "Temperature of the whole device when a run from cold begins; "
                         "absent: the ambient",
                  .unit = Dimension::temperature,
                  .min = -200,
                  .max = 120})
          .field("state_of_charge", &EnvironmentConfig::state_of_charge,
                 {.doc = "Charge of the SoC's battery when the run begins",
                  .unit = Dimension::fraction,
                  .min = 0.01,
                  .max = 1,
                  .source = "full"});
  return record;
}

dram::RefreshConfig refresh_rule(const ExperimentConfig& experiment) {
  dram::RefreshConfig rule = experiment.soc.memory.dram.refresh;
  const std::optional<governor::RefreshConfig>& ladder = experiment.governor.refresh;
  if (!ladder) return rule;
  rule.hysteresis_c = ladder->hysteresis_k;
  rule.steps.clear();
  for (const governor::RefreshStepConfig& step : ladder->steps)
    rule.steps.push_back({step.above_c, step.rate});
  return rule;
}

namespace {

void check_events(const ExperimentConfig& e, config::Checker& check) {
  if (!e.events.empty() && e.run.horizon == Horizon::steady)
    check.fail("events", "a steady state knows no time; give run.horizon duration (or steps)");
  for (std::size_t i = 0; i < e.events.size(); ++i)
    for (const auto& [key, what] : thermal::event_problems(e.events[i], e.soc.package))
      check.fail(fmt::format("events.{}.{}", i, key), what);
}

/// What a training says of layers, by name or count, fits the network. A network that is no good is told
/// where it is built.
void check_layers(const ExperimentConfig& e, config::Checker& check) {
  workload::Network network;
  try {
    if (e.workload.layers.empty()) return;  // a SCALE-Sim topology is read when it is run
    network = network_of(e);
  } catch (const std::runtime_error&) {
    return;
  }
  try {
    workload::plan_training(network, e.training);
  } catch (const base::ConfigError& error) {
    for (const base::Problem& problem : error.problems())
      check.fail("training." + problem.key, problem.message);
  }
}

/// What feels gradients has none to feel.
void check_zeroth_order(const ExperimentConfig& e, config::Checker& check) {
  const bool zeroth_order = e.training.kind == workload::TrainingKind::zeroth_order;
  if (zeroth_order && e.compression.enabled)
    check.fail("compression", "codes gradients, and training.kind zeroth_order forms none; leave it out");
  if (!e.learning) return;
  if (zeroth_order && e.learning->staleness)
    check.fail("learning", "staleness is of gradients, and training.kind zeroth_order forms none; remove it");
  if (!zeroth_order && e.learning->rate.perturbation != learning::RateConfig{}.perturbation)
    check.fail("learning", "rate.perturbation does nothing without training.kind zeroth_order; remove it");
}

/// DGC's momentum correction is the optimizer's momentum, moved in front of the selection (Lin et al. 2018,
/// algorithm 1); behind another one, a gradient would count momentum twice.
void check_dgc(const ExperimentConfig& e, config::Checker& check) {
  const bool corrects = e.compression.enabled &&
                        e.compression.codec.selection == compression::Selection::dgc &&
                        e.compression.codec.momentum > 0;
  if (!corrects || !e.learning) return;
  using workload::OptimizerKind;
  const OptimizerKind kind = e.training.optimizer.kind;
  const bool accumulates =
      kind == OptimizerKind::adam || (kind == OptimizerKind::momentum && e.learning->rate.momentum > 0);
  if (accumulates)
    check.fail("compression",
               "codec.selection dgc accumulates momentum itself, and so does training.optimizer: it would be "
               "applied twice; give training.optimizer: {kind: sgd} or compression.codec.momentum: 0");
}

/// EF21's receiver adds up differences: what arrived wrong once would stay in it.
void check_links(const ExperimentConfig& e, config::Checker& check) {
  const bool silent = e.learning && e.learning->faults && e.learning->faults->links &&
                      e.learning->faults->links->check == learning::LinkCheck::none;
  const compression::CodecConfig& codec = e.compression.codec;
  if (silent && e.compression.enabled && codec.error_feedback &&
      codec.feedback_rule == compression::FeedbackRule::ef21)
    check.fail("learning",
               "faults.links.check none lets wrong bits into what receivers of EF21 add up, which is not "
               "modelled; give check: crc or compression.codec.feedback_rule: error_feedback");
}

void check_target(const ExperimentConfig& e, config::Checker& check) {
  if (e.learning && e.learning->target_accuracy > 0 &&
      e.workload.loss == workload::LossKind::mean_squared_error)
    check.fail("learning",
               "target_accuracy is of classes, and workload.loss mean_squared_error has none; remove it");
}

}  // namespace

const config::Record<ExperimentConfig>& describe(const ExperimentConfig*) {
  static const auto record =
      config::Record<ExperimentConfig>("experiment", "One experiment")
          .field("name", &ExperimentConfig::name,
                 {.doc = "Name of the run folder", .required = true, .text = config::Text::folder})
          .field("workload", &ExperimentConfig::workload, {.doc = "Network; a file of configs/workloads"})
          .field("topology", &ExperimentConfig::topology,
                 {.doc = "SCALE-Sim layer CSV instead of a workload", .source = "none"})
          .field("training", &ExperimentConfig::training,
                 {.doc = "Batch, optimizer, precision, freezing, recomputation"})
          .field("mapping", &ExperimentConfig::mapping, {.doc = "Spread over the tiles"})
          .field("compression", &ExperimentConfig::compression, {.doc = "Gradient compression"})
          .field("learning", &ExperimentConfig::learning,
                 {.doc = "What `kiln train` learns; `kiln run` does not read it"})
          .field("soc", &ExperimentConfig::soc, {.doc = "Hardware; a file of configs/soc", .required = true})
          .field("governor", &ExperimentConfig::governor,
                 {.doc = "Policies, refresh ladder, guard, transitions"})
          .field("environment", &ExperimentConfig::environment, {.doc = "Ambient"})
          .field("run", &ExperimentConfig::run, {.doc = "Horizon and fidelity"})
          .field("events", &ExperimentConfig::events,
                 {.doc = "What happens around the device while a run of `steps` or `duration` goes on"})
          .with_bands(&ExperimentConfig::bands)
          .check([](const ExperimentConfig& e, config::Checker& check) {
            check_governor(e, check);
            check_events(e, check);
            check_zeroth_order(e, check);
            check_dgc(e, check);
            check_links(e, check);
            check_target(e, check);
            const dram::ControllerConfig& controller = e.soc.memory.dram.controller;
            if (e.run.fidelity.memory == sim::Fidelity::exact &&
                controller.direction == dram::DirectionPolicy::drain_when_full &&
                controller.eager_drain > 0 && controller.write_completion != dram::WriteCompletion::accepted)
              check.fail("run",
                         "fidelity.memory exact holds back the last soc.memory.dram.controller.eager_drain "
                         "writes, and they are complete only when written; use write_completion: accepted or "
                         "eager_drain: 0");
            if (e.workload.layers.empty() && e.topology.empty())
              check.fail("workload",
                         "is missing; name a file of configs/workloads, or a SCALE-Sim CSV under topology");
            if (!e.workload.layers.empty() && !e.topology.empty())
              check.fail("topology", "both workload and topology are given; remove one");
            if (e.learning && e.learning->loss_scale.initial != learning::LossScaleConfig{}.initial &&
                e.training.loss_scaling.kind == workload::LossScalingKind::none)
              check.fail(
                  "learning",
                  "loss_scale.initial does nothing without loss scaling; give training.loss_scaling.kind "
                  "(fixed or dynamic)");
          })
          .check_of({"workload", "topology", "training"}, check_layers)
          .check([](const ExperimentConfig& e, config::Checker& check) {
            if (e.training.relu_density < 1 &&
                e.soc.npu.sparsity.scheme != lowering::SparsityScheme::zero_gated)
              check.fail("training.relu_density",
                         "zeros of activations act on arrays that gate them only: soc.npu.sparsity.scheme "
                         "zero_gated");
          });
  return record;
}

}  // namespace kiln::experiment
