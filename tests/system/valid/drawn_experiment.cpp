// SPDX-License-Identifier: MIT
#include "drawn_experiment.h"

#include "changed_keys.h"
#include "choices.h"
#include "config/load.h"
#include "support/child_run.h"

namespace kiln::testing {

std::string DrawnExperiment::text() const {
  std::string all = base;
  for (const std::string& set : sets) all += fmt::format(" --set '{}'", set);
  return all;
}

DrawnExperiment draw_experiment(int number) {
  Choices choices(number);
  const std::string base =
      choices.name({"passive_edge.yaml", "quickstart.yaml", "wearable_kws.yaml", "thermoelectric_camera.yaml",
                    "cryocooler.yaml", "pcm_wearable.yaml", "microchannels.yaml", "immersion.yaml",
                    "immersion_tank.yaml", "generator_sink.yaml", "pump_failure.yaml", "sunny_window.yaml",
                    "hand_and_pocket.yaml", "mountain_flight.yaml", "cold_start.yaml"});
  choices.sets.push_back(network(choices.name(
      {"lenet5_r28", "dscnn_kws_mlperf_tiny", "resnet8_cifar_mlperf_tiny", "fc_autoencoder_ad_mlperf_tiny",
       "mcunet_in0_r48", "lstm_har_t128_f9_h64x2", "vit_micro_p8_r64"})));
  const auto shipped = config::load<experiment::ExperimentConfig>(
                           std::string(KILN_SOURCE_DIR) + "/configs/experiments/" + base, {})
                           .value;
  choose_training(choices);
  choose_codec(choices);
  choose_chip(choices, shipped);
  choose_conditions(choices, shipped);
  const std::vector<std::string> more = changed_keys(choices.draw, base, choices.sets, 4);
  choices.sets.insert(choices.sets.end(), more.begin(), more.end());
  return {base, std::move(choices.sets)};
}

}  // namespace kiln::testing
