// SPDX-License-Identifier: MIT
// Two lines of defence. The first is the watch that every loop asks (base/watch.h): it unwinds, so temporary
// files go and finished points stay. The second is a timer of the kernel for what does not ask in time, a
// factorisation in a library or a spinning engine: it ends the process where it stands. A timer and no
// thread, because sweeps fork, because nothing has to be locked, and because timer_settime(2), write(2) and
// _exit(2) are all a handler may call (POSIX 2.4.3); children do not inherit timers. What a hard end leaves
// behind are temporary names only: results appear by renaming.
#include "cli/interrupt.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "cli/command.h"

namespace kiln::cli {

namespace {

constexpr double kPatience_s = 1.2;  // an interrupted command ends within 2 s, on a busy machine too

// The only state a handler may touch.
std::atomic<bool> stop = false;
std::atomic<bool> in_good_order = false;
std::atomic<bool> timed = false;
timer_t timer;
static_assert(std::atomic<bool>::is_always_lock_free);

[[noreturn]] void end_now(std::string_view text, int code) {
  const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  static_cast<void>(written);  // nobody is left to be told
  ::_exit(code);
}

void set_timer(double seconds) {
  itimerspec at = {};
  at.it_value.tv_sec = static_cast<time_t>(seconds);
  at.it_value.tv_nsec = static_cast<long>((seconds - std::floor(seconds)) * 1e9);
  ::timer_settime(timer, 0, &at, nullptr);
}

void note_interrupt(int) {
  if (stop.exchange(true) || !in_good_order || !timed) end_now("kiln: error: interrupted\n", kInterrupted);
  set_timer(kPatience_s);
}

void note_timer(int) {
  if (stop) end_now("kiln: error: interrupted\n", kInterrupted);
  end_now("kiln: error: the time limit was reached in work that cannot be stopped in between\n",
          kSimulationFailed);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void catch_interrupts() {
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGALRM;
  handle(SIGALRM, note_timer);
  timed = ::timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
  ::signal(SIGXFSZ, SIG_IGN);  // beyond a limit of file size a write fails, as on a full disk
  handle(SIGINT, note_interrupt);
  handle(SIGTERM, note_interrupt);
}

void end_in_good_order() {
  in_good_order = true;
}

const std::atomic<bool>& stop_requested() {
  return stop;
}

void end_at_latest(double seconds) {
  constexpr double kLongest_s = 1e9;  // fits every time_t
  if (timed && !stop) set_timer(std::min(seconds, kLongest_s));
}

}  // namespace kiln::cli
