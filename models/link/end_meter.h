// SPDX-License-Identifier: MIT
// What one end of a link draws over time, state by state.
#pragma once

#include <vector>

#include "link/transfer.h"

namespace kiln::link {

/// Joules by state.
struct EndEnergy {
  double wake_j = 0, busy_j = 0, transmit_j = 0, receive_j = 0, tail_j = 0, idle_j = 0;
  double total_j() const { return wake_j + busy_j + transmit_j + receive_j + tail_j + idle_j; }
  EndEnergy& operator+=(const EndEnergy& other);
};

/// An end's side of a transfer, without what it draws while busy: it sends the packets and hears the
/// acknowledgements, or the other way round.
EndEnergy energy_of_sending(const EndPowerConfig& power, const Transfer& transfer);
EndEnergy energy_of_receiving(const EndPowerConfig& power, const Transfer& transfer);

/// Books what an end is busy with and what lies between: tail, idle and waking up, from time 0 on. Stretches
/// are booked ahead, in any order, and may overlap; an end that was idle wakes up before the next one.
class EndMeter {
 public:
  explicit EndMeter(const EndPowerConfig& power) : power_(power) {}

  /// Time the end needs before it can begin at `begin_s`, as far as is booked; 0 while it is awake.
  double wake_s(double begin_s) const;
  /// From `begin_s` to `end_s`, not before what is settled, the end is busy with `energy`.
  void book(double begin_s, double end_s, const EndEnergy& energy);
  /// No stretch that begins before `now_s` will be booked any more.
  void settle(double now_s);
  /// Settles all and books tail and idle time up to `now_s`.
  void finish(double now_s);

  /// From the beginning on drawn_j is asked for, which costs a note of every stretch.
  void follow() { followed_ = true; }
  /// What it has drawn by `now_s`, not before what is settled: of a stretch under way, the part that is over.
  double drawn_j(double now_s) const;

  const EndEnergy& energy() const { return energy_; }
  /// Seconds in each state; together they are the time that is settled.
  double busy_s() const { return busy_s_; }
  double waking_s() const { return waking_s_; }
  double tail_s() const { return tail_s_; }
  double idle_s() const { return idle_s_; }

 private:
  struct Stretch {
    double begin_s, end_s;
  };
  /// A stretch that may not be over, and the energy it was booked with.
  struct Open {
    double begin_s, end_s, joules;
  };
  void pass(const Stretch& stretch);
  void rest(double gap_s, bool wakes_up);

  EndPowerConfig power_;
  EndEnergy energy_;
  std::vector<Stretch> ahead_;  ///< booked, not settled, the earliest first
  bool followed_ = false;
  std::vector<Open> open_;     ///< if followed
  double active_until_s_ = 0;  ///< of what is settled
  bool was_active_ = false;
  double busy_s_ = 0, waking_s_ = 0, tail_s_ = 0, idle_s_ = 0;
};

/// One transfer by itself and what surrounds it.
struct Account {
  Transfer transfer;
  double time_s = 0;     ///< from the wish to send to the last byte received
  double waiting_s = 0;  ///< of it, for the limit on the time of sending
  EndEnergy sender, receiver;
};

/// `payload_bytes` once, from idle ends that fall back to idle: closed form. Errors in the mean.
Account account_of(const Link& link, const Packets& packets, Direction direction);
/// The same again and again, one beginning every `interval_s`: energies per interval. The ends stay awake
/// where the tail lasts until the next one. Throws ConfigError when a transfer takes longer than the
/// interval.
Account account_of_every(const Link& link, const Packets& packets, Direction direction, double interval_s);

}  // namespace kiln::link
