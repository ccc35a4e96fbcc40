// SPDX-License-Identifier: MIT
#include "dram/dram_config.h"

#include <algorithm>

#include "dram/address_map.h"

namespace kiln::dram {

using base::Dimension;
using config::Checker;
using config::Record;

namespace {

constexpr int kMostBanks = 64;  // the bank address of any JEDEC part so far

}  // namespace

const Record<OrganisationConfig>& describe(const OrganisationConfig*) {
  using C = OrganisationConfig;
  static const auto record =
      Record<C>("dram_organisation", "Channels, banks, rows and the address mapping")
          .field("channels", &C::channels, {.doc = "Channels of the stack or package", .min = 1, .max = 64})
          .field("pseudo_channels", &C::pseudo_channels,
                 {.doc = "Pseudo-channels of a channel (own data bus, shared command buses)",
                  .min = 1,
                  .max = 4})
          .field("ranks", &C::ranks, {.doc = "Ranks that share the data bus", .min = 1, .max = 8})
          .field("bank_groups", &C::bank_groups, {.doc = "Bank groups; 1: none", .min = 1, .max = 16})
          .field("banks_per_group", &C::banks_per_group, {.doc = "Banks of a group", .min = 1, .max = 16})
          .field("rows", &C::rows, {.doc = "Rows of a bank", .min = 1, .max = 1 << 24})
          .field("columns", &C::columns, {.doc = "Accesses (bursts) in a row", .min = 1, .max = 4096})
          .field("access", &C::access_bytes,
                 {.doc = "Bytes of one burst",
                  .unit = Dimension::bytes,
                  .min = 1,
                  .max = 1024,
                  .source = "JESD235: BL4 x 64 bit"})
          .field("mapping", &C::mapping,
                 {.doc = "Digits of the access number, least significant first: ch pc ra bg ba col row, "
                         "`col:4` takes part of a coordinate"})
          .check([](const C& c, Checker& check) {
            if (const int banks = c.bank_groups * c.banks_per_group; banks > kMostBanks)
              check.fail("banks_per_group", fmt::format("{} groups of {} are {} banks, a rank has at most {}",
                                                        c.bank_groups, c.banks_per_group, banks, kMostBanks));
            if (const std::string wrong = AddressMap::problem(c); !wrong.empty())
              check.fail("mapping", wrong);
          });
  return record;
}

const Record<ControllerConfig>& describe(const ControllerConfig*) {
  using C = ControllerConfig;
  static const auto record =
      Record<C>("dram_controller", "Queues and scheduling policies of the memory controller")
          .field("queue", &C::queue, {.doc = "Where requests wait"})
          .field("arbitration", &C::arbitration, {.doc = "Which ready command is issued"})
          .field("direction", &C::direction, {.doc = "How reads and writes share the bus"})
          .field("direction_scope", &C::direction_scope, {.doc = "What switches direction together"})
          .field("read_queue", &C::read_queue, {.doc = "Read queue entries", .min = 1, .max = 4096})
          .field("write_queue", &C::write_queue, {.doc = "Write queue entries", .min = 1, .max = 4096})
          .field("bank_queue", &C::bank_queue, {.doc = "Entries of one bank's queue", .min = 1, .max = 256})
          .field("write_high", &C::write_high,
                 {.doc = "Share of the write queue that starts a drain", .min = 0, .max = 1})
          .field("write_low", &C::write_low,
                 {.doc = "Share of the write queue that ends a drain", .min = 0, .max = 1})
          .field("read_batch", &C::read_batch,
                 {.doc = "Reads served at least between two drains while both wait; 0: no rule",
                  .min = 0,
                  .max = 65536})
          .field("write_batch", &C::write_batch,
                 {.doc = "Writes served at most in one drain while reads wait; 0: to the low mark",
                  .min = 0,
                  .max = 65536})
          .field(
              "eager_drain", &C::eager_drain,
              {.doc = "drain_when_full: more writes than these start a drain when the bank queues are empty",
               .min = 1,
               .max = 4096})
          .field("page", &C::page, {.doc = "When rows are closed"})
          .field("page_timeout", &C::page_timeout, in_cycles("Idle time before a row is closed", 1))
          .field("row_hit_limit", &C::row_hit_limit,
                 {.doc = "Accesses after which an older conflict may close the row; 0: no rule",
                  .min = 0,
                  .max = 65536})
          .field("slot_release", &C::slot_release, {.doc = "When a request leaves its queue slot"})
          .field("write_completion", &C::write_completion, {.doc = "When a write is reported complete"})
          .field("accepts_per_cycle", &C::accepts_per_cycle,
                 {.doc = "Requests taken per cycle; 0: as many as fit", .min = 0, .max = 64})
          .field("outstanding", &C::outstanding,
                 {.doc = "Requests accepted but not complete; 0: no limit", .min = 0, .max = 65536})
          .field("request_cycles", &C::request_cycles,
                 in_cycles("From acceptance to the first command", 0, 64))
          .field("response_cycles", &C::response_cycles, in_cycles("From the last beat to completion", 0, 64))
          .field("retraining", &C::retraining_s,
                 {.doc = "Interface retraining after a clock change",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = 1e-3,
                  .source = "estimate: order of a frequency-set-point switch"})
          .alone("run_ends", "'run_ends' of the part in `kiln dram`; a chip has no end of requests")
          .check([](const C& c, Checker& check) {
            if (c.write_low > c.write_high) check.fail("write_low", "must not exceed write_high");
          })
          .check([](const C& c, Checker& check) {
            // Its turns go over bank queues: a request that left its queue is never looked at again.
            if (c.arbitration == Arbitration::round_robin && c.slot_release == SlotRelease::activate)
              check.fail("slot_release", "must be access under arbitration round_robin");
          });
  return record;
}

const Record<RefreshStep>& describe(const RefreshStep*) {
  static const auto record =
      Record<RefreshStep>("dram_refresh_step", "Refresh rate at and above a temperature")
          .field("above", &RefreshStep::from_c,
                 {.doc = "Die temperature",
                  .unit = Dimension::temperature,
                  .min = -40,
                  .max = 150,
                  .required = true})
          .field("rate", &RefreshStep::rate,
                 {.doc = "Refreshes per tREFI", .min = 0.125, .max = 8, .required = true});
  return record;
}

const Record<RefreshConfig>& describe(const RefreshConfig*) {
  using C = RefreshConfig;
  static const auto record =
      Record<C>("dram_refresh", "Refresh policy and its temperature rule")
          .field(
              "policy", &C::policy,
              {.doc =
                   "Refresh commands; where a hot part asks for per-bank ones faster than tPBR2PBR lets them "
                   "follow one another, all-bank ones take their place"})
          .field("blocking", &C::blocking, {.doc = "Who waits while a refresh is due"})
          .field("start", &C::start, {.doc = "Phase of pseudo-channels and ranks"})
          .field("choice", &C::choice, {.doc = "Bank that per-bank refresh takes next"})
          .field("precharge_all", &C::precharge_all,
                 {.doc = "PREab before REFab instead of closing bank by bank"})
          .field("rate", &C::rate, {.doc = "Refreshes per tREFI", .min = 0.125, .max = 8})
          .field("commands", &C::commands,
                 {.doc = "Refresh commands that refresh every row once; times tREFI this is how long a row "
                         "keeps its data at rate 1",
                  .min = 1,
                  .max = 1 << 20,
                  .source = "8192 of 7.8 us (JESD79-4), of 3.9 us (JESD209-4, JESD209-5, JESD235)"})
          .field("steps", &C::steps,
                 {.doc = "Rate by temperature, ascending",
                  .source = "JESD209-4 MR4 (LPDDR4), simple rule 85/95 degC; HBM vendor codes not public"})
          .field("hysteresis", &C::hysteresis_c,
                 {.doc = "Fall below a step before its rate ends",
                  .unit = Dimension::temperature_difference,
                  .min = 0,
                  .max = 20,
                  .source = "estimate"})
          .field("limit", &C::limit_c,
                 {.doc = "Highest operating temperature",
                  .unit = Dimension::temperature,
                  .min = 40,
                  .max = 150,
                  .source = "estimate: vendor CATTRIP is at or above it"})
          .check([](const C& c, Checker& check) {
            for (std::size_t i = 1; i < c.steps.size(); ++i)
              if (c.steps[i].from_c <= c.steps[i - 1].from_c)
                check.fail("steps", "must ascend in temperature");
          });
  return record;
}

const Record<PowerStatesConfig>& describe(const PowerStatesConfig*) {
  using C = PowerStatesConfig;
  static const auto record =
      Record<C>("dram_power_states", "Power-down and self-refresh of an idle channel")
          .field("enabled", &C::enabled, {.doc = "Enter low-power states when idle"})
          .field("power_down_after", &C::power_down_after, in_cycles("Idle time before power-down", 1, 1e9))
          .field("self_refresh_after", &C::self_refresh_after,
                 in_cycles("Idle time before self-refresh", 1, 1e9))
          .check([](const C& c, Checker& check) {
            if (c.self_refresh_after <= c.power_down_after)
              check.fail("self_refresh_after", "must be longer than power_down_after");
          });
  return record;
}

}  // namespace kiln::dram
