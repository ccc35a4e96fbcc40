// SPDX-License-Identifier: MIT
#include "cli/interrupt.h"

#include <unistd.h>

#include <csignal>

#include "cli/command.h"

namespace kiln::cli {

namespace {

volatile std::sig_atomic_t seen = 0;  // the only things a signal handler may touch
volatile std::sig_atomic_t in_good_order = 0;

void note_interrupt(int) {
  seen = 1;
  if (in_good_order != 0) return;
  constexpr char kText[] = "kiln: error: interrupted\n";
  const auto written = ::write(STDERR_FILENO, kText, sizeof kText - 1);
  static_cast<void>(written);  // nobody is left to be told
  ::_exit(kInterrupted);
}

}  // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = note_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void end_in_good_order() {
  in_good_order = 1;
}

bool interrupt_seen() {
  return seen != 0;
}

}  // namespace kiln::cli
