// SPDX-License-Identifier: MIT
#include "report/validity.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "power/speed.h"
#include "report/figures.h"
#include "report/heat_limits.h"
#include "report/supply.h"

namespace kiln::report {

namespace {

using base::Dimension;

constexpr double kBulkError = 0.03;         // what bulk engines keep to (models/dram, models/noc)
constexpr std::int64_t kLeastAudited = 30;  // trains or bursts: with fewer, their ends weigh too much
constexpr double kBeyondSpeedLaw =
    1.15;                             // parts of one node and kind differ by as much (fast and slow corners)
constexpr double kBeyondNode = 1.05;  // published points lie this little outside a node's range
constexpr double kLongestLink = 4;    // pitches of the floorplan's nodes
constexpr double kUnknown_c = -300;   // nothing was observed
constexpr double kResidual_k = 0.1;   // a steady state is meant to be within this
constexpr double kCapSlack = 1.02;    // a policy regulates around its cap

using figures::BlockHeat;

class Judge {
 public:
  explicit Judge(const Findings& f) : f_(f), limits_(heat_limits(f.experiment)) {}

  Validity all() {
    events();
    shutdown();
    steadiness();
    die_and_memory();
    regulators();
    skin();
    model_range();
    core_clock();
    core_voltage();
    links();
    memory_clock();
    coolant_flow();
    rate();
    power_caps();
    supply();
    judge_memory_supply(f_, found_);
    policies();
    without_effect();
    audit();
    throttling();
    accuracy_curve();
    found_.sort();
    return std::move(found_);
  }

 private:
  const std::string& block_name(std::size_t block) const {
    return f_.prepared.plan.floorplan.blocks[block].name;
  }
  BlockHeat hottest_of_die() const {
    const std::vector<BlockHeat> die = figures::die_by_heat(f_);
    return die.empty() ? BlockHeat{kUnknown_c, ""} : die.front();
  }
  BlockHeat memory_part() const {
    const auto memory = static_cast<std::size_t>(f_.prepared.plan.memory_block);
    if (memory >= f_.observed.peak_block_c.size()) return {kUnknown_c, ""};
    return {f_.observed.peak_block_c[memory], block_name(memory)};
  }

  /// What came to pass around the device, and what never did.
  void events() {
    for (const device::MetEvent& event : f_.device.met_events())
      found_.add("event", Severity::note, event.time_s, 0, "events",
                 fmt::format("at {} {}", base::display_quantity(event.time_s, Dimension::time), event.text));
    const std::size_t met = f_.device.met_events().size(), all = f_.experiment.events.size();
    if (met < all)
      found_.add(
          "event_not_met", Severity::note, static_cast<double>(all - met), 0, "events",
          fmt::format("{} of {} events lie beyond the end of the run and change nothing", all - met, all));
  }

  /// The device was cooled no more: to switch off is then what is asked of it.
  bool cooling_stopped_by(double time_s) const {
    const std::vector<device::MetEvent>& met = f_.device.met_events();
    return std::any_of(met.begin(), met.end(), [&](const device::MetEvent& event) {
      return event.cooling_stopped && event.time_s <= time_s;
    });
  }

  void shutdown() {
    if (!f_.observed.shut_down) return;
    const double at_s = f_.observed.shutdown_at_s;
    const double before = f_.prepared.graph.samples() / std::max(f_.step.signature.duration_s(), 1e-30);
    // An empty battery is the end of what was asked, not of the chip; a failed pump was asked for.
    const bool asked = f_.observed.battery_empty || cooling_stopped_by(at_s);
    const governor::GuardConfig& guard = f_.experiment.governor.guard;
    const BlockHeat memory = memory_part();
    const bool by_memory = memory.celsius >= guard.hbm_shutdown_c;
    found_.add(
        "shutdown", asked ? Severity::warn : Severity::invalid, at_s,
        by_memory ? guard.hbm_shutdown_c : guard.shutdown_c,
        by_memory ? memory.block : hottest_of_die().block,
        fmt::format("the device switched itself off ({}) after {} of device time{}: at most {:.4g} samples/s "
                    "before, none after",
                    f_.observed.shutdown_reason, base::display_quantity(at_s, Dimension::time),
                    slowed_before(at_s), before));
  }

  std::string slowed_before(double off_s) const {
    const double first_s = f_.observed.first_throttled_s;
    if (first_s < 0 || !(first_s < off_s - f_.device.control_period_s())) return "";
    return fmt::format(", slowed down since {}", base::display_quantity(first_s, Dimension::time));
  }

