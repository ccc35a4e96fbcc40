// SPDX-License-Identifier: MIT
// What one DRAM channel (or a stack of equal channels) is: organisation, timings, controller
// policies, refresh, energy and reliability. Timings are those of its speed bin (timing_config.h);
// timing_table.h turns them into command-to-command gaps at the clock in force.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/record.h"
#include "dram/timing_config.h"

namespace kiln::dram {

enum class Standard { ddr4, lpddr4, lpddr5, lpddr5x, hbm2, hbm2e };

/// Where requests wait before they are chosen.
enum class QueueKind {
  shared,     ///< one read and one write queue for the channel (Ramulator)
  two_stage,  ///< read and write queues that feed one short queue per bank (DRAMsim3)
  bank        ///< one queue per bank for both directions (DRAMSys)
};

/// Which of several ready commands is issued.
enum class Arbitration {
  oldest_ready,    ///< first ready, first come
  oldest_row_hit,  ///< as oldest_ready, and no precharge while younger requests hit the open row
  round_robin      ///< bank queues in turn, first ready entry of each
};

/// How reads and writes share the bus.
enum class DirectionPolicy {
  watermark,        ///< writes wait until their queue passes the high mark, then drain to the low mark
  drain_when_full,  ///< as many writes as were waiting when the write queue became full
  interleaved,      ///< by age, whatever the direction
  grouped           ///< by age, row hits in the direction of the last access first
};

enum class DirectionScope { channel, pseudo_channel };
enum class PagePolicy { open, closed, timeout };
enum class SlotRelease { activate, access };  ///< when a request leaves the queue that was full
enum class WriteCompletion { accepted, issued, written };
/// What ends the clock of `kiln dram`; a chip has no end of requests.
enum class RunEnds {
  drained,   ///< the data of every request was moved, queued writes too
  completed  ///< every request was reported complete, see WriteCompletion: where the peers stop
};
enum class RefreshPolicy { none, all_bank, per_bank };
enum class RefreshBlocking { channel, target };        ///< who may issue while a refresh is due
enum class RefreshStart { together, spread };          ///< of the pseudo-channels and ranks of one channel
enum class RefreshChoice { round_robin, idle_first };  ///< which bank per-bank refresh takes next
enum class EccKind { none, on_die, side_band, inline_code };

struct OrganisationConfig {
  int channels = 1;
  int pseudo_channels = 1;
  int ranks = 1;
  int bank_groups = 4;
  int banks_per_group = 4;
  int rows = 65536;
  int columns = 32;       ///< accesses (bursts) in a row
  int access_bytes = 32;  ///< bytes of one burst
  /// Digits of the access number (byte address / access_bytes), least significant first:
  /// ch pc ra bg ba col row; `col:4` takes a part of a coordinate, `xor` mappings are not modelled.
  std::vector<std::string> mapping = {"ch", "pc", "bg", "col", "ba", "row"};
};

struct ControllerConfig {
  QueueKind queue = QueueKind::shared;
  Arbitration arbitration = Arbitration::oldest_ready;
  DirectionPolicy direction = DirectionPolicy::watermark;
  DirectionScope direction_scope = DirectionScope::channel;
  int read_queue = 32;
  int write_queue = 32;
  int bank_queue = 8;
  double write_high = 0.8;
  double write_low = 0.2;
  int read_batch = 0;   ///< reads served at least between two drains while both wait; 0: none
  int write_batch = 0;  ///< writes served at most in one drain while reads wait; 0: to the low mark
  int eager_drain = 8;  ///< drain_when_full: more writes start a drain when the bank queues are empty
  PagePolicy page = PagePolicy::open;
  int page_timeout = 200;
  int row_hit_limit = 0;  ///< accesses to an open row before an older conflict may close it; 0: no such rule
  SlotRelease slot_release = SlotRelease::activate;
  WriteCompletion write_completion = WriteCompletion::issued;
  int accepts_per_cycle = 0;   ///< 0: as many as fit
  int outstanding = 0;         ///< requests between acceptance and completion; 0: no limit
  int request_cycles = 1;      ///< from acceptance to the first possible command
  int response_cycles = 0;     ///< from the last data beat to completion
  double retraining_s = 1e-6;  ///< interface retraining after a clock change
};

/// One step of the temperature rule: at and above `from_c` refresh runs `rate` times as often.
struct RefreshStep {
  double from_c = 85;
  double rate = 2;
};

struct RefreshConfig {
  RefreshPolicy policy = RefreshPolicy::all_bank;
  RefreshBlocking blocking = RefreshBlocking::channel;
  RefreshStart start = RefreshStart::together;
  RefreshChoice choice = RefreshChoice::round_robin;
  bool precharge_all = true;  ///< PREab before REFab; false: banks are closed one by one
  double rate = 1;            ///< refresh commands per tREFI, multiplies with the temperature steps
  int commands = 8192;        ///< that refresh every row once (per bank where banks are refreshed apart)
  std::vector<RefreshStep> steps = {{85, 2}, {95, 4}};
  double hysteresis_c = 5;
  double limit_c = 105;  ///< above: the part must be shut down
};

struct PowerStatesConfig {
  bool enabled = false;
  int power_down_after = 64;       ///< idle cycles before power-down entry
  int self_refresh_after = 20000;  ///< idle cycles before self-refresh entry
};

/// Currents of one supply rail of one device, as IDD tables give them.
struct RailConfig {
  std::string name = "VDD";
  double voltage_v = 1.2;
  double idd0_a = 0;
  double idd2n_a = 0;
  double idd2p_a = 0;
  double idd3n_a = 0;
  double idd3p_a = 0;
  double idd4r_a = 0;
  double idd4w_a = 0;
  double idd5b_a = 0;
  double idd5pb_a = 0;
  double idd6_a = 0;
  bool io = false;  ///< its burst energy is reported as I/O
};

/// Energies by command for parts without public currents.
struct CommandEnergyConfig {
  double activate_j = 0;  ///< one ACT/PRE pair
  double read_j_per_bit = 0;
  double write_j_per_bit = 0;
  double io_j_per_bit = 0;
  double refresh_ab_j = 0;
  double refresh_pb_j = 0;
  double active_standby_w = 0;
  double precharge_standby_w = 0;
  double power_down_w = 0;
  double self_refresh_w = 0;
};

struct EnergyConfig {
  int devices = 1;                ///< in lockstep behind one pseudo-channel or rank
  std::vector<RailConfig> rails;  ///< empty: the command energies below
  CommandEnergyConfig command;
};

/// The chip's end of one channel: controller and PHY. A memory on the chip itself has none.
struct PhyConfig {
  double area_m2 = 0;                 ///< of the PHY; does not shrink with the node
  double controller_transistors = 0;  ///< shrink as logic
  double energy_j_per_bit = 0;        ///< both together, SoC side
  double standby_w = 0;               ///< clocked, without transfers
};

struct EccConfig {
  EccKind kind = EccKind::none;
  int data_bits = 64;
  int check_bits = 8;
  int decode_cycles = 1;
  double decode_j_per_bit = 5e-15;
  double scrub_interval_s = 0;  ///< whole-memory patrol scrub period; 0: off
};

struct EncryptionConfig {
  bool enabled = false;
  int latency_cycles = 14;  ///< AES-256 rounds, one per cycle
  double throughput_bytes_per_s = 64e9;
  double energy_j_per_byte = 4e-12;
};

/// BER(t, T) = reference_ber * (t / reference_interval)^exponent * exp(slope (T - reference_c)).
struct RetentionConfig {
  double reference_ber = 1.1e-10;
  double reference_interval_s = 0.128;
  double reference_c = 85;
  double exponent = 5;
  double slope_per_c = 0.22;
  double guaranteed_interval_s = 0.064;  ///< no failures at or below this interval up to guaranteed_c
  double guaranteed_c = 85;
};

struct DramConfig {
  std::string name = "dram";
  Standard standard = Standard::hbm2;
  double clock_hz = 1e9;
  std::optional<double> speed_bin_hz;  ///< clock of the bin whose timings these are; absent: as clock_hz
  OrganisationConfig organisation;
  TimingConfig timing;
  ControllerConfig controller;
  RefreshConfig refresh;
  PowerStatesConfig power_states;
  EnergyConfig energy;
  PhyConfig phy;
  EccConfig ecc;
  EncryptionConfig encryption;
  RetentionConfig retention;
};

/// The part alone, as `kiln dram` reads it: its requests come to an end.
struct StandaloneConfig : DramConfig {
  RunEnds run_ends = RunEnds::drained;
};

const config::Record<OrganisationConfig>& describe(const OrganisationConfig*);
const config::Record<ControllerConfig>& describe(const ControllerConfig*);
const config::Record<RefreshStep>& describe(const RefreshStep*);
const config::Record<RefreshConfig>& describe(const RefreshConfig*);
const config::Record<PowerStatesConfig>& describe(const PowerStatesConfig*);
const config::Record<RailConfig>& describe(const RailConfig*);
const config::Record<CommandEnergyConfig>& describe(const CommandEnergyConfig*);
const config::Record<EnergyConfig>& describe(const EnergyConfig*);
const config::Record<PhyConfig>& describe(const PhyConfig*);
const config::Record<EccConfig>& describe(const EccConfig*);
const config::Record<EncryptionConfig>& describe(const EncryptionConfig*);
const config::Record<RetentionConfig>& describe(const RetentionConfig*);
const config::Record<DramConfig>& describe(const DramConfig*);
const config::Record<StandaloneConfig>& describe(const StandaloneConfig*);

std::span<const config::EnumName<Standard>> enum_names(const Standard*);
std::span<const config::EnumName<QueueKind>> enum_names(const QueueKind*);
std::span<const config::EnumName<Arbitration>> enum_names(const Arbitration*);
std::span<const config::EnumName<DirectionPolicy>> enum_names(const DirectionPolicy*);
std::span<const config::EnumName<DirectionScope>> enum_names(const DirectionScope*);
std::span<const config::EnumName<PagePolicy>> enum_names(const PagePolicy*);
std::span<const config::EnumName<SlotRelease>> enum_names(const SlotRelease*);
std::span<const config::EnumName<WriteCompletion>> enum_names(const WriteCompletion*);
std::span<const config::EnumName<RunEnds>> enum_names(const RunEnds*);
std::span<const config::EnumName<RefreshPolicy>> enum_names(const RefreshPolicy*);
std::span<const config::EnumName<RefreshBlocking>> enum_names(const RefreshBlocking*);
std::span<const config::EnumName<RefreshStart>> enum_names(const RefreshStart*);
std::span<const config::EnumName<RefreshChoice>> enum_names(const RefreshChoice*);
std::span<const config::EnumName<EccKind>> enum_names(const EccKind*);

/// Clock of the speed bin.
inline double bin_hz(const DramConfig& config) {
  return config.speed_bin_hz.value_or(config.clock_hz);
}
/// The timings in whole cycles of `clock_hz`. The nanoseconds are those of the speed bin at any clock.
TimingCycles cycles_at(const DramConfig&, double clock_hz);
/// Data bytes one channel can move per second on all its pseudo-channels.
double peak_bytes_per_second(const DramConfig&, double clock_hz);
/// Check bits stored in the channel itself per data bit: those of inline ECC, else 0.
double inline_share(const EccConfig&);
/// The controller reads the memory on patrol. An on-die code is scrubbed by the device, within the time of
/// refreshes (error check and scrub of JESD79-5), without the channel's buses.
bool controller_scrubs(const EccConfig&);
/// Share of a channel's peak bandwidth that patrol reads take: bytes / (period x peak).
double scrub_share(const DramConfig&);
/// Bytes one channel holds for its users: all of it, less the check bits of inline ECC.
std::uint64_t channel_bytes(const DramConfig&);

}  // namespace kiln::dram
