// SPDX-License-Identifier: MIT
#include "cli/interrupt.h"

#include <csignal>

namespace kiln::cli {

namespace {

volatile std::sig_atomic_t seen = 0;  // the only thing a signal handler may touch

void note_interrupt(int) {
  seen = 1;
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

bool interrupt_seen() {
  return seen != 0;
}

}  // namespace kiln::cli
