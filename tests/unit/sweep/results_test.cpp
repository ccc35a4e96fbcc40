// SPDX-License-Identifier: MIT
#include "sweep/results.h"

#include "config/load.h"
#include "fake_sweep.h"
#include "output/plotter.h"
#include "support/catch.h"
#include "sweep/findings.h"
#include "sweep/plot.h"

using namespace kiln;
using namespace kiln::testing;

namespace {

/// Two cases x two codecs; the codec saves 1 % in the first case and 40 % in the second.
sweep::Table two_cases() {
  sweep::Table table;
  table.axes = {"case", "codec"};
  table.columns = {"step_time_s", "gradient_traffic_share", "gradient_noc_share", "bound_by.compute",
                   "bound_by.dram"};
  const auto add = [&](const char* name, const char* codec, double time, double share, double compute,
                       double dram) {
    table.rows.push_back({{name, codec},
                          {{"step_time_s", time},
                           {"gradient_traffic_share", share},
                           {"gradient_noc_share", 0.5},
                           {"bound_by.compute", compute},
                           {"bound_by.dram", dram}}});
  };
  add("small", "none", 1.0, 0.04, 0.75, 0.25);
  add("small", "int4", 0.99, 0.01, 0.75, 0.25);
  add("large", "none", 2.0, 0.5, 0.0, 1.0);
  add("large", "int4", 1.2, 0.1, 0.0, 1.0);
  return table;
}

sweep::SweepConfig config_of_two_cases() {
  sweep::SweepConfig config;
  config.plot.title = "it's a title";
  config.plot.x = "codec";
  config.plot.columns = "case";
  config.plot.rows = {{"step_time_s", "time [ms]", 1000, false, true}};
  return config;
}

sweep::PlotMetricConfig plotted(const std::string& metric) {
  sweep::PlotMetricConfig row;
  row.metric = metric;
  return row;
}

}  // namespace

