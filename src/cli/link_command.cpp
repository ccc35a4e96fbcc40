// SPDX-License-Identifier: MIT
#include "cli/link_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/error.h"
#include "base/units.h"
#include "cli/number_checks.h"
#include "cli/output_options.h"
#include "cli/set_option.h"
#include "config/load.h"
#include "part/link.h"

namespace kiln::cli {

namespace {

struct LinkArguments {
  std::string config;
  std::vector<std::string> overrides;
  std::string bytes;
  std::string direction = "up";
  std::string every;
  std::string format = "text";
};

std::optional<double> interval(const std::string& text) {
  if (text.empty()) return {};
  try {
    const double every_s = base::parse_quantity(text, base::Dimension::time);
    if (every_s > 0) return every_s;
  } catch (const base::UnitError& error) {
    throw base::ConfigError({}, "every", error.what());
  }
  throw base::ConfigError({}, "every", fmt::format("'{}' is not above 0 s", text));
}

}  // namespace

void add_link_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<LinkArguments>();
  CLI::App* command = app.add_subcommand("link", "A link alone: time, packets and joules of a transfer");
  command->add_option("--config", arguments->config, "Link part, e.g. configs/parts/link/ble5_2m.yaml")
      ->required();
  command
      ->add_option("--bytes", arguments->bytes,
                   "Bytes of the transfer: 1000, 64KiB, or several with commas between them")
      ->required()
      ->check(not_empty());
  command
      ->add_option("--direction", arguments->direction,
                   "Of relayed links: up from a device to the network, or down")
      ->check(CLI::IsMember({"up", "down"}))
      ->capture_default_str();
  command
      ->add_option("--every", arguments->every,
                   "A transfer begins every so often, e.g. 10s: mean powers; else one by itself")
      ->check(not_empty());
  add_set_option(*command, arguments->overrides);
  add_format_option(*command, arguments->format);
  command->callback([arguments, &context] {
    part::LinkOptions options;
    options.config = config::load<link::LinkConfig>(arguments->config, arguments->overrides).value;
    options.bytes = part::parse_byte_list(arguments->bytes);
    options.direction = arguments->direction == "up" ? link::Direction::up : link::Direction::down;
    options.every_s = interval(arguments->every);
    const part::LinkReport report = part::run_link(options);
    context.out << (arguments->format == "json" ? part::to_json(report) : part::to_text(report));
  });
}

}  // namespace kiln::cli
