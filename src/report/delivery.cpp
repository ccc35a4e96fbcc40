// SPDX-License-Identifier: MIT
#include "report/delivery.h"

#include "output/encode.h"

namespace kiln::report {

namespace {

/// Converters at the mean power of the run; none without a tree of them.
struct Used {
  explicit Used(const Findings& f) {
    const device::PowerSupply& supply = f.device.supply();
    if (!supply.delivery()) return;
    config = &supply.delivery()->config();
    core_v = f.energy.rails.core_v;
    stages = supply.stages(f.energy.rails);
    input_w = supply.delivery()->input_w(stages);
    for (const pdn::StageUse& stage : stages) lost_w += stage.loss_w;
  }
  double arrives() const { return 1 - lost_w / input_w; }

  const pdn::DeliveryConfig* config = nullptr;
  double core_v = 0;
  std::vector<pdn::StageUse> stages;
  double input_w = 0, lost_w = 0;
};

}  // namespace

Numbers delivery_numbers(const Findings& f) {
  const Used used(f);
  if (used.config == nullptr) return {};
  Numbers numbers{{"input_w", used.input_w}, {"efficiency", used.arrives()}};
  for (std::size_t i = 0; i < used.stages.size(); ++i)
    numbers.emplace_back("loss_w." + used.config->regulators[i].name, used.stages[i].loss_w);
  return numbers;
}

std::string delivery_csv(const Findings& f) {
  const Used used(f);
  std::string out = "converter,source,output_v,output_w,loss_w,efficiency,on_board\n";
  for (std::size_t i = 0; i < used.stages.size(); ++i) {
    const pdn::RegulatorConfig& regulator = used.config->regulators[i];
    const pdn::StageUse& stage = used.stages[i];
    out += fmt::format("{},{},{},{:.6g},{:.6g},{:.6g},{}\n", output::csv_cell(regulator.name),
                       output::csv_cell(regulator.from.empty() ? used.config->supply : regulator.from),
                       regulator.name == used.config->core ? used.core_v : regulator.output_v, stage.output_w,
                       stage.loss_w, stage.output_w / (stage.output_w + stage.loss_w), regulator.on_board);
  }
  return out;
}

std::string delivery_text(const Findings& f) {
  const Used used(f);
  std::string text = fmt::format("{} gives {:.3g} W, {:.1f} % arrive; lost in", used.config->supply,
                                 used.input_w, 100 * used.arrives());
  for (std::size_t i = 0; i < used.stages.size(); ++i)
    text += fmt::format("{} {} {:.2g} W", i == 0 ? "" : ",", used.config->regulators[i].name,
                        used.stages[i].loss_w);
  return text;
}

}  // namespace kiln::report
