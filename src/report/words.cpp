// SPDX-License-Identifier: MIT
#include "report/words.h"

namespace kiln::report {

namespace {

constexpr Word kWords[] = {
    {"activity",
     "An event that costs energy: a multiply-accumulate, a byte out of a bank, a flit through a crossbar. "
     "Each "
     "is counted where it happens, and counts become joules at the block's voltage and temperature."},
    {"audit",
     "Windows of a step that the bulk engines have simulated are simulated once more at flit and command "
     "level, each transfer as long after the one before it as in bulk; the audit error is the difference in "
     "their time, weighed by the share of the step in which tiles wait for data."},
    {"band",
     "The lowest and highest value of a result while each constant moves between the ends that its source "
     "leaves it; in brackets behind the number, in per cent of it."},
    {"bound_by",
     "Shares of the busy time by what the tiles waited for or did in it: compute, dram, noc, dependency, "
     "launch."},
    {"bulk",
     "Engines of memory and network that take whole bursts and trains at once: row visits under an arbiter, "
     "links shared by max-min fairness. The default; held against the exact ones by the audit."},
    {"burst", "What a DMA asks of the memory at once: the bytes of one block in one channel."},
    {"control period",
     "The time between two decisions of the governor: power becomes heat, thermometers are read, the policy "
     "chooses the next operating point."},
    {"dependency",
     "Time in which a tile waits for other operations or for other tiles: a sum over workers, a barrier, the "
     "end of the operation in front."},
    {"detailed", "A run that simulates each step in the SystemC kernel, one behind the other; see replay."},
    {"exact",
     "Engines of memory and network at command and flit level (run.fidelity: exact). They run the step in "
     "place of the bulk ones, some fourteen times as long."},
    {"launch", "Time in which a tile waits for the descriptor of its next task from the host."},
    {"mapping",
     "How a layer's work lies on the tiles: data (each has some of the samples and all weights), channel "
     "(each has some of the output channels and all samples), layer_wise (the better of both by layer)."},
    {"micro-batch",
     "A part of the batch whose gradients are added to those of the others before the update."},
    {"operating point", "Voltage and clock of a domain, as the governor sets them."},
    {"phase",
     "Part of a step: forward, dgrad (errors back to the inputs), wgrad (gradients of weights), compress, "
     "reduce (sum over workers), update (all passes over the weights)."},
    {"replay",
     "A long run from simulated steps: their power and time, operating point by operating point, go through "
     "package and governor a control period at a time."},
    {"steady",
     "The state that hours of use lead to: temperatures that no longer change, or a swing of the governor "
     "that repeats, reported as its mean and its peaks."},
    {"step", "One training step: forward, backward and update of one batch."},
    {"step from rest",
     "A step on a chip as when built: rows closed, nothing under way. It depends on nothing before it, so it "
     "is simulated once and kept."},
    {"task", "A piece of an operation that fits into a tile's SRAM: its loads, its computing, its stores."},
    {"tile", "One NPU of the chip: array, vector unit, local SRAM, DMA, and its place in the network."},
    {"train", "The packets of one transfer, one behind the other on the same way through the network."},
    {"uncore", "What the chip draws besides its blocks: PLLs, idle PHYs and what is always on."},
    {"validity",
     "Whether a result is one of the chip at work: ok, warn (a limit was passed, a model left its range) or "
     "invalid (shut down, not steady, out of physics; exit code 3), each finding with value, limit and "
     "place."},
    {"zeroth order",
     "Training without a backward pass (training.kind): two forward passes with the weights moved along a "
     "random direction and against it; the difference of the losses says how far to go along it."},
    {"window", "A stretch of a step (run.ledger_window) whose activity, power and bandwidth are written."},
};

}  // namespace

std::span<const Word> words() {
  return kWords;
}

}  // namespace kiln::report