  void steadiness() {
    if (f_.experiment.run.horizon != experiment::Horizon::steady || f_.observed.shut_down) return;
    const run::Steadiness& steady = f_.observed.steadiness;
    if (steady.cycle_s > 0)
      found_.add("limit_cycle", Severity::note, steady.cycle_s, 0, "governor",
                 fmt::format("the governor swings for ever; means are those of {} of it, peaks its highest",
                             base::display_quantity(steady.cycle_s, Dimension::time)));
    if (steady.residual_k <= kResidual_k) return;
    found_.add("not_steady", steady.residual_k > 10 * kResidual_k ? Severity::invalid : Severity::warn,
               steady.residual_k, kResidual_k, "package",
               fmt::format("the state reported may be {:.2g} K from the steady one", steady.residual_k));
  }

  void over(const char* code, const BlockHeat& part, double limit_c, const char* what) {
    if (part.celsius <= limit_c) return;
    found_.add(
        code, Severity::invalid, part.celsius, limit_c, part.block,
        fmt::format("{} reaches {:.1f} degC, above its limit of {:.0f} degC", what, part.celsius, limit_c));
  }
  void die_and_memory() {
    over("die_too_hot", hottest_of_die(), limits_.die_c, "the die");
    over("memory_too_hot", memory_part(), limits_.memory_c, "the memory");
  }

  void regulators() {
    const int block = f_.device.regulator_block();
    if (block < 0 || f_.observed.peak_block_c.empty()) return;
    const double celsius = f_.observed.peak_block_c[static_cast<std::size_t>(block)];
    const double limit_c = limits_.regulators_c;
    if (celsius > limit_c)
      found_.add("regulators_too_hot", Severity::warn, celsius, limit_c, "regulators",
                 fmt::format("the regulators reach {:.1f} degC, above their limit of {:.0f} degC; a larger "
                             "soc.board.regulator_side, or soc.board.rated_power, spreads their heat",
                             celsius, limit_c));
  }

  void skin() {
    if (!f_.device.heat().has_probe(thermal::Probe::skin)) return;
    const double limit_c = limits_.skin_c;
    if (f_.observed.peak_skin_c > limit_c)
      found_.add("skin_too_hot", Severity::warn, f_.observed.peak_skin_c, limit_c, "skin",
                 fmt::format("the outside reaches {:.1f} degC, {:.1f} K above its limit of {:.0f} degC",
                             f_.observed.peak_skin_c, f_.observed.peak_skin_c - limit_c, limit_c));
  }

  void model_range() {
    const BlockHeat hottest = hottest_of_die();
    if (hottest.celsius > kHottestModel_c)
      found_.add("outside_model", Severity::warn, hottest.celsius, kHottestModel_c, hottest.block,
                 fmt::format("leakage is extrapolated above {:.0f} degC", kHottestModel_c));
    if (hottest.celsius < kColdestModel_c && !hottest.block.empty())
      found_.add("outside_model", Severity::warn, hottest.celsius, kColdestModel_c, hottest.block,
                 fmt::format("leakage is extrapolated below {:.0f} degC", kColdestModel_c));
    else
      judge_cold(f_.experiment.environment.ambient_c, "environment.ambient", found_);
  }

  /// A voltage of one's own may be that of other transistors than the node's file has: up to twice the law's
  /// clock is doubted, beyond that it is no chip.
  void core_clock() {
    const sim::OperatingPoint& point = f_.observed.point;
    const double allowed_hz = power::maximum_frequency_hz(f_.experiment.soc.tech, point.voltage_v);
    if (point.frequency_hz <= kBeyondSpeedLaw * allowed_hz) return;
    found_.add("beyond_speed_law", point.frequency_hz > 2 * allowed_hz ? Severity::invalid : Severity::warn,
               point.frequency_hz, allowed_hz, "soc.operating_points",
               fmt::format("{} at {:.3g} V: the node's speed law allows {} there; without a voltage a point "
                           "takes the lowest that holds its clock",
                           base::display_quantity(point.frequency_hz, Dimension::frequency, 4),
                           point.voltage_v, base::display_quantity(allowed_hz, Dimension::frequency, 4)));
  }

  void core_voltage() {
    const power::TechConfig& tech = f_.experiment.soc.tech;
    const double voltage_v = f_.observed.point.voltage_v;
    const auto outside = [&](double limit_v, const char* what) {
      found_.add("outside_model", Severity::warn, voltage_v, limit_v, "soc.operating_points",
                 fmt::format("{:.3g} V is {} {:.3g} V, the node's {}: energies and leakage are extrapolated",
                             voltage_v, voltage_v < limit_v ? "below" : "above", limit_v, what));
    };
    if (voltage_v < tech.minimum_voltage_v / kBeyondNode) outside(tech.minimum_voltage_v, "lowest");
    if (voltage_v > tech.maximum_voltage_v * kBeyondNode) outside(tech.maximum_voltage_v, "highest");
  }

