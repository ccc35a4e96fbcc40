// SPDX-License-Identifier: MIT
#include "learning/faults/memory_cells.h"

namespace kiln::learning {

namespace {

CellConfig configured_cells(const FaultsConfig& faults) {
  const Correction correction = faults.secded ? Correction::single_and_detect : Correction::none;
  return {faults.chip, faults.persistent, faults.cells, {correction, 64, 0}, faults.guard};
}

CellConfig dram_cells(const FaultsConfig& faults, const WordCode& code) {
  if (faults.bit_error_rate) return configured_cells(faults);
  return {faults.chip, faults.persistent, CellFault::stuck, code, faults.guard};
}

CellConfig by_chance(const FaultsConfig& faults, const WordCode& code) {
  return {faults.chip, false, CellFault::flip, code, faults.guard};
}

/// A code on the die has done its work before the data leaves it.
WordCode checked_by_controller(const WordCode& code) {
  return code.correction == Correction::single_and_detect ? code : WordCode{};
}

}  // namespace

MemoryCells::MemoryCells(const FaultsConfig& faults, const WordCode& dram_code, const FailingCells& failing)
    : failing_(failing),
      sram_(configured_cells(faults), failing.sram),
      dram_(dram_cells(faults, dram_code), failing.dram),
      computed_(by_chance(faults, {}), failing.computed),
      moved_(by_chance(faults, checked_by_controller(dram_code)), failing.moved) {}

void MemoryCells::forget_detected() {
  for (FaultMap* map : {&sram_, &dram_, &computed_, &moved_}) map->forget_detected();
}

void MemoryCells::retire_detected() {
  sram_.retire_detected();
  dram_.retire_detected();
}

void MemoryCells::take_retired(const MemoryCells& before) {
  sram_.retire(before.sram_.retired());
  dram_.retire(before.dram_.retired());
}

}  // namespace kiln::learning