TEST_CASE("numbers of a summary keep their order and nesting") {
  const ScratchFolder scratch;
  const std::string path =
      scratch.write("summary.json", R"({"b": 1, "a": {"y": 2.5, "x": -3e-7}, "text": "no", "list": [4, 5]})");
  const sweep::Numbers numbers = sweep::read_summary(path).numbers;
  CHECK(numbers == sweep::Numbers{{"b", 1}, {"a.y", 2.5}, {"a.x", -3e-7}, {"list.0", 4}, {"list.1", 5}});
  CHECK_THROWS_AS(sweep::read_summary(scratch.write("cut.json", R"({"b": 1, "a")")), base::ConfigError);
  CHECK_THROWS_AS(sweep::read_summary((scratch.path() / "none.json").string()), base::ConfigError);
  std::string deep = "1", many;
  for (int level = 0; level < 100; ++level) deep = R"({"a":)" + deep + "}";
  CHECK_THROWS_WITH(sweep::parse_summary(deep, "deep.json"), contains("more than 64 levels"));
  for (int key = 0; key <= 20'000; ++key) many += fmt::format(R"({}"k{}":1)", key == 0 ? "{" : ",", key);
  CHECK_THROWS_WITH(sweep::parse_summary(many + "}", "many.json"), contains("more than 20000 keys"));
}

TEST_CASE("a group of numbers stands for its largest") {
  const sweep::Row row{{}, {{"peak_temperature_c.npu0", 61}, {"peak_temperature_c.hbm", 70}, {"peak", 1}}};
  CHECK(row.number("peak_temperature_c") == 70);
  CHECK(row.number("peak") == 1);
  CHECK_FALSE(row.number("peak_temp"));
}

TEST_CASE("a table survives texts with commas and quotes, and numbers to the last bit") {
  sweep::Table table{{"codec"}, {"n"}, {{{"top 1 %, \"INT4\""}, {{"n", 0.1 + 0.2}}}, {{"plain"}, {}}}, {}, 0};
  CHECK(sweep::to_csv(table) ==
        "codec,validity,n\n\"top 1 %, \"\"INT4\"\"\",ok,0.30000000000000004\nplain,ok,\n");
}

TEST_CASE("the plot's script holds every number and no text") {
  const output::Files files = sweep::plot_files(two_cases(), config_of_two_cases());
  const std::string& script = files.at("sweep.gp");
  CHECK_THAT(script, !contains("title '") && contains("title label[1]"));
  CHECK_THAT(files.at("sweep.labels"), contains(":it's a title\n"));
  CHECK_THAT(script, contains("$panel_0_0 << EOD\n0,1000\n1,990\nEOD"));
  CHECK_THAT(script, contains("$panel_0_1 << EOD\n0,2000\n1,1200\nEOD"));
  CHECK_THAT(script, contains("layout 1,2"));
}

TEST_CASE("findings give the numbers with their units beside the changes, and where they are least") {
  const std::string text = sweep::findings(two_cases(), config_of_two_cases());
  CHECK_THAT(text, contains("  none  1 s\n") && contains("  int4  0.99 s       -1.00 %\n"));
  CHECK_THAT(text, contains("step_time_s: lowest 1.2 s (large, int4), highest 2 s (large, none)"));
}

TEST_CASE("findings give kelvins between temperatures, and factors of far changes") {
  sweep::Table table{{"fan"}, {"skin_temperature_c", "die_tops_per_w", "step_time_s"}, {}, {}, 0};
  table.rows.push_back(
      {{"off"}, {{"skin_temperature_c", 40}, {"die_tops_per_w", 1e-3}, {"step_time_s", 1e-18}}});
  table.rows.push_back({{"on"}, {{"skin_temperature_c", 38.5}, {"die_tops_per_w", 1}, {"step_time_s", 4}}});
  sweep::SweepConfig config;
  config.plot.rows = {plotted("skin_temperature_c"), plotted("die_tops_per_w"), plotted("step_time_s")};
  const std::string text = sweep::findings(table, config);
  CHECK_THAT(text, contains("38.5 degC") && contains("-1.50 K"));
  CHECK_THAT(text, contains("x 1e+03"));
  const std::size_t line = text.find("  on ");
  REQUIRE(line != std::string::npos);
  const std::string on = text.substr(line, text.find('\n', line) - line);
  CHECK(on.ends_with("x 4e+18"));  // no 400000000000000000000 %
  CHECK_THAT(on, contains("  4 s  "));
}

TEST_CASE("an axis of numbers is numbers in the table and along the picture") {
  sweep::Table table{{"clock", "chip"}, {"energy_j"}, {}, {}, 0};
  for (const auto& [clock, joules] : {std::pair{"800 MHz", 2.0}, {"1.6 GHz", 3.0}, {"200 MHz", 4.0}})
    table.rows.push_back({{clock, "7 nm, HBM2E"}, {{"energy_j", joules}}});
  CHECK_THAT(sweep::to_csv(table),
             contains("clock [Hz],chip,validity,energy_j\n800000000,\"7 nm, HBM2E\",ok,2"));
  sweep::SweepConfig config;
  config.plot.x = "clock";
  config.plot.rows = {plotted("energy_j")};
  const output::Files files = sweep::plot_files(table, config);
  CHECK_THAT(files.at("sweep.gp"), contains("<< EOD\n200000000,4\n800000000,2\n1600000000,3\nEOD"));
  CHECK_THAT(files.at("sweep.labels"), contains("clock [Hz]") && contains("energy_j [J]"));
  for (sweep::Row& row : table.rows) row.labels[0] = row.labels[0].substr(0, 3);
  CHECK_THAT(sweep::to_csv(table), contains("clock,chip") && contains("\n800,") && contains("\n1.6,"));
}

TEST_CASE("a cold ambient is a number in the table, no text") {
  const sweep::Table table{{"ambient"}, {"n"}, {{{"-20 degC"}, {{"n", 1}}}}, {}, 0};
  CHECK(sweep::to_csv(table) == "ambient [degC],validity,n\n-20,ok,1\n");
}

TEST_CASE("gnuplot accepts the script, where there is one") {
  sweep::SweepConfig config = config_of_two_cases();
  config.plot.rows.push_back({"missing_number", "", 1, true, false});
  const output::Picture picture =
      output::Plotter().draw(sweep::plot_files(two_cases(), config), sweep::kPlotScript, sweep::kPlotImage);
  CHECK(picture.drawn != output::Drawn::failed);
  if (picture.drawn == output::Drawn::yes) CHECK(picture.image.size() > 1000);
}

TEST_CASE("gnuplot accepts numeric axes, linear and logarithmic, with changes at the right") {
  const double last = GENERATE(3.0, 3000.0, 1.0001);
  sweep::Table table{{"rate"}, {"step_time_s", "skin_temperature_c"}, {}, {}, 0};
  for (const double rate : {1.0, 2.0, last})
    table.rows.push_back(
        {{fmt::format("{}", rate)}, {{"step_time_s", 1e-3 * rate}, {"skin_temperature_c", 30 + rate}}});
  sweep::SweepConfig config;
  config.plot.rows = {plotted("step_time_s"), plotted("skin_temperature_c"), plotted("step_time_s")};
  config.plot.rows.back().relative = true;
  const output::Files files = sweep::plot_files(table, config);
  CHECK_THAT(files.at("sweep.labels"),
             contains("change [%]") && contains("change [K]") && contains("1 = 1 ms"));
  const output::Picture picture = output::Plotter().draw(files, sweep::kPlotScript, sweep::kPlotImage);
  CHECK(picture.drawn != output::Drawn::failed);
}

TEST_CASE("points that are not valid are hollow, off the curve and off the changes") {
  sweep::Table table = two_cases();
  table.rows[1].validity = "invalid";
  const output::Files files = sweep::plot_files(table, config_of_two_cases());
  CHECK_THAT(files.at("sweep.gp"), contains("$panel_0_0 << EOD\n0,1000,NaN\n1,NaN,990\nEOD"));
  CHECK_THAT(files.at("sweep.gp"), contains("$panel_0_1 << EOD\n0,2000,NaN\n1,1200,NaN\nEOD"));
  CHECK_THAT(files.at("sweep.gp"), contains("$panel_0_0 using 1:3 with points lw 2 pt 6"));
  CHECK_THAT(files.at("sweep.labels"), contains(":not valid\n"));
  CHECK(output::Plotter().draw(files, sweep::kPlotScript, sweep::kPlotImage).drawn != output::Drawn::failed);
  for (sweep::Row& row : table.rows) row.validity = "invalid";
  const output::Files none = sweep::plot_files(table, config_of_two_cases());
  CHECK(output::Plotter().draw(none, sweep::kPlotScript, sweep::kPlotImage).drawn != output::Drawn::failed);
}

TEST_CASE("findings give the reason where compression changes little") {
  const std::string text = sweep::findings(two_cases(), config_of_two_cases());
  CHECK_THAT(text, contains("small: against 'none'"));
  CHECK_THAT(text, contains("-1.00 %, which is little"));
  CHECK_THAT(
      text,
      contains("gradients are 4 % of the DRAM's bytes and 50 % of the network's; the busy time is bound by "
               "compute 75 %, dram 25 %"));
  CHECK_THAT(text,
             contains("sets the pace for 25 % of it: gradients of no bytes at all would save about 1 %"));
  CHECK_THAT(text, contains("changes by -40.00 %."));
}

TEST_CASE("findings tell idle time at a fixed rate") {
  sweep::Table table = two_cases();
  for (sweep::Row& row : table.rows) row.numbers.add("busy_time_s", 0.4 * *row.number("step_time_s"));
  CHECK_THAT(sweep::findings(table, config_of_two_cases()), contains("the chip is busy 40 % of the time"));
}

TEST_CASE("names in a table are no formulas, negative numbers are numbers") {
  const sweep::Table table{{"@axis"}, {"=x", "n"}, {{{"-1+2"}, {{"=x", -1.5}, {"n", -1e-9}}}}, {}, 0};
  CHECK(sweep::to_csv(table) == "'@axis,validity,'=x,n\n'-1+2,ok,-1.5,-1e-09\n");
}

TEST_CASE("an axis is not called like a result") {
  const auto problems = [](const std::string& axis) {
    const testing::ScratchFolder scratch;
    try {
      config::load<sweep::SweepConfig>(scratch.write(
          "s.yaml", "name: n\nexperiment: e.yaml\naxes: [{name: " + axis + ", values: [{label: a}]}]\n"));
    } catch (const base::ConfigError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK_THAT(problems("step_time_s"), contains("axes.0.name: 'step_time_s' heads the column of a result"));
  CHECK_THAT(problems("peak_temperature_c.npu0"), contains("heads the column of a result"));
  CHECK(problems("step") == "accepted");
}

TEST_CASE("invalid points are in the table and in no comparison") {
  sweep::Table table = two_cases();
  table.rows[3].validity = "invalid";  // large, int4
  CHECK_THAT(sweep::to_csv(table), contains("large,int4,invalid,"));
  const std::string text = sweep::findings(table, config_of_two_cases());
  CHECK_THAT(text, contains("1 points are invalid"));
  CHECK_THAT(text, !contains("-40"));
}

TEST_CASE("differences below the audited error are said to be so") {
  sweep::Table table = two_cases();
  table.columns.push_back("audit_error");
  for (sweep::Row& row : table.rows) row.numbers.add("audit_error", 0.02);
  const std::string text = sweep::findings(table, config_of_two_cases());
  CHECK_THAT(text, contains("below 2 % are within the audited error"));
}
