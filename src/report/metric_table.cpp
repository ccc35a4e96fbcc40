// SPDX-License-Identifier: MIT
#include "report/metric_table.h"

#include <algorithm>

#include "report/bit_errors.h"
#include "report/delivery.h"
#include "report/figures.h"
#include "report/limited_parts.h"
#include "report/memory_use.h"
#include "report/supply.h"
#include "report/throughput.h"
#include "workload/expert_load.h"

namespace kiln::report {

namespace {

using F = const Findings&;

double as_double(std::int64_t count) {
  return static_cast<double>(count);
}

Numbers by_phase(const std::array<double, npu::kPhases>& values) {
  Numbers numbers;
  for (std::size_t p = 0; p < npu::kPhases; ++p) numbers.emplace_back(kPhaseNames[p], values[p]);
  return numbers;
}

std::optional<double> times_work(F f, double per_step) {
  const auto work = figures::work_to_accuracy(f);
  if (!work) return {};
  return work->steps * per_step;
}

Numbers peak_temperatures(F f) {
  Numbers numbers;
  for (std::size_t b = 0; b < f.observed.peak_block_c.size(); ++b)
    numbers.emplace_back(f.prepared.plan.floorplan.blocks[b].name, f.observed.peak_block_c[b]);
  return numbers;
}

double hottest_block_c(F f) {
  double hottest = -300;
  for (std::size_t b = 0; b < f.observed.peak_block_c.size(); ++b)
    if (static_cast<int>(b) != f.device.regulator_block())
      hottest = std::max(hottest, f.observed.peak_block_c[b]);
  return hottest;
}

double hottest_router_c(F f) {
  double hottest = -300;
  for (const int block : f.prepared.plan.router_block)
    hottest = std::max(hottest, f.observed.peak_block_c[static_cast<std::size_t>(block)]);
  return hottest;
}

/// One number of every layer of micro-channels.
template <double thermal::CoolantStream::*number>
Numbers coolant(F f) {
  Numbers numbers;
  for (const thermal::CoolantStream& stream : f.device.heat().coolant())
    numbers.emplace_back(stream.layer, stream.*number);
  return numbers;
}

bool has_skin(F f) {
  return f.device.heat().has_probe(thermal::Probe::skin);
}

std::optional<double> battery_hours(F f) {
  if (!f.device.battery()) return {};
  return pdn::Battery(*f.experiment.soc.battery, 1.0).seconds_left(figures::board_power_w(f)) / 3600;
}

const std::vector<Metric>& table() {
  static const std::vector<Metric> kTable = {{{"step_time_s", "s",
                                               "Time of one training step at the reported state"},
                                              [](F f) { return f.step_time_s; }},
                                             {{"samples_per_s", "1/s",
                                               "Training samples per second of device time"},
                                              figures::samples_per_s},
                                             {{"throughput_per_s", "1/s",
                                               "Training samples per second at the begin of the run, in the "
                                               "mean and at its end (of a hundredth of "
                                               "the time, ten steps or more); not of a steady state"},
                                              throughput_numbers},
                                             {{"tokens_per_s", "1/s",
                                               "Tokens of training samples per second; only where the "
                                               "network looks tokens up"},
                                              figures::tokens_per_s},
                                             {{"energy_per_token_j", "J",
                                               "Energy of the device, board and cooling included, per token "
                                               "of a sample"},
                                              figures::energy_per_token_j},
                                             {{"busy_time_s", "s",
                                               "Time from the first to the last task of a step; a fixed rate "
                                               "idles for the rest"},
                                              [](F f) { return f.step.record.duration_s() * f.busy_scale; }},
                                             {{"phase_time_s", "s",
                                               "Step time by phase; overlapping work is counted once, so the "
                                               "parts add up to the time with a step "
                                               "running"},
                                              figures::phase_times_s},
                                             {{"phase_busy_s", "s",
                                               "Time of the tiles in each phase; overlapping phases are "
                                               "counted each"},
                                              [](F f) { return by_phase(f.step.record.busy_s); }},
                                             {{"energy_j", "J", "Energy of one step, all components"},
                                              [](F f) { return f.energy.total_j(); }},
                                             {{"energy_by_component_j", "J",
                                               "Energy of one step by component"},
                                              [](F f) { return f.energy.by_component_j; }},
                                             {{"die_area_m2", "m2",
                                               "Area of the die: all blocks and what lies between them"},
                                              [](F f) { return f.prepared.plan.die_area_m2; }},
                                             {{"die_area_by_kind_m2", "m2", "The same by what it is made of"},
                                              figures::area_by_kind},
                                             {{"clock_share", "1",
                                               "Share of the die's energy that clocks take: registers of "
                                               "arrays at work, clock trees"},
                                              figures::clock_share},
                                             {{"die_power_w", "W",
                                               "Power of the die: chip without the memory device, unless "
                                               "that is on the die"},
                                              figures::die_power_w},
                                             {{"die_tops_per_w", "10^12 op/J",
                                               "Multiplications and additions done per joule of the die"},
                                              [](F f) {
                                                return figures::achieved_tops(f) / figures::die_power_w(f);
                                              }},
                                             {{"die_energy_per_sample_j", "J",
                                               "Energy of the die per sample"},
                                              [](F f) {
                                                return figures::die_power_w(f) * f.step_time_s /
                                                       f.prepared.graph.samples();
                                              }},
                                             {{"memory_energy_per_bit_j", "J/bit",
                                               "Energy of memory device and interface, standby and refresh "
                                               "included, per bit moved"},
                                              figures::memory_energy_per_bit_j},
                                             {{"energy_by_phase_j", "J",
                                               "Energy of one step by phase, leakage by exclusive time"},
                                              [](F f) { return f.energy.by_phase_j; }},
                                             {{"average_power_w", "W",
                                               "Energy of chip and memory in a step over its time, idle time "
                                               "included"},
                                              figures::average_power_w},
                                             {{"board_power_w", "W",
                                               "The same with regulator losses and the board's own "
                                               "consumers"},
                                              figures::board_power_w},
                                             {{"peak_power_w", "W",
                                               "Highest power of chip and memory in any control period, or "
                                               "slice of a step"},
                                              [](F f) { return f.observed.peak_power_w; }},
                                             {{"achieved_tops", "10^12 op/s",
                                               "Multiplications and additions done per second of a step"},
                                              figures::achieved_tops},
                                             {{"peak_tops", "10^12 op/s",
                                               "All MAC units busy, each product of the step at its own "
                                               "precision"},
                                              figures::peak_tops_of_step},
                                             {{"peak_tops_int4", "10^12 op/s",
                                               "All MAC units busy with INT4 operands"},
                                              [](F f) {
                                                return figures::peak_tops(f, workload::Precision::int4);
                                              }},
                                             {{"bound_by", "share of the step",
                                               "Which resource sets the pace"},
                                              figures::bounds},
                                             {{"dram_bytes", "B",
                                               "Bytes moved on the DRAM interface in one step"},
                                              [](F f) {
                                                return Numbers{
                                                    {"read", as_double(f.step.record.traffic.dram_read)},
                                                    {"write", as_double(f.step.record.traffic.dram_write)}};
                                              }},
                                             {{"dram_bandwidth_bytes_per_s", "B/s",
                                               "DRAM bytes over the busy time"},
                                              figures::dram_bandwidth},
                                             {{"dram_peak_bytes_per_s", "B/s",
                                               "What the DRAM interface can carry"},
                                              figures::dram_peak_bandwidth},
                                             {{"noc_bytes", "B",
                                               "Bytes injected into the network in one step"},
                                              [](F f) { return as_double(f.step.record.traffic.noc_wire); }},
                                             {{"gradient_bits", "bit",
                                               "Weight gradients of one step before and after the codec, "
                                               "with indices, scales, headers and padding"},
                                              [](F f) {
                                                return Numbers{
                                                    {"original", static_cast<double>(
                                                                     f.prepared.compression.original_bits)},
                                                    {"compressed",
                                                     static_cast<double>(
                                                         f.prepared.compression.compressed_bits)}};
                                              }},
                                             {{"compression_ratio", "1",
                                               "Original over compressed gradient bits, as measured"},
                                              [](F f) { return f.prepared.compression.ratio(); }},
                                             {{"work_to_accuracy", "1",
                                               "Steps that teach as much as one without compression, by "
                                               "compression.work_to_accuracy; absent when "
                                               "nobody measured it"},
                                              [](F f) { return times_work(f, 1); }},
                                             {{"time_to_accuracy_s", "s",
                                               "Time of the steps that teach as much as one without "
                                               "compression"},
                                              [](F f) { return times_work(f, f.step_time_s); }},
                                             {{"energy_to_accuracy_j", "J",
                                               "Their energy, board and cooling included"},
                                              [](F f) { return times_work(f, f.energy.total_j()); }},
                                             {{"gradient_traffic_share", "1",
                                               "Share of gradients in the DRAM bytes of one step"},
                                              figures::gradient_traffic_share},
                                             {{"gradient_noc_share", "1",
                                               "Share of gradients in the network bytes of one step"},
                                              figures::gradient_noc_share},
                                             {{"peak_temperature_c", "degC",
                                               "Highest temperature of each block"},
                                              peak_temperatures},
                                             {{"peak_temperature_max_c", "degC",
                                               "Highest temperature of any block of chip and memory"},
                                              hottest_block_c},
                                             {{"hottest_part_c", "degC",
                                               "Highest temperature of all that has a limit: die, memory, "
                                               "regulators, skin"},
                                              [](F f) -> std::optional<double> {
                                                const std::vector<LimitedPart> parts = limited_parts(f);
                                                if (parts.empty()) return {};
                                                return parts.front().celsius;
                                              }},
                                             {{"hottest_part", "", "Which of them that is"},
                                              [](F f) -> std::optional<std::string> {
                                                const std::vector<LimitedPart> parts = limited_parts(f);
                                                if (parts.empty()) return {};
                                                return parts.front().name;
                                              }},
                                             {{"headroom_k", "K",
                                               "How far each of them stays below its limit; below 0: too "
                                               "hot"},
                                              headroom_k},
                                             {{"hottest_router_c", "degC",
                                               "Highest temperature of any router of the network"},
                                              hottest_router_c},
                                             {{"skin_temperature_c", "degC",
                                               "Temperature of the outer surface that a hand touches"},
                                              [](F f) -> std::optional<double> {
                                                if (!has_skin(f)) return {};
                                                return f.observed.peak_skin_c;
                                              }},
                                             {{"skin_headroom_k", "K",
                                               "The package's skin_limit less the skin temperature; below 0: "
                                               "too hot to hold"},
                                              [](F f) -> std::optional<double> {
                                                if (!has_skin(f)) return {};
                                                return f.experiment.soc.package.skin_limit_c -
                                                       f.observed.peak_skin_c;
                                              }},
                                             {{"throttled_time_s", "s",
                                               "Time below the highest operating point"},
                                              [](F f) {
                                                return figures::throttled_share(f) * f.step_time_s;
                                              }},
                                             {{"throttled_share", "1",
                                               "The same as a share of the observed time"},
                                              figures::throttled_share},
                                             {{"refresh_raised_share", "1",
                                               "Share of the time with the DRAM refreshed more often because "
                                               "it is hot"},
                                              figures::refresh_raised_share},
                                             {{"mean_frequency_hz", "Hz", "NPU clock averaged over time"},
                                              figures::mean_frequency_hz},
                                             {{"transitions", "1",
                                               "Changes of the operating point in the observed time"},
                                              [](F f) -> double { return f.observed.transitions; }},
                                             {{"cooling_power_w", "W",
                                               "Mean electrical power of fans, pumps and other active "
                                               "cooling, less what thermoelectric generators "
                                               "give back"},
                                              [](F f) { return f.observed.cooling_w(); }},
                                             {{"coolant_inlet_c", "degC",
                                               "Coolant where it enters micro-channels, by layer, at the "
                                               "end"},
                                              coolant<&thermal::CoolantStream::inlet_c>},
                                             {{"coolant_outlet_c", "degC",
                                               "Coolant where it leaves them, mixed, at the end"},
                                              coolant<&thermal::CoolantStream::outlet_c>},
                                             {{"coolant_flow_m3_s", "m3/s",
                                               "Coolant that flows through them, at the end"},
                                              coolant<&thermal::CoolantStream::flow_m3_s>},
                                             {{"coolant_pressure_pa", "Pa",
                                               "Pressure drop along them, at the end"},
                                              coolant<&thermal::CoolantStream::pressure_pa>},
                                             {{"coolant_pump_w", "W",
                                               "Electrical power of their pump at the end; part of "
                                               "cooling_power_w"},
                                              coolant<&thermal::CoolantStream::pump_w>},
                                             {{"pue", "1",
                                               "Power of chip, memory and cooling over that of chip and "
                                               "memory"},
                                              [](F f) {
                                                return (f.energy.chip_j + f.energy.cooling_j) /
                                                       f.energy.chip_j;
                                              }},
                                             {{"battery_hours", "h",
                                               "A full battery lasts this long at the mean power of board "
                                               "and cooling"},
                                              battery_hours},
                                             {{"battery_fraction", "1", "Charge left at the end of the run"},
                                              [](F f) -> std::optional<double> {
                                                if (!f.device.battery()) return {};
                                                return f.device.battery()->state_of_charge();
                                              }},
                                             {{"heat_balance_error", "1",
                                               "Relative residual of heat in = stored + out"},
                                              [](F f) { return f.observed.heat_balance; }},
                                             {{"supply", "",
                                               "Supply of the core domain as the step's tasks start and "
                                               "stop: largest rise of current in A, lowest "
                                               "voltage, droop with and without a stretching clock, margin "
                                               "and cycles lost"},
                                              supply_numbers},
                                             {{"memory_supply", "",
                                               "Supply of the memory as commands of the step begin and end: "
                                               "largest rise of current in A, lowest voltage, what is left "
                                               "of "
                                               "the standard's range and of the data eye (in times of a "
                                               "bit), "
                                               "share of the bits moved that are wrong, clock over the one "
                                               "asked for"},
                                              memory_supply_numbers},
                                             {{"delivery", "",
                                               "Converters from the supply to the rails at the mean power: "
                                               "what the supply gives in W, the share "
                                               "that arrives, and what each converter loses in W"},
                                              delivery_numbers},
                                             {{"activity_factor", "1",
                                               "Alpha of P = alpha C V^2 f by phase; C: every MAC and the "
                                               "edges of all arrays busy"},
                                              activity_factors},
                                             {{"dram_bit_error_rate", "1",
                                               "Share of stored DRAM bits that retention loses in a refresh "
                                               "interval, mean over the observed time, "
                                               "before error correction"},
                                              dram_bit_error_rate},
                                             {{"bit_errors_per_step", "bit",
                                               "Wrong bits expected in what one step reads, after error "
                                               "correction, by memory"},
                                              bit_errors_per_step},
                                             {{"samples_per_joule", "1/J", "Training samples per joule"},
                                              figures::samples_per_joule},
                                             {{"energy_per_sample_j", "J",
                                               "Energy of the device, board and cooling included, per "
                                               "training sample"},
                                              [](F f) {
                                                return f.energy.total_j() /
                                                       (f.prepared.graph.samples() *
                                                        f.prepared.graph.useful_step_fraction);
                                              }},
                                             {{"band", "",
                                               "Between what the numbers lie, each in its own unit, when the "
                                               "constants do between their bounds "
                                               "(configs/tech, configs/parts, soc); numbers that are not "
                                               "listed are exact to them"},
                                              figures::bands},
                                             {{"uncertainty", "1",
                                               "Share of each group of constants in the variance of the "
                                               "step's energy"},
                                              [](F f) {
                                                return Numbers(f.uncertainty.causes.begin(),
                                                               f.uncertainty.causes.end());
                                              }},
                                             {{"audit_error", "1",
                                               "About what the bulk engines' errors come to in the step's "
                                               "time: the larger of network's and DRAM's, "
                                               "weighed by the share of time in which tiles wait for data"},
                                              figures::audit_error},
                                             {{"audit_error_noc", "1",
                                               "Time error of the network's bulk engine in the windows "
                                               "repeated exactly"},
                                              [](F f) { return f.audit.noc_error; }},
                                             {{"audit_error_dram", "1",
                                               "Time error of the DRAM's bulk engine in the windows repeated "
                                               "exactly"},
                                              [](F f) { return f.audit.dram_error; }},
                                             {{"repeated_share", "1",
                                               "Share of the step's time that was not simulated: blocks of "
                                               "layers equal to simulated ones"},
                                              [](F f) { return f.step.record.repeated.share; }},
                                             {{"repeated_error", "1",
                                               "What repeating blocks may come to in the step's time: the "
                                               "difference between two simulated ones, "
                                               "for each repeated one"},
                                              [](F f) { return f.step.record.repeated.error; }},
                                             {{"expert_rows_dropped", "1",
                                               "Share of the tokens' rows for which their expert has no "
                                               "room; where experts have a capacity"},
                                              [](F f) -> std::optional<double> {
                                                const auto load = workload::expert_load(f.prepared.graph);
                                                return load ? std::optional(load->dropped_share())
                                                            : std::nullopt;
                                              }},
                                             {{"expert_rows_empty", "1",
                                               "Share of the rows that these experts compute without a "
                                               "token"},
                                              [](F f) -> std::optional<double> {
                                                const auto load = workload::expert_load(f.prepared.graph);
                                                return load ? std::optional(load->empty_share())
                                                            : std::nullopt;
                                              }},
                                             {{"memory_peak_bytes", "B",
                                               "Most memory in use at a time, by kind"},
                                              [](F f) {
                                                const lowering::MemoryUse& use = f.prepared.step.memory;
                                                return Numbers{
                                                    {"dram", static_cast<double>(use.dram_peak_bytes)},
                                                    {"gradient_sram",
                                                     static_cast<double>(use.gradient_sram_peak_bytes)},
                                                    {"residual", static_cast<double>(use.residual_bytes)}};
                                              }},
                                             {{"memory_at_peak_bytes", "B",
                                               "What the DRAM holds when it holds most, by kind"},
                                              memory_numbers},
                                             {{"simulated_events", "1",
                                               "Events the simulation kernel handled"},
                                              [](F f) { return as_double(f.step.record.kernel_events); }},
                                             {{"ratio_source", "",
                                               "What the compression ratio was measured on"},
                                              [](F f) { return f.prepared.compression.source; }},
                                             {{"work_to_accuracy_source", "",
                                               "Who measured the work to accuracy"},
                                              figures::work_to_accuracy_source},
                                             {{"notes", "",
                                               "What the reader should know of the lowered step"},
                                              figures::notes},
                                             {{"mapping", "",
                                               "How the step is spread over the tiles: way, objective, and "
                                               "what was tried with a step's time and "
                                               "energy at the highest operating point (at_least_s: no step "
                                               "of it is faster, so it was not "
                                               "simulated)"},
                                              [](F f) -> const run::MappingChoice& { return f.mapping; }},
                                             {{"validity", "",
                                               "Whether the result may be used: state (ok, warn, invalid: "
                                               "exit code 3) and findings with code, "
                                               "value, "
                                               "limit, where"},
                                              [](F f) -> const Validity& { return f.validity; }},
                                             {{"shutdown", "",
                                               "Why the device switched itself off; absent if it did not"},
                                              [](F f) -> std::optional<std::string> {
                                                if (!f.observed.shut_down) return {};
                                                return f.observed.shutdown_reason;
                                              }},
                                             {{"wall_time_s", "s",
                                               "Time the simulation took on this computer"},
                                              ReadHost([](F f) { return f.wall_s; })},
                                             {{"cpu_time_s", "s",
                                               "Processor time the simulation took on this computer"},
                                              ReadHost([](F f) { return f.cpu_s; })}};
  return kTable;
}

}  // namespace

std::span<const Metric> metrics() {
  return table();
}

std::vector<MeasuredNumber> measure(const Findings& f) {
  std::vector<MeasuredNumber> numbers;
  for (const Metric& metric : metrics()) {
    const std::string key(metric.key);
    if (const auto* number = std::get_if<ReadNumber>(&metric.read)) {
      numbers.push_back({key, (*number)(f), &metric});
    } else if (const auto* optional = std::get_if<ReadOptional>(&metric.read)) {
      if (const std::optional<double> value = (*optional)(f)) numbers.push_back({key, *value, &metric});
    } else if (const auto* group = std::get_if<ReadGroup>(&metric.read)) {
      for (const auto& [name, value] : (*group)(f)) numbers.push_back({key + "." + name, value, &metric});
    }
  }
  return numbers;
}

}  // namespace kiln::report
