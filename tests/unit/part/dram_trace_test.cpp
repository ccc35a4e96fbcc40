// SPDX-License-Identifier: MIT
// Traces of the field's memory simulators, line by line and as requests.
#include <sstream>

#include "base/error.h"
#include "config/load.h"
#include "part/dram_requests.h"
#include "part/trace_coordinates.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::part;

namespace {

dram::DramConfig part_config(const char* name) {
  return config::load<dram::DramConfig>(std::string(KILN_SOURCE_DIR) + "/configs/parts/dram/" + name).value;
}

struct Reading {
  std::vector<Request> requests;
  std::vector<std::string> skipped;
  std::string error;
};

Reading read(const std::string& text, const TraceOptions& options = {}, const std::string& name = "t.trace",
             const dram::DramConfig& config = part_config("ddr4_3200.yaml")) {
  base::Unknowns unknowns(options.lenient ? base::Unknowns::Reading::lenient
                                          : base::Unknowns::Reading::strict);
  Reading reading;
  try {
    const auto source =
        trace_requests(std::make_unique<std::istringstream>(text), name, config, options, unknowns);
    for (Request request; source->next(request);) reading.requests.push_back(request);
  } catch (const base::ConfigError& error) {
    reading.error = error.what();
  }
  reading.skipped = unknowns.skipped();
  return reading;
}

/// The one request of a trace of one line.
Request only(const std::string& text) {
  const Reading reading = read(text);
  INFO(text << " " << reading.error);
  REQUIRE(reading.requests.size() == 1);
  return reading.requests.front();
}

bool same_place(const Request& a, const Request& b) {
  return a.channel == b.channel && a.access.bank == b.access.bank && a.access.row == b.access.row &&
         a.access.column == b.access.column;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("every form is told by its first line") {
  CHECK(form_of("0x10 READ 5") == TraceForm::dramsim3);
  CHECK(form_of("10 P_MEM_WR 5") == TraceForm::dramsim3);
  CHECK(form_of("0x10 R") == TraceForm::ramulator);
  CHECK(form_of("0x10") == TraceForm::ramulator);
  CHECK(form_of("LD 4096") == TraceForm::load_store);
  CHECK(form_of("st 0X10") == TraceForm::load_store);
  CHECK(form_of("R 0,1,2,3,100,32") == TraceForm::coordinates);
  CHECK(form_of("5:\tread\t0x10") == TraceForm::dramsys);
  CHECK(form_of("5: (16) write 0x10 0xff") == TraceForm::dramsys);
  CHECK(form_of("5 read 0x10") == TraceForm::dramsys);
  CHECK_THROWS_AS(form_of("nothing known"), TraceLineError);
}

TEST_CASE("an address means what its own simulator takes it for, with 0x or without") {
  const Request wanted = only("0x4000 READ 0\n");
  for (const char* line : {"4000 READ 0", "0X4000 R", "4000 R", "4000", "LD 0x4000", "LD 16384", "ld 16384",
                           "0: read 0x4000", "0: read 4000", "0x4000 Read 0 # the first"})
    CHECK(same_place(only(std::string(line) + "\n"), wanted));
  CHECK(only("0x4000 W\n").access.write);
  CHECK(only("0x4000 BOFF 3\n").access.write);
  CHECK(only("7: write 0x4000 0xffff\n").due == 7);
  CHECK(only("\xef\xbb\xbf# mark\r\n\r\n0x4000\tREAD\t3\r").due == 3);
}

TEST_CASE("instruction traces are refused for what they are") {
  for (const char* text :
       {"3 20734016\n", "8 20841280 20841280\n", "4 0x12345680\n", "10 R 0x1234 0x40\n", "10 W 0x1234\n"})
    CHECK(has(read(text).error, "t.trace:1:1: trace: is an instruction trace"));
}

TEST_CASE("a request of several bursts is as many accesses, one after the other") {
  const int burst = part_config("ddr4_3200.yaml").organisation.access_bytes;
  const std::string bytes = std::to_string(3 * burst);
  CHECK(read("0: (" + bytes + ") read 0x0\n").requests.size() == 3);
  CHECK(read("0: (" + bytes + ") read 0x1\n").requests.size() == 4);
  CHECK(read("0: (1) write 0x0\n").requests.size() == 1);
  for (const char* length : {"(0)", "(-1)", "(x)", "(16", "(9999999999)"})
    CHECK(has(read(fmt::format("0: {} read 0x0\n", length)).error, "is no number of bytes"));
}

TEST_CASE("cycles count the trace's clock, and from the line before in .rstl") {
  const double memory_hz = part_config("ddr4_3200.yaml").clock_hz;
  const Reading half = read("10: read 0x0\n11: read 0x40\n", {.clock_hz = memory_hz / 2});
  REQUIRE(half.requests.size() == 2);
  CHECK(half.requests[0].due == 20);
  CHECK(half.requests[1].due == 22);
  const Reading relative = read("10: read 0x0\n5: read 0x40\n", {}, "t.rstl");
  REQUIRE(relative.requests.size() == 2);
  CHECK(relative.requests[1].due == 15);
  CHECK(has(read("10 READ 1\n20 READ 0x5\n").error, "'0x5' is no cycle"));
  CHECK(has(read("10 READ 9\n20 READ 5\n").error, "t.trace:2:1: trace: cycle 5 comes after cycle 9"));
}

TEST_CASE("coordinates are those of the part, in Ramulator's order") {
  const Reading reading = read("R 0,0,2,1,100,16\nW 0,0,2,1,100,24\n");
  INFO(reading.error);
  REQUIRE(reading.requests.size() == 2);
  CHECK(reading.requests[0].access.row == 100);
  CHECK(reading.requests[0].access.column == 2);  // a burst is eight columns
  CHECK(reading.requests[1].access.column == 3);
  CHECK(reading.requests[1].access.write);
  CHECK(has(read("R 0,2,1,100,16\n").error, "has 5 coordinates; this part takes channel, rank, bank group"));
  CHECK(has(read("R 0,0,9,1,100,16\n").error, "bank group 9 is past the last"));
  CHECK(has(read("R 0,0,-1,1,100,16\n").error, "is no list of coordinates"));
  CHECK(has(read("R 0,0,1,1,1,1,1,1,1,1\n").error, "is no list of coordinates"));
}

TEST_CASE("what is no request is refused with its place, or skipped and named") {
  const std::string text = "0x0 READ 0\n0x40 PREFETCH 1\n0x80 READ 2 core0\n0xc0 PREFETCH 3\n";
  CHECK(has(read(text).error, "t.trace:2:1: trace: 'PREFETCH' is neither READ nor WRITE"));
  const Reading lenient = read(text, {.lenient = true});
  CHECK(lenient.requests.size() == 2);
  CHECK(lenient.skipped ==
        std::vector<std::string>{"t.trace:2:1: trace: 'PREFETCH' is neither READ nor WRITE (2 times)",
                                 "t.trace:3:1: trace: 'core0' stands behind a request"});
  CHECK(has(read("0x0 READ 0 core0\n").error, "'core0' stands behind a request"));
  CHECK(has(read("# nothing\n").error, "has no requests"));
  CHECK(has(read("\x1f\x8b\x08").error, "is packed by gzip; unpack it first"));
  CHECK(has(read("0x0 READ 0\nLD 0x40\n").error, "t.trace:2:1"));
  CHECK(has(read("-40 READ 0\n").error, "'-40' is no hexadecimal address"));
  CHECK(has(read("0xfffffffffffff READ 0\n").error, "past the end of the part"));
}
