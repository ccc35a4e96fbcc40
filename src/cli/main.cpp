// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <systemc>

#include "base/text.h"
#include "cli/application.h"
#include "cli/interrupt.h"

int sc_main(int argc, char* argv[]) {
  using namespace kiln;
  cli::catch_interrupts();
  cli::Context context{.out = std::cout, .err = std::cerr};
  context.err_is_terminal = ::isatty(STDERR_FILENO) != 0;
  context.command_line = base::join({argv, argv + argc}, " ");
  context.stop = &cli::stop_requested();
  return cli::run_application({argv + 1, argv + argc}, context);
}

// SystemC has a main() of its own, which prints a banner before sc_main can switch it off.
int main(int argc, char* argv[]) {
  ::setenv("SC_COPYRIGHT_MESSAGE", "DISABLE", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
