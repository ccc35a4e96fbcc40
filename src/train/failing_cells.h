// SPDX-License-Identifier: MIT
// What the device's conditions do to the cells of its memories while it learns.
#pragma once

#include "experiment/experiment.h"
#include "learning/faults/memory_cells.h"
#include "train/outcome.h"

namespace kiln::train {

/// Shares of cells that fail in an epoch, by memory: those of the gradient buffer at its lowest voltage and
/// highest temperature (models/sram), those of the DRAM at the temperature and refresh interval of its worst
/// control period (models/dram). Where rails droop too far: late MACs as one wrong bit each among the
/// `computed_bits` of a step, and bits that are wrong on their way to DRAM or back. None without
/// `learning.faults`.
learning::FailingCells failing_cells(const experiment::ExperimentConfig& experiment, const DeviceEpoch& epoch,
                                     double computed_bits);

/// Bits of all that a step computes.
double computed_bits(const workload::StepGraph& graph);

/// What the configured memory has against wrong bits: a code on the die corrects and tells nobody, others
/// are SECDED.
learning::WordCode word_code(const dram::EccConfig& ecc);

/// Copying `bytes` to another place of the DRAM or back: at its peak bandwidth, row by row.
CopyCost checkpoint_copy(const dram::DramConfig& memory, double bytes);

}  // namespace kiln::train