  /// Wires are charged and clocked by the length that is given; a topology may skip a node, not half the die.
  void links() {
    const soc::ChipPlan& plan = f_.prepared.plan;
    const noc::NocConfig& noc = f_.experiment.soc.noc;
    const double pitch_m = std::sqrt(plan.die_area_m2 / noc.nodes());
    if (noc.link_length_m <= kLongestLink * pitch_m) return;
    found_.add(
        "link_too_long", Severity::warn, noc.link_length_m, pitch_m, "soc.noc.link_length",
        fmt::format("links of {} on a die of {:.3g} mm2, whose nodes are {} apart: energies and clock of "
                    "the network are not this chip's",
                    base::display_quantity(noc.link_length_m, Dimension::length, 3), 1e6 * plan.die_area_m2,
                    base::display_quantity(pitch_m, Dimension::length, 2)));
  }

  void coolant_flow() {
    for (const thermal::CoolantStream& stream : f_.device.heat().coolant())
      if (stream.reynolds > thermal::kLaminarReynolds)
        found_.add(
            "outside_model", Severity::warn, stream.reynolds, thermal::kLaminarReynolds, stream.layer,
            fmt::format("the coolant's Reynolds number is {:.0f}: friction and heat transfer are those of "
                        "laminar flow",
                        stream.reynolds));
  }

  void memory_clock() {
    const dram::DramConfig& memory = f_.experiment.soc.memory.dram;
    const double bin = dram::bin_hz(memory);
    if (memory.clock_hz > bin)
      found_.add(
          "outside_model", Severity::warn, memory.clock_hz, bin, "soc.memory.dram.clock",
          fmt::format("the memory's clock of {} is above its speed bin of {}: no part is sold for that",
                      base::display_quantity(memory.clock_hz, Dimension::frequency, 4),
                      base::display_quantity(bin, Dimension::frequency, 4)));
  }

  void rate() {
    const auto& asked = f_.experiment.run.rate_samples_per_s;
    const double reached = figures::samples_per_s(f_);
    if (asked && reached < 0.999 * *asked)
      found_.add("rate_not_reached", Severity::warn, reached, *asked, "run.rate",
                 fmt::format("run.rate asks for {:.4g} samples/s, the chip reaches {:.4g}", *asked, reached));
  }

  void power_caps() {
    const double power_w = figures::average_power_w(f_);
    for (const governor::PolicyConfig& policy : f_.experiment.governor.policies)
      if (policy.kind == governor::PolicyKind::power_cap && power_w > kCapSlack * policy.power_cap.cap_w)
        found_.add(
            "power_cap_exceeded", Severity::warn, power_w, policy.power_cap.cap_w, "governor.policies",
            fmt::format("chip and memory draw {:.3g} W under a cap of {:.3g} W: the slowest operating point "
                        "draws more",
                        power_w, policy.power_cap.cap_w));
  }

  void policies() {
    for (const std::string& idle : f_.device.idle_policies())
      found_.add("policy_never_acted", Severity::note, 0, 0, idle,
                 fmt::format("policy {} never acted: the result is the same without it", idle));
  }

  void supply() {
    if (!f_.step.supply) return;
    const double limit = f_.experiment.soc.rail->noise_limit,
                 noise = f_.step.supply->noise_share(f_.step.signature.point().voltage_v);
    if (noise > limit)
      found_.add(
          "supply_margin", Severity::warn, noise, limit, "soc.rail",
          fmt::format("the core's voltage falls by {:.2g} % as tasks start, its timing allows {:.2g} %: "
                      "{:.3g} of its MACs per step come too late; more decoupling, a clock that stretches "
                      "(soc.adaptive_clock) sooner, staggered starts (soc.start_stagger), or a larger "
                      "margin (soc.guard_band)",
                      100 * noise, 100 * limit, late_macs(f_.step)));
  }

  /// Keys that are set and that nothing here reads.
  void without_effect() {
    const workload::TrainingConfig& training = f_.experiment.training;
    const std::vector<workload::Op>& ops = f_.prepared.graph.ops;
    const auto note = [&](const char* key, const char* why) {
      found_.add("without_effect", Severity::note, 0, 0, key, fmt::format("{} has no effect: {}", key, why));
    };
    const auto none = [&](auto holds) { return std::none_of(ops.begin(), ops.end(), holds); };
    if (training.norm_statistics == workload::NormStatistics::synchronised &&
        none([](const workload::Op& op) { return op.all_reduce; }))
      note("training.norm_statistics", "no operation of this step shares statistics between tiles");
    if (training.relu_density < 1 && none([](const workload::Op& op) { return op.input_density < 1; }))
      note("training.relu_density", "no weighted layer of this network stands behind a rectifier");
    const auto in_chunks = [](const workload::Op& op) {
      return std::any_of(op.inputs.begin(), op.inputs.end(),
                         [](const auto& in) { return !in.positions.all(); });
    };
    if (training.loss_chunk && none(in_chunks))
      note("training.loss_chunk", "a sample of this network has no more positions at the loss");
    if (f_.experiment.soc.adaptive_clock && !f_.experiment.soc.rail)
      note("soc.adaptive_clock", "without soc.rail the supply is ideal");
    for (const governor::PolicyConfig& policy : f_.experiment.governor.policies)
      if (policy.kind == governor::PolicyKind::article_delta_t &&
          policy.article_delta_t.learning_rate_factor != 1)
        note("article_delta_t.learning_rate_factor", "learning rates are those of kiln train");
  }

