// SPDX-License-Identifier: MIT
// SystemC's library owns main() and calls sc_main, so the Catch2 runner lives there.
#define CATCH_CONFIG_RUNNER
#include <systemc>
#include "support/catch.h"

int sc_main(int argc, char* argv[]) {
  return Catch::Session().run(argc, argv);
}
