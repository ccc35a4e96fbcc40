// SPDX-License-Identifier: MIT
// The numbers of a run that more than one place shows, each computed by one function.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/findings.h"

namespace kiln::report::figures {

double samples_per_s(const Findings& f);
double samples_per_joule(const Findings& f);
/// Of one sample, where the network looks tokens up; absent for other networks.
std::optional<double> tokens_per_sample(const Findings& f);
std::optional<double> tokens_per_s(const Findings& f);
std::optional<double> energy_per_token_j(const Findings& f);  ///< of the device, board and cooling included
/// Chip and memory; W.
double average_power_w(const Findings& f);
/// With regulator losses, board and cooling; W.
double board_power_w(const Findings& f);
/// 10^12 operations per second done, and of all MAC units at a precision.
double achieved_tops(const Findings& f);
double peak_tops(const Findings& f, workload::Precision precision);
/// Of all MAC units, each product of the step at its own precision: no step does more.
double peak_tops_of_step(const Findings& f);
std::string mac_formats(const Findings& f);  ///< of the step's products: "int8 and fp16"
double dram_bandwidth(const Findings& f);    ///< bytes per second of busy time
double dram_peak_bandwidth(const Findings& f);
double gradient_traffic_share(const Findings& f);
double gradient_noc_share(const Findings& f);
double throttled_share(const Findings& f);
double refresh_raised_share(const Findings& f);
double mean_frequency_hz(const Findings& f);
/// Exclusive time by phase; sums to the time with a step running.
Numbers phase_times_s(const Findings& f);
/// What the step's time went into; sums to 1. `throttled` is what the governor added over the highest
/// operating point; the rest are shares of the tiles' time at the reported one.
Numbers bounds(const Findings& f);
/// What the audited errors come to in the step's time, about: the larger of network's and DRAM's, weighed by
/// the share of time in which tiles wait for data. Transfers pass through both parts, so whoever waits for
/// data or for a tile that does waits for either.
double audit_error(const Findings& f);
/// Chip without the memory device, unless that is on the die; W.
double die_power_w(const Findings& f);
/// Memory device with its interface, standby and refresh, without the chip's PHY; J/bit. Absent when nothing
/// is moved.
std::optional<double> memory_energy_per_bit_j(const Findings& f);
/// Of the die, by what it is made of; m2.
Numbers area_by_kind(const Findings& f);
/// "energy_j.low", "energy_j.high" of the numbers that matter most.
Numbers bands(const Findings& f);
/// Share of the die's energy that goes into clocks.
double clock_share(const Findings& f);
/// Steps that teach as much as one without compression; absent when nobody measured it.
std::optional<experiment::StepsForOne> work_to_accuracy(const Findings& f);
std::string work_to_accuracy_source(const Findings& f);
struct BlockHeat {
  double celsius = 0;  ///< highest in the observed time
  std::string block;
};
/// Blocks of the die (neither memory nor regulators), the hottest first; empty when nothing was observed.
std::vector<BlockHeat> die_by_heat(const Findings& f);
/// What the reader should know of the lowered step.
std::vector<std::string> notes(const Findings& f);

}  // namespace kiln::report::figures