  void audit() {
    const sim::Fidelities& fidelity = f_.experiment.run.fidelity;
    const soc::AuditResult& audit = f_.audit;
    if (fidelity.network == sim::Fidelity::exact && fidelity.memory == sim::Fidelity::exact) return;
    if (f_.experiment.run.audit_windows == 0) {
      found_.add("not_audited", Severity::note, 0, 0, "run.audit_windows",
                 "bulk engines were not held against the exact ones");
      return;
    }
    const auto sample = [&](const char* where, std::int64_t size) {
      if (size < kLeastAudited)
        found_.add(
            "audit_too_small", Severity::note, static_cast<double>(size), kLeastAudited, where,
            fmt::format("only {} transfers were audited in the {}; raise run.audit_window", size, where));
      return size >= kLeastAudited;
    };
    const bool network = fidelity.network == sim::Fidelity::bulk && sample("network", audit.trains);
    const bool memory = fidelity.memory == sim::Fidelity::bulk && sample("memory", audit.bursts);
    const double error = figures::audit_error(f_);
    if ((network || memory) && error > kBulkError)
      found_.add(
          "audit_error", Severity::warn, error, kBulkError, "run.fidelity",
          fmt::format("bulk engines are {:.1f} % (network) and {:.1f} % (memory) off the exact ones in the "
                      "audited windows, about {:.1f} % of the step's time: smaller differences between runs "
                      "mean nothing; run.fidelity: exact has no such error",
                      100 * audit.noc_error, 100 * audit.dram_error, 100 * error));
  }

  void throttling() {
    const double share = figures::throttled_share(f_);
    if (share == 0 || f_.observed.shut_down) return;
    found_.add(
        "throttled", Severity::note, share, 0, hottest_of_die().block,
        fmt::format("below the highest operating point for {:.1f} % of the time{}, {:.2f} times its step",
                    100 * share, since(f_.observed.first_throttled_s), f_.slowdown));
  }

  /// Device time counts from the beginning of the run only where events or a duration give it a meaning.
  std::string since(double time_s) const {
    if (f_.experiment.run.horizon == experiment::Horizon::steady) return "";
    return fmt::format(", first at {}", base::display_quantity(time_s, Dimension::time));
  }

  /// A curve holds for the codec and the ratios that it was measured with.
  void accuracy_curve() {
    const experiment::CompressionConfig& compression = f_.experiment.compression;
    const experiment::WorkToAccuracyConfig& work = compression.work_to_accuracy;
    if (!compression.enabled || work.curve.empty()) return;
    const double ratio = f_.prepared.compression.ratio(), last = work.curve.back().ratio;
    constexpr double kSameRatio = 1.05;  // gradients of other networks code a little better or worse
    if (ratio > kSameRatio * last)
      found_.add(
          "accuracy_extrapolated", Severity::warn, ratio, last, "compression.work_to_accuracy",
          fmt::format("gradients are {:.4g} times smaller, the curve of steps to accuracy ends at {:.4g}: "
                      "more steps may be needed",
                      ratio, last));
    const std::string family = compression::family_text(compression.codec);
    if (!work.codec.empty() && work.codec != family)
      found_.add("accuracy_of_another_codec", Severity::warn, 0, 0, "compression.work_to_accuracy",
                 fmt::format("the curve of steps to accuracy was measured with '{}', not with '{}'",
                             work.codec, family));
  }

  const Findings& f_;
  HeatLimits limits_;
  Validity found_;
};

}  // namespace

const char* name(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warn:
      return "warn";
    case Severity::invalid:
      return "invalid";
  }
  return "?";
}

void Validity::add(std::string code, Severity severity, double value, double limit, std::string where,
                   std::string text) {
  findings.push_back({std::move(code), severity, value, limit, std::move(where), std::move(text)});
}

void Validity::sort() {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const auto& a, const auto& b) { return a.severity > b.severity; });
}

const char* Validity::state() const {
  if (findings.empty() || findings.front().severity == Severity::note) return "ok";
  return name(findings.front().severity);
}

Validity judge(const Findings& findings) {
  return Judge(findings).all();
}

}  // namespace kiln::report
