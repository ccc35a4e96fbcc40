// SPDX-License-Identifier: MIT
#include "output/encode.h"

#include "base/csv.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::output;

TEST_CASE("a file's name holds nothing that a shell or a path would read") {
  CHECK(file_name("edge_v2-1.0+x") == "edge_v2-1.0+x");
  CHECK(file_name("a b/../c\n!d") == "a_b_.._c__d");
  CHECK(file_name("..") == "_..");
  CHECK(file_name("-rf") == "_-rf");
  CHECK(file_name("") == "_");
  CHECK(file_name(std::string(300, 'x')).size() == 100);
}

TEST_CASE("a CSV cell reads back as it was") {
  for (const std::string text : {"plain", "a,b", "say \"x\"", "\"", "", "it's"}) {
    const base::CsvTable table("t.csv", "head,next\n" + csv_cell(text) + ",1\n");
    CHECK(table.rows().front().text("head") == text);
  }
}

TEST_CASE("text in SVG and HTML is text") {
  CHECK(xml_text("<b a='1'>\"x\" & y</b>") == "&lt;b a=&#39;1&#39;&gt;&quot;x&quot; &amp; y&lt;/b&gt;");
  CHECK(xml_text("a\x1b\x01z") == "az");
}

TEST_CASE("a word of HotSpot's files is one word") {
  CHECK(hotspot_word("die.npu 0\t#x") == "die.npu_0__x");
  CHECK(hotspot_word("") == "_");
}

TEST_CASE("a label is one line that gnuplot reads whole") {
  CHECK(gnuplot_label("a\n!touch b\t`c`") == "a !touch b `c`");
  CHECK(gnuplot_label("a\\nb") == "a\u2216nb");
  CHECK(gnuplot_label("say \"x\"") == "say \u201dx\u201d");
}

TEST_CASE("a terminal is shown orders, not given them") {
  CHECK(terminal_text("plain\nlines, \u00e4\u20ac") == "plain\nlines, \u00e4\u20ac");
  CHECK(terminal_text("\x1b[31mred\x07\r") == "\\x1b[31mred\\x07\\x0d");
  CHECK(terminal_text("\u009b31m") == "\\x9b31m");
  CHECK(terminal_text("a\u202eb") == "a\\u202eb");
  CHECK(terminal_text("bad \xff\xc3 end") == "bad \\xff\\xc3 end");
}

TEST_CASE("a text cell is no formula, a quantity stays one") {
  CHECK(csv_cell("=1+1") == "'=1+1");
  CHECK(csv_cell("@SUM(A1)") == "'@SUM(A1)");
  CHECK(csv_cell("-2+cmd|' /C calc'!A0") == "'-2+cmd|' /C calc'!A0");
  CHECK(csv_cell("=a,b") == "\"'=a,b\"");
  CHECK(csv_cell("\t=1") == "'\t=1");
  CHECK(csv_cell("-10 degC") == "-10 degC");
  CHECK(csv_cell("+5.5") == "+5.5");
  CHECK(csv_cell("a=b") == "a=b");
}
